//! What can be done about a target is looked for, and offered.

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use podwhy_knowledge::{Lang, Target};

use super::super::plan::{Offerable, after, offerable, subject};
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
        for spec in self.could(target, &ordered.reach, lang).await? {
            let made = self.offer(Spec { asked_by: Some(user.name.clone()), ..spec }, lang).await?;
            self.show(&made, shown).await.map_err(|error| not_now(&error, lang))?;
            titles.push(words::title(&made.spec, lang));
        }
        Ok(words::offered_below(&titles, lang))
    }

    /// Everything that could be done about a target, asked for by nobody yet: at least one. Nothing of it is stored.
    pub(in super::super) async fn could(
        &self,
        target: &Target,
        reach: &Reach,
        lang: Lang,
    ) -> Result<Vec<Spec>, String> {
        let cluster = target.cluster.as_deref().unwrap_or_default();
        let own = self.clusters.iter().find(|own| own.name() == cluster);
        let own = own.or(self.clusters.first().filter(|_| target.cluster.is_none()));
        let own = own.ok_or_else(|| crate::words::no_cluster(cluster, None, lang))?;
        let visible = reach.0.get(own.name()).cloned().unwrap_or(Visible::Only([].into()));
        let within = Within { visible, logs: true };
        let request = Request { target: target.clone(), lang };
        let diagnosed = ask(own.as_ref(), &request, &within).await.map_err(|error| error.told(lang))?;
        let mut found = offerable(&diagnosed);
        found.retain(|one| {
            let namespace = one.plan.namespace();
            namespace.is_empty() || within.visible.shows(namespace)
        });
        if found.is_empty() {
            return Err(words::NOTHING_TO_OFFER.of(lang).to_string());
        }
        found.retain(|one| self.policy.allows(one.plan.remedy, own.name(), one.plan.namespace()));
        if found.is_empty() {
            return Err(words::NOT_HERE.of(lang).to_string());
        }
        let spec = |one: Offerable| {
            let around = (subject(&diagnosed), after(&diagnosed, &one.plan));
            self.spec(own.name(), one, around)
        };
        Ok(found.into_iter().map(spec).collect())
    }

    fn spec(&self, cluster: &str, one: Offerable, (subject, after): (Member, Member)) -> Spec {
        let floor = self.policy.floor(one.plan.remedy, one.circumstances, cluster, one.plan.namespace());
        let blame = Blamed::from(&one.blame);
        Spec {
            incident: None,
            root_cause: RootCause { cluster: cluster.to_string(), cause: one.cause, blame },
            subject,
            after,
            plan: one.plan,
            floor,
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
        self.executor.remediations.create(&new).await.map_err(|error| not_now(&error, lang))
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

fn not_now(error: &LedgerError, lang: Lang) -> String {
    tracing::warn!(%error, "an offer could not be stored");
    words::NOT_NOW.of(lang).to_string()
}
