//! Which pods and nodes have been unwell for long enough to look at, of what a watch sees. Pure: the caller says what time it is.
//!
//! Only what is not well is held: of a cluster of 50,000 pods, next to nothing. What a watch saw while it was away is made up for
//! by the list that follows: what is not in it is gone, and what it tells began when it says so.
//!
//! Times the cluster tells are believed only as far as its clock may be off ([`SKEW`]); what is seen to begin is timed by our own.

mod crossed;
mod pod;
pub mod thresholds;
mod tries;
mod trouble;

#[cfg(test)]
mod random;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

pub use self::crossed::Crossed;
use self::pod::{Crossing, Glance, Unwell};
pub use self::thresholds::{MOST_RESTARTS, NEVER, SKEW, STEADY, Thresholds};
use self::tries::Tries;
pub use self::trouble::Trouble;
use super::record::Member;
use crate::ports::{NodeSeen, PodSeen, Seen, What};

/// A pod or node that has been unwell for longer than it may be, or a workload that has no pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failing {
    /// What it is; named as the cluster has it.
    pub member: Member,
    /// A pod's uid; a node's name; empty for a workload.
    pub uid: String,
    /// What ails it.
    pub trouble: Trouble,
    /// Since when.
    pub since: Timestamp,
    /// When it crossed its threshold.
    pub due_at: Timestamp,
}

/// A node that is not ready.
#[derive(Clone, Debug)]
struct Down {
    trouble: Trouble,
    since: Timestamp,
    list: u32,
}

/// A list under way.
#[derive(Clone, Copy, Debug, Default)]
struct List {
    number: u32,
    begun: bool,
}

/// What is not well of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Due {
    thresholds: Thresholds,
    pods: HashMap<Box<str>, Unwell>,
    nodes: HashMap<Box<str>, Down>,
    /// Workloads that have no pod where they should, as the last looks told.
    lacking: BTreeMap<Member, Timestamp>,
    /// The failed pods of Jobs.
    tries: Tries,
    pod_list: List,
    node_list: List,
    /// Nothing crosses its threshold earlier.
    next: Option<Timestamp>,
}

impl Due {
    /// Nothing is unwell yet.
    pub fn new(thresholds: Thresholds) -> Due {
        Due { thresholds, ..Due::default() }
    }

    /// Takes in what was seen, now.
    pub fn see(&mut self, seen: &Seen, now: Timestamp) {
        match seen {
            Seen::Pod(pod) => self.pod(pod, now),
            Seen::PodGone(uid) => self.forget(uid),
            Seen::Node(node) => self.node(node, now),
            Seen::NodeGone(name) => {
                self.nodes.remove(name.as_str());
            }
            Seen::Relisting(what) => {
                let list = self.list(*what);
                *list = List { number: list.number.wrapping_add(1), begun: true };
                if *what == What::Pods {
                    self.tries.listed();
                }
            }
            Seen::Listed(what) => self.listed(*what),
            // what is known stays known until a list says otherwise
            Seen::Lost(..) => {}
        }
    }

    /// Takes in which workloads have no pod, of those that `looked` says would have been seen: no pod tells of them.
    pub fn lack(&mut self, looked: impl Fn(&str) -> bool, lacking: &[Member], now: Timestamp) {
        self.lacking.retain(|member, _| !looked(&member.namespace) || lacking.contains(member));
        for member in lacking {
            let since = *self.lacking.entry(member.clone()).or_insert(now);
            let thresholds = self.thresholds.for_namespace(&member.namespace);
            self.next = earlier(self.next, thresholds.due_at(Trouble::Lacking, since));
        }
    }

    /// Everything that is past its threshold, the longest first.
    pub fn due(&mut self, now: Timestamp) -> Vec<Failing> {
        let thresholds = &self.thresholds;
        self.pods.retain(|_, pod| pod.is_worth_holding(now, thresholds.for_namespace(&pod.namespace)));
        self.tries.keep(|uid| self.pods.contains_key(uid));
        let mut next = None;
        let pods = self.pods.iter().filter_map(|(uid, pod)| {
            let crossings = pod.crossings(now, thresholds.for_namespace(&pod.namespace));
            let (past, future): (Vec<Crossing>, Vec<Crossing>) = crossings.partition(|(_, _, at)| *at <= now);
            next = future.iter().map(|(_, _, at)| *at).chain(next).min();
            let (trouble, since, due_at) = past.into_iter().min_by_key(|(_, _, at)| *at)?;
            let member = member("Pod", &pod.namespace, &pod.name);
            Some(Failing { member, uid: uid.to_string(), trouble, since, due_at })
        });
        let nodes = self.nodes.iter().filter_map(|(name, node)| {
            let due_at = thresholds.due_at(node.trouble, node.since)?;
            let (trouble, since) = (node.trouble, node.since);
            Some(Failing { member: member("Node", "", name), uid: name.to_string(), trouble, since, due_at })
        });
        let lacking = self.lacking.iter().filter_map(|(member, since)| {
            let due_at = thresholds.for_namespace(&member.namespace).due_at(Trouble::Lacking, *since)?;
            let (member, since) = (member.clone(), *since);
            Some(Failing { member, uid: String::new(), trouble: Trouble::Lacking, since, due_at })
        });
        let mut due: Vec<Failing> = pods.collect();
        for failing in nodes.chain(lacking) {
            if failing.due_at <= now {
                due.push(failing);
            } else {
                next = earlier(next, Some(failing.due_at));
            }
        }
        self.next = next;
        due.sort_by(|a, b| (a.due_at, &a.member, &a.uid).cmp(&(b.due_at, &b.member, &b.uid)));
        due
    }

    /// When to ask [`due`](Due::due) again without having seen anything: no later than the next threshold is crossed. It may lie
    /// in the past: then it is to be asked at once.
    pub fn next(&self) -> Option<Timestamp> {
        self.next
    }

    /// Whether the pod of this uid is not known to be unwell: nothing ails it, and it has not restarted for [`STEADY`]. A pod that
    /// was never seen is well.
    pub fn is_well(&self, uid: &str, now: Timestamp) -> bool {
        self.pods.get(uid).is_none_or(|pod| pod.is_well(now))
    }

    /// How many pods and nodes are held: for a metric.
    pub fn held(&self) -> usize {
        self.pods.len() + self.nodes.len()
    }

    fn pod(&mut self, seen: &PodSeen, now: Timestamp) {
        self.try_again(seen);
        let glance = Glance { now, listing: self.pod_list.begun, list: self.pod_list.number };
        let thresholds = self.thresholds.for_namespace(&seen.namespace);
        let uid = seen.uid.as_str();
        let first = |held: &Unwell| held.crossings(now, thresholds).map(|(_, _, at)| at).min();
        let before = self.pods.get(uid).and_then(first);
        match self.pods.get_mut(uid) {
            Some(known) => known.update(seen, glance, thresholds),
            None => {
                let Some(unwell) = Unwell::new(seen, glance, thresholds) else { return };
                self.pods.insert(uid.into(), unwell);
            }
        }
        let Some(held) = self.pods.get(uid) else { return };
        if !held.is_worth_holding(now, thresholds) {
            return self.forget(uid);
        }
        // what was due before is not asked about again for every word of it
        let news = held.crossings(now, thresholds).map(|(_, _, at)| at);
        self.next = news.filter(|at| *at > now || Some(*at) != before).chain(self.next).min();
        self.failed_try(seen);
    }

    /// A Job's pod that was made later and did not fail, or not yet, forgives those that failed before it.
    fn try_again(&mut self, seen: &PodSeen) {
        if seen.phase == "Failed" || seen.deleted_at.is_some() {
            return;
        }
        let listing = self.pod_list.begun;
        for uid in self.tries.goes_on(seen, listing) {
            self.pods.remove(&uid);
        }
    }

    /// Of the failed pods of a Job only the last is held.
    fn failed_try(&mut self, seen: &PodSeen) {
        if seen.phase == "Failed" {
            for uid in self.tries.failed(seen) {
                self.pods.remove(&uid);
            }
        }
    }

    fn forget(&mut self, uid: &str) {
        if let Some((namespace, job)) = self.pods.remove(uid).and_then(|pod| Some((pod.namespace, pod.job?)))
        {
            self.tries.gone(&(namespace, job), uid);
        }
    }

    fn node(&mut self, seen: &NodeSeen, now: Timestamp) {
        let list = self.node_list;
        // one without the condition was made a moment ago
        let unready = seen.ready.as_ref().filter(|(status, _)| status != "True" || seen.is_out_of_service);
        let Some((_, told)) = unready else {
            self.nodes.remove(seen.name.as_str());
            return;
        };
        let trouble = if seen.is_cordoned { Trouble::CordonedNode } else { Trouble::Node };
        let glance = Glance { now, listing: list.begun, list: list.number };
        let told = glance.since(*told);
        let down = self.nodes.entry(seen.name.as_str().into()).or_insert(Down {
            trouble,
            since: told,
            list: list.number,
        });
        // from False to Unknown is no recovery
        let since = if list.begun { down.since.min(told) } else { down.since };
        *down = Down { trouble, since, list: list.number };
        self.next = earlier(self.next, self.thresholds.due_at(trouble, since));
    }

    fn list(&mut self, what: What) -> &mut List {
        match what {
            What::Pods => &mut self.pod_list,
            What::Nodes => &mut self.node_list,
        }
    }

    fn listed(&mut self, what: What) {
        let list = self.list(what);
        // a list that never began tells nothing about what is gone
        if !std::mem::take(&mut list.begun) {
            return;
        }
        let number = list.number;
        match what {
            What::Pods => {
                self.pods.retain(|_, pod| pod.list == number);
                self.tries.listed();
            }
            What::Nodes => self.nodes.retain(|_, node| node.list == number),
        }
    }
}

fn member(kind: &str, namespace: &str, name: &str) -> Member {
    Member { kind: kind.to_string(), namespace: namespace.to_string(), name: name.to_string() }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    [a, b].into_iter().flatten().min()
}
