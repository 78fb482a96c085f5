//! What can be done about a target is looked for, and offered.

mod dead;
mod gather;

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use podwhy_knowledge::{Lang, Target};

use self::gather::Gathered;
use super::super::plan::{Offerable, Withheld};
use super::super::record::{Remediation, Spec, Status};
use super::super::story::{Shown, record};
use super::super::words;
use super::Actions;
use crate::ask::diagnose::ask;
use crate::ask::intake::Request;
use crate::ask::within::{Visible, Within};
use crate::incident::reach::Reach;
use crate::incident::record::{Blamed, Member, RootCause};
use crate::incident::{Change, Incident};
use crate::ports::{ClusterRead, KubernetesUser, LedgerError, Ordered};

/// What could be done about a target.
#[derive(Debug)]
pub(in super::super) struct Could {
    /// Asked for by nobody yet: at least one. Nothing of it is stored.
    pub(in super::super) specs: Vec<Spec>,
    /// What is not offered, and why.
    pub(in super::super) withheld: Vec<Withheld>,
}

impl<C: ClusterRead + Debug> Actions<C> {
    /// Offers everything that could be done about a target, and shows it: what was offered, in words.
    pub(super) async fn fix(
        &self,
        ordered: &Ordered,
        target: &Target,
        user: &KubernetesUser,
        shown: &Shown,
    ) -> Result<String, String> {
        let lang = shown.lang;
        let mut titles = Vec::new();
        let could = self.could(target, &ordered.reach, lang).await?;
        for spec in could.specs {
            let made = self
                .offer(
                    Spec { asked_by: Some(user.name.clone()), incident: ordered.incident.clone(), ..spec },
                    lang,
                )
                .await?;
            self.show(&made, shown).await.map_err(|error| not_now(&error, lang))?;
            titles.push(words::title(&made.spec, lang));
        }
        Ok(with(words::offered_below(&titles, lang), &could.withheld, lang))
    }

    /// What could be done about a target.
    pub(in super::super) async fn could(
        &self,
        target: &Target,
        reach: &Reach,
        lang: Lang,
    ) -> Result<Could, String> {
        let cluster = target.cluster.as_deref().unwrap_or_default();
        let own = self.clusters.iter().find(|own| own.name() == cluster);
        let own = own.or(self.clusters.first().filter(|_| target.cluster.is_none()));
        let own = own.ok_or_else(|| crate::words::no_cluster(cluster, None, lang))?;
        let visible = reach.0.get(own.name()).cloned().unwrap_or(Visible::Only([].into()));
        let within = Within { visible, logs: true };
        let request = Request { target: target.clone(), lang };
        let diagnosed = ask(own.as_ref(), &request, &within).await.map_err(|error| error.told(lang))?;
        let Gathered { all, withheld, is_elsewhere } = self.gathered(own, diagnosed, &within).await;
        if all.is_empty() {
            let why = if is_elsewhere { words::NOT_HERE } else { words::NOTHING_TO_OFFER };
            return Err(with(why.of(lang).to_string(), &withheld, lang));
        }
        let specs = all.into_iter().map(|(one, around)| self.spec(own.name(), one, around)).collect();
        Ok(Could { specs, withheld })
    }

    fn spec(&self, cluster: &str, one: Offerable, (subject, after): (Member, Member)) -> Spec {
        let (floor, risk) = self.policy.floor_of(&one.plan, one.circumstances, cluster);
        let blame = Blamed::from(&one.blame);
        Spec {
            incident: None,
            root_cause: RootCause { cluster: cluster.to_string(), cause: one.cause, blame },
            subject,
            after,
            plan: one.plan,
            floor,
            risk,
            asked_by: None,
            offered_at: self.clock.now(),
        }
    }

    /// Stores an offer; as it stands then, under a name of its own.
    pub(in super::super) async fn offer(&self, spec: Spec, lang: Lang) -> Result<Remediation, String> {
        let own = RandomState::new().hash_one(words::title(&spec, lang));
        let name = format!("{}-{own:016x}", spec.plan.remedy.as_str());
        let new =
            Remediation { name, uid: String::new(), version: String::new(), spec, status: Status::default() };
        let made = self.executor.remediations.create(&new).await.map_err(|error| not_now(&error, lang))?;
        self.store.counts().steps.offered(&made);
        Ok(made)
    }

    /// Shown once it is stored: a button that stands is always of something.
    async fn show(&self, made: &Remediation, shown: &Shown) -> Result<(), LedgerError> {
        let record = record(made, shown, self.clock.now());
        let create = |known: &[Arc<Incident>]| {
            let is_there = known.iter().any(|one| one.name == record.name);
            if is_there { Vec::new() } else { vec![Change::Create(Box::new(record.clone()))] }
        };
        self.store.write(create).await
    }
}

/// Below it what is not offered, and why.
fn with(head: String, withheld: &[Withheld], lang: Lang) -> String {
    let withheld = withheld.iter().map(|one| format!("• {}", one.lines(lang).join("\n")));
    Vec::from_iter([head].into_iter().chain(withheld)).join("\n")
}

fn not_now(error: &LedgerError, lang: Lang) -> String {
    tracing::warn!(%error, "an offer could not be stored");
    words::NOT_NOW.of(lang).to_string()
}
