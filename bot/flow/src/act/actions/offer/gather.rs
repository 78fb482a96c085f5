//! Everything that could be done about what was found: what can be told at once, and what has to be looked for first.

use std::fmt::Debug;

use futures::future::join_all;
use tokio::time::Instant;

use super::super::super::orphan::first_look;
use super::super::super::plan::{Candidate, Found, Known, Offerable, Withheld, after, found, subject};
use super::super::Actions;
use crate::ask::diagnose::Diagnosed;
use crate::ask::within::{Visible, Within};
use crate::incident::record::Member;
use crate::ports::ClusterRead;

/// What was found for a target.
pub(super) struct Gathered {
    /// Each with what is diagnosed before and after it.
    pub(super) all: Vec<(Offerable, (Member, Member))>,
    pub(super) withheld: Vec<Withheld>,
    /// Something could be done, and is not allowed there.
    pub(super) is_elsewhere: bool,
}

impl<C: ClusterRead + Debug> Actions<C> {
    /// As far as it may be seen, and is allowed.
    pub(super) async fn gathered(&self, own: &C, diagnosed: Diagnosed, within: &Within) -> Gathered {
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
        let looked = self.looked_for(own.name(), candidates).await;
        let mut all: Vec<_> = around(&diagnosed, offerable.into_iter().map(Ok).chain(looked)).collect();
        if within.visible == Visible::All
            && let Some(of_node) = self.about_dead(own, &diagnosed).await
        {
            all.extend(around(&of_node.diagnosed, of_node.all.into_iter()));
        }
        let (ok, not): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        withheld.extend(not.into_iter().filter_map(Result::err));
        let all = ok.into_iter().flatten().filter(|(one, _)| allows(one)).collect();
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
}

type Around = (Offerable, (Member, Member));

/// Each with what is diagnosed before and after it.
fn around(
    diagnosed: &Diagnosed,
    all: impl Iterator<Item = Result<Offerable, Withheld>>,
) -> impl Iterator<Item = Result<Around, Withheld>> {
    let of = |one: Offerable| {
        let around = (subject(diagnosed), after(diagnosed, &one.plan));
        (one, around)
    };
    all.map(move |one| one.map(of))
}
