//! Which pods and nodes have been unwell for long enough to look at, of what a watch sees. Pure: the caller says what time it is.
//!
//! Only what is not well is held: of a cluster of 50,000 pods, next to nothing. What a watch saw while it was away is made up for
//! by the list that follows: what is not in it is gone, and what it tells began when it says so.
//!
//! Times the cluster tells are believed only as far as its clock may be off ([`SKEW`]); what is seen to begin is timed by our own.

mod pod;
pub mod thresholds;

#[cfg(test)]
mod random;
#[cfg(test)]
pub(super) mod tests;

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use podwhy_knowledge::Kind;

use self::pod::{Crossing, Glance, Unwell};
pub use self::thresholds::{NEVER, SKEW, STEADY, Thresholds, Trouble};
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

/// A Job: (namespace, name).
type Job = (Box<str>, Box<str>);

/// What is not well of a cluster.
#[derive(Clone, Debug, Default)]
pub struct Due {
    thresholds: Thresholds,
    pods: HashMap<Box<str>, Unwell>,
    nodes: HashMap<Box<str>, Down>,
    /// Workloads that have no pod where they should, as the last looks told.
    lacking: BTreeMap<Member, Timestamp>,
    /// The failed pods of each Job, by uid.
    tries: HashMap<Job, Vec<Box<str>>>,
    /// While pods are listed, in whatever order: when the newest pod of a Job was made that did not fail.
    newest: HashMap<Job, Timestamp>,
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
                    self.newest.clear();
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
        self.tries.retain(|_, uids| {
            uids.retain(|uid| self.pods.contains_key(uid));
            !uids.is_empty()
        });
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

    /// A Job's pod that was made later and did not fail, or not yet: those that failed before it are forgiven.
    fn try_again(&mut self, seen: &PodSeen) {
        let Some(job) = job_of(seen) else { return };
        if seen.phase == "Failed" || seen.deleted_at.is_some() {
            return;
        }
        if self.pod_list.begun
            && let Some(created) = seen.created
        {
            let newest = self.newest.entry(job.clone()).or_insert(created);
            *newest = created.max(*newest);
        }
        self.forgive(&job, seen.created);
    }

    /// Of the failed pods of a Job only the last is held.
    fn failed_try(&mut self, seen: &PodSeen) {
        let Some(job) = job_of(seen).filter(|_| seen.phase == "Failed") else { return };
        if self.newest.get(&job).is_some_and(|newest| seen.created.is_some_and(|at| at < *newest)) {
            return self.forget(&seen.uid);
        }
        self.forgive(&job, seen.created);
        let tries = self.tries.entry(job).or_default();
        if !tries.iter().any(|uid| **uid == *seen.uid) {
            tries.push(seen.uid.as_str().into());
        }
    }

    /// Forgets the failed pods of a Job that were made before.
    fn forgive(&mut self, job: &Job, before: Option<Timestamp>) {
        let Some(tries) = self.tries.get_mut(job) else { return };
        let pods = &mut self.pods;
        tries.retain(|uid| {
            let older = pods.get(uid).is_none_or(|pod| before.is_some_and(|at| pod.created < Some(at)));
            if older {
                pods.remove(uid);
            }
            !older
        });
        if tries.is_empty() {
            self.tries.remove(job);
        }
    }

    fn forget(&mut self, uid: &str) {
        let Some(gone) = self.pods.remove(uid) else { return };
        let Some(job) = gone.job.map(|job| (gone.namespace, job)) else { return };
        if let Some(tries) = self.tries.get_mut(&job) {
            tries.retain(|known| **known != *uid);
        }
    }

    fn node(&mut self, seen: &NodeSeen, now: Timestamp) {
        let list = self.node_list;
        // one without the condition was made a moment ago
        let unready = seen.ready.as_ref().filter(|(status, _)| status != "True");
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
                self.newest = HashMap::new();
            }
            What::Nodes => self.nodes.retain(|_, node| node.list == number),
        }
    }
}

fn job_of(pod: &PodSeen) -> Option<Job> {
    let (kind, name) = pod.owner.as_ref()?;
    (kind == Kind::Job.camel()).then(|| (pod.namespace.as_str().into(), name.as_str().into()))
}

fn member(kind: &str, namespace: &str, name: &str) -> Member {
    Member { kind: kind.to_string(), namespace: namespace.to_string(), name: name.to_string() }
}

fn earlier(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    [a, b].into_iter().flatten().min()
}
