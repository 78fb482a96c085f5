//! What was last seen of pods that fail, for when they are gone: the last ones, in memory.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::record::{Blamed, Kept, RootCause};

/// What is left of a pod. Every text is redacted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remains {
    /// The cluster.
    pub cluster: String,
    /// The pod's namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// The outermost controller it belonged to.
    pub owner: Option<Blamed>,
    /// When it was last seen failing, by the cluster's clock.
    pub seen_at: Timestamp,
    /// Why.
    pub root_cause: RootCause,
    /// How sure that was; none for `unknown`.
    pub confidence: Option<String>,
    /// In one line. Neither this nor the evidence names a pod of another namespace.
    pub summary: String,
    /// What proved it. Pods that fail alike share it: each piece names its object.
    pub evidence: Arc<[Kept]>,
}

/// How a pod is remembered, and how long ago that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// What is left of it.
    pub remains: Remains,
    /// How old that is.
    pub age: SignedDuration,
    /// Whether it has the very name that was asked for; else it is the last pod of the workload of that name.
    pub is_exact: bool,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// At most so many pods, of all clusters. With the evidence a diagnosis cites, one takes a few kilobytes.
    pub pods: usize,
    /// For no longer than this.
    pub age: Duration,
}

impl Default for Room {
    fn default() -> Self {
        Room { pods: 1_000, age: Duration::from_secs(24 * 60 * 60) }
    }
}

/// The last pods that failed, the oldest first.
#[derive(Debug, Default)]
pub struct Ring {
    room: Room,
    pods: Mutex<VecDeque<Remains>>,
}

impl Ring {
    /// An empty one.
    pub fn new(room: Room) -> Ring {
        Ring { room, pods: Mutex::default() }
    }

    /// Keeps what is left of these; of a pod that was kept before, what is newer. The oldest make room.
    pub fn keep(&self, remains: impl IntoIterator<Item = Remains>) {
        let new: Vec<Remains> = remains.into_iter().collect();
        let mut pods = self.pods();
        let mut named = HashSet::new();
        // of what is named twice, the last
        let last: Vec<bool> = new.iter().rev().map(|new| named.insert(identity(new))).collect();
        pods.retain(|known| !named.contains(&identity(known)));
        drop(named);
        let fresh = new.into_iter().zip(last.into_iter().rev()).filter(|(_, is_last)| *is_last);
        pods.extend(fresh.map(|(new, _)| new));
        let beyond = pods.len().saturating_sub(self.room.pods);
        pods.drain(..beyond);
    }

    /// What is left of the pod of this name, else of the last pod of a workload of this name.
    pub fn find(&self, cluster: &str, namespace: &str, name: &str, now: Timestamp) -> Option<Remembered> {
        self.find_other(cluster, namespace, name, "", now)
    }

    /// The same of another pod than the one of this uid.
    pub fn find_other(
        &self,
        cluster: &str,
        namespace: &str,
        name: &str,
        than: &str,
        now: Timestamp,
    ) -> Option<Remembered> {
        let pods = self.pods();
        let fresh = |known: &&Remains| self.age(known, now).is_some();
        let here = |known: &&Remains| {
            let is_other = than.is_empty() || known.uid != than;
            known.cluster == cluster && known.namespace == namespace && is_other
        };
        let of_workload = |known: &&Remains| {
            let owned = known.owner.as_ref().is_some_and(|owner| owner.name == name);
            owned || known.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('-'))
        };
        let found = || pods.iter().rev().filter(here).filter(fresh);
        let exact = found().find(|known| known.name == name);
        let is_exact = exact.is_some();
        let remains = exact.or_else(|| found().find(of_workload))?.clone();
        Some(Remembered { age: self.age(&remains, now)?, remains, is_exact })
    }

    /// What is left of the pod of this uid.
    pub fn of_uid(&self, cluster: &str, uid: &str, now: Timestamp) -> Option<Remembered> {
        let pods = self.pods();
        let found = pods.iter().rev().find(|known| known.cluster == cluster && known.uid == uid)?;
        Some(Remembered { age: self.age(found, now)?, remains: found.clone(), is_exact: true })
    }

    /// The namespaces of pods, or of workloads, of this name.
    pub fn places_of(&self, cluster: &str, name: &str, now: Timestamp) -> Vec<String> {
        let pods = self.pods();
        let own = pods.iter().filter(|known| known.cluster == cluster && self.age(known, now).is_some());
        let named = own.filter(|known| {
            known.name == name || known.owner.as_ref().is_some_and(|owner| owner.name == name)
        });
        let places: BTreeSet<&str> = named.map(|known| known.namespace.as_str()).collect();
        places.into_iter().map(str::to_string).collect()
    }

    /// How many pods are kept: for a metric.
    pub fn len(&self) -> usize {
        self.pods().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.pods().is_empty()
    }

    /// How old it is; `None` when that is too old. A cluster's clock may be ahead of ours.
    fn age(&self, known: &Remains, now: Timestamp) -> Option<SignedDuration> {
        let age = now.duration_since(known.seen_at).max(SignedDuration::ZERO);
        (age.unsigned_abs() <= self.room.age).then_some(age)
    }

    fn pods(&self) -> MutexGuard<'_, VecDeque<Remains>> {
        // whoever panicked with it in hand left a list that is whole
        self.pods.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Without a uid, a name is all there is.
fn identity(pod: &Remains) -> (&str, &str, &str) {
    match pod.uid.as_str() {
        "" => (&pod.cluster, &pod.namespace, &pod.name),
        uid => (&pod.cluster, "", uid),
    }
}
