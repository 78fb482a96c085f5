//! What can be done about a target is looked for, and offered.

mod dead;

use std::fmt::Debug;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use futures::future::join_all;
use podwhy_knowledge::{Lang, Target};
use tokio::time::Instant;

use super::super::orphan::first_look;
use super::super::plan::{Candidate, Found, Known, Offerable, Withheld, after, found, subject};
use super::super::record::{Remediation, Spec, Status};
use super::super::story::{Shown, record};
use super::super::words;
use super::Actions;
use crate::ask::diagnose::{Diagnosed, ask};
use crate::ask::intake::Request;
use crate::ask::within::{Visible, Within};
use crate::incident::record::{Blamed, Member, RootCause};
use crate::incident::{Change, Incident};
use crate::ports::{ClusterRead, KubernetesUser, Ordered};

/// What was found for a target.
struct Gathered {
    /// Each with what is diagnosed before and after it.
    all: Vec<(Offerable, (Member, Member))>,
    withheld: Vec<Withheld>,
    /// Something could be done, and is not allowed there.
    is_elsewhere: bool,
}

impl<C: ClusterRead + Debug> Actions<C> {
    /// Offers everything that could be done about a target: what was offered, in words.
    pub(super) async fn fix(
        &self,
        ordered: &Ordered,
        target: &Target,
        user: &KubernetesUser,
        shown: &Shown,
    ) -> Result<String, String> {
        let lang = shown.lang;
        let cluster = target.cluster.as_deref().unwrap_or_default();
        let own = self.clusters.iter().find(|own| own.name() == cluster);
        let own = own.or(self.clusters.first().filter(|_| target.cluster.is_none()));
        let own = own.ok_or_else(|| crate::words::no_cluster(cluster, None, lang))?;
        let visible = ordered.reach.0.get(own.name()).cloned().unwrap_or(Visible::Only([].into()));
        let within = Within { visible, logs: true };
        let request = Request { target: target.clone(), lang };
        let diagnosed = ask(own.as_ref(), &request, &within).await.map_err(|error| error.told(lang))?;
        let Gathered { all, withheld, is_elsewhere } = self.gathered(own, diagnosed, &within).await;
        if all.is_empty() && is_elsewhere {
            return Err(words::NOT_HERE.of(lang).to_string());
        }
        if all.is_empty() {
            return Err(nothing(&withheld, lang));
        }
        let mut titles = Vec::new();
        for (one, around) in all {
            let spec = self.spec(own.name(), one, around, user);
            titles.push(self.offered(spec, shown, lang).await?);
        }
        Ok(with(words::offered_below(&titles, lang), &withheld, lang))
    }

    /// What can be done about what was found, as far as it may be seen, and is allowed.
    async fn gathered(&self, own: &C, diagnosed: Diagnosed, within: &Within) -> Gathered {
        let proven = self.executor.clusters.get(own.name()).and_then(|acted| acted.proven.as_ref());
        let known = Known { proven: proven.map(|proven| proven.uids(Instant::now())).unwrap_or_default() };
        let Found { mut offerable, mut candidates, mut withheld } = found(&diagnosed, &known);
        let shows = |one: &Offerable| {
            let namespace = one.plan.namespace();
            namespace.is_empty() || within.visible.shows(namespace)
        };
        offerable.retain(shows);
        candidates.retain(|one| shows(&one.offerable));
        let is_any = !offerable.is_empty() || !candidates.is_empty();
        let allows = |one: &Offerable| self.policy.allows(one.plan.remedy, own.name(), one.plan.namespace());
        offerable.retain(allows);
        candidates.retain(|one| allows(&one.offerable));
        let is_elsewhere = is_any && offerable.is_empty() && candidates.is_empty();
        let around =
            |diagnosed: &Diagnosed, one: &Offerable| (subject(diagnosed), after(diagnosed, &one.plan));
        let looked = self.looked_for(own.name(), candidates).await;
        let mut of: Vec<_> = offerable
            .into_iter()
            .map(Ok)
            .chain(looked)
            .map(|one| one.map(|one| (around(&diagnosed, &one), one)))
            .collect();
        if within.visible == Visible::All
            && let Some(of_node) = self.about_dead(own, &diagnosed).await
        {
            let own = of_node.all.into_iter();
            of.extend(own.map(|one| one.map(|one| (around(&of_node.diagnosed, &one), one))));
        }
        let mut all = Vec::new();
        for one in of {
            match one {
                Ok((around, one)) if allows(&one) => all.push((one, around)),
                Ok(_) => {}
                Err(why) => withheld.push(why),
            }
        }
        Gathered { all, withheld, is_elsewhere }
    }

    /// The controllers of finalizers are looked for; of what is offered then, the second look comes before it is done.
    async fn looked_for(
        &self,
        cluster: &str,
        candidates: Vec<Candidate>,
    ) -> Vec<Result<Offerable, Withheld>> {
        let Some(acted) = self.executor.clusters.get(cluster) else { return Vec::new() };
        let looks = candidates.into_iter().map(|one| first_look(acted.search.as_ref(), one, &self.clock));
        join_all(looks).await
    }

    fn spec(
        &self,
        cluster: &str,
        one: Offerable,
        (subject, after): (Member, Member),
        user: &KubernetesUser,
    ) -> Spec {
        let (floor, risk) =
            self.policy.floor(one.plan.remedy, one.circumstances, cluster, one.plan.namespace());
        let blame = Blamed::from(&one.blame);
        Spec {
            incident: None,
            root_cause: RootCause { cluster: cluster.to_string(), cause: one.cause, blame },
            subject,
            after,
            plan: one.plan,
            floor,
            risk,
            asked_by: Some(user.name.clone()),
            offered_at: self.clock.now(),
        }
    }

    /// Stored first, and shown then: a button that stands is always of something.
    async fn offered(&self, spec: Spec, shown: &Shown, lang: Lang) -> Result<String, String> {
        let title = words::title(&spec, lang);
        let own = RandomState::new().hash_one(&title);
        let name = format!("{}-{own:016x}", spec.plan.remedy.as_str());
        let new =
            Remediation { name, uid: String::new(), version: String::new(), spec, status: Status::default() };
        let not_now = |error| {
            tracing::warn!(%error, "an offer could not be stored");
            words::NOT_NOW.of(lang).to_string()
        };
        let made = self.executor.remediations.create(&new).await.map_err(not_now)?;
        let record = record(&made, shown, self.clock.now());
        let create = |known: &[Arc<Incident>]| {
            let is_there = known.iter().any(|one| one.name == record.name);
            if is_there { Vec::new() } else { vec![Change::Create(Box::new(record.clone()))] }
        };
        self.store.write(create).await.map_err(not_now)?;
        Ok(title)
    }
}

fn nothing(withheld: &[Withheld], lang: Lang) -> String {
    with(words::NOTHING_TO_OFFER.of(lang).to_string(), withheld, lang)
}

/// Below it what is not offered, and why.
fn with(head: String, withheld: &[Withheld], lang: Lang) -> String {
    let withheld = withheld.iter().map(|one| format!("• {}", one.lines(lang).join("\n")));
    Vec::from_iter([head].into_iter().chain(withheld)).join("\n")
}
