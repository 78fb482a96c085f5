//! How much may be under way at once, and within an hour.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;

use super::super::record::{Phase, Remediation};
use super::super::words;
use super::Actions;
use crate::ports::ClusterRead;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

impl<C: ClusterRead + Debug> Actions<C> {
    /// Why one is not begun beside these, if so: one at a time of a subject, one of a node in a cluster, so many an hour.
    pub(super) fn hindered(&self, one: &Remediation, all: &[Remediation], lang: Lang) -> Option<String> {
        let others = || all.iter().filter(|other| other.name != one.name);
        // what is about to be approved waits for all that is; of two that are, one goes first
        let is_new = one.status.phase != Phase::Approved;
        let is_under_way = |other: &&Remediation| match other.status.phase {
            Phase::Executing | Phase::Verifying => true,
            Phase::Approved => is_new || other.name < one.name,
            _ => false,
        };
        if let Some(other) = others().filter(is_under_way).find(|other| is_near(one, other)) {
            return Some(words::busy(other, lang));
        }
        let now = self.clock.now();
        let begun = others().filter(|other| place(other) == place(one) && is_within_hour(other, now));
        let most = self.policy.per_hour;
        (begun.count() >= most as usize).then(|| {
            let (cluster, namespace) = place(one);
            words::enough(if namespace.is_empty() { cluster } else { namespace }, most, lang)
        })
    }
}

fn place(one: &Remediation) -> (&str, &str) {
    (&one.spec.root_cause.cluster, one.spec.plan.namespace())
}

fn is_near(one: &Remediation, other: &Remediation) -> bool {
    let of_node = |one: &Remediation| {
        let plan = &one.spec.plan;
        plan.node.is_some() || plan.targets.iter().any(|target| target.kind == "Node")
    };
    let shares = || one.spec.plan.targets.iter().any(|target| other.spec.plan.targets.contains(target));
    one.spec.root_cause.cluster == other.spec.root_cause.cluster
        && ((of_node(one) && of_node(other)) || one.spec.subject == other.spec.subject || shares())
}

fn is_within_hour(one: &Remediation, now: Timestamp) -> bool {
    let begun = one.status.history.iter().find(|step| step.phase == Phase::Executing);
    begun.is_some_and(|step| now.duration_since(step.at) < HOUR)
}
