//! What changed around the time a pod began to fail: its last rollout, its ConfigMaps and Secrets, its node.
//!
//! A change beside a failure is no cause: it is said as a fact, with its time, and raises no confidence.

mod config;
mod difference;
mod node;
mod rollout;
mod words;

use jiff::Timestamp;

use crate::finding::Evidence;
use crate::snapshot::Snapshot;

pub use difference::{Difference, between};

/// A change of this much earlier, in seconds, may still be what broke something today.
const LOOK_BACK_SECONDS: i64 = 24 * 3_600;

/// At most this many are told.
const MAX_CHANGES: usize = 8;

/// What kind of change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The pod's workload was rolled out.
    Rollout {
        /// Its number.
        revision: i64,
        /// Whether an earlier revision was put back.
        back: bool,
        /// What differs from the one before; `None` where that was not read.
        differences: Option<Vec<Difference>>,
    },
    /// A ConfigMap or Secret that the pod uses was written.
    Config {
        /// `ConfigMap` or `Secret`
        kind: &'static str,
        /// Its name.
        name: String,
        /// It was made then, rather than changed.
        made: bool,
        /// The container started before: what it took into its environment is the old state.
        after_start: bool,
    },
    /// The node joined the cluster.
    NodeJoined,
    /// The node became ready again.
    NodeReady,
    /// A condition of the node turned bad: `MemoryPressure` …
    NodeCondition(String),
    /// The node was started anew.
    NodeRebooted,
    /// Its kubelet was started anew.
    KubeletStarted,
    /// Its kubelet is of another version than most nodes'.
    NodeVersion {
        /// Its own.
        own: String,
        /// The most frequent one.
        others: String,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// When, if the objects say it.
    pub at: Option<Timestamp>,
    /// Of which object: `Deployment shop/cart`.
    pub object: String,
    /// What.
    pub what: What,
    /// By how many seconds it came before the first sign of the failure; negative when after.
    pub before_failure: Option<i64>,
    /// Where it was read.
    pub evidence: Evidence,
}

/// The changes around a pod, or around the first of a workload's pods that is not well; the latest first.
pub fn of(s: &Snapshot) -> Vec<Changed> {
    if s.workload().is_some() {
        return s.members.iter().find(|member| !is_ready(member)).map(of).unwrap_or_default();
    }
    let began = began(s);
    let mut changes: Vec<Changed> = rollout::of(s).into_iter().collect();
    changes.extend(config::of(s));
    changes.extend(node::of(s));
    for change in &mut changes {
        change.before_failure = change.at.zip(began).map(|(at, began)| began.as_second() - at.as_second());
        change.evidence.finish();
    }
    // what came long before broke nothing today, but a rollout is worth telling whenever it was; and what came before
    // the workload was made is no change to it
    let made = made(s);
    changes.retain(|change| match change.what {
        What::Rollout { .. } | What::NodeCondition(_) | What::NodeVersion { .. } => true,
        _ => {
            let recent = change.before_failure.is_none_or(|seconds| seconds <= LOOK_BACK_SECONDS);
            recent && change.at.zip(made).is_none_or(|(at, made)| at > made)
        }
    });
    changes.sort_by(|a, b| (b.at, &a.object).cmp(&(a.at, &b.object)));
    changes.truncate(MAX_CHANGES);
    changes
}

fn is_ready(s: &Snapshot) -> bool {
    s.condition("Ready").is_some_and(|condition| condition.status == "True")
}

/// When the workload was made, or the pod that has none.
fn made(s: &Snapshot) -> Option<Timestamp> {
    let pod = s.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|time| time.0);
    s.owners.last().and_then(|top| top.created).or(pod)
}

/// The earliest sign of the failure that is left: warnings, the first end known, when it stopped being ready.
fn began(s: &Snapshot) -> Option<Timestamp> {
    let deleted = s.pod().and_then(|pod| pod.metadata.deletion_timestamp.as_ref()).map(|time| time.0);
    let warned =
        s.events.iter().filter(|event| event.warning).filter_map(|event| event.first_at.or(event.at));
    let ended =
        s.containers().into_iter().filter_map(|c| c.last_end()?.finished_at.as_ref().map(|time| time.0));
    let unready = s.condition("Ready").filter(|condition| condition.status != "True").and_then(|c| c.at);
    let unscheduled = s.condition("PodScheduled").filter(|c| c.status == "False").and_then(|c| c.at);
    deleted.into_iter().chain(warned).chain(ended).chain(unready).chain(unscheduled).min()
}

/// A change that is not yet set beside the failure.
fn change(at: Option<Timestamp>, object: String, what: What, evidence: Evidence) -> Changed {
    Changed { at, object, what, before_failure: None, evidence }
}

#[cfg(test)]
mod tests;
