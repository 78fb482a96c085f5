//! What was last seen of pods that fail, for when they are gone: the last ones, in memory.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::World;

use super::looks::top_owner;
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
    /// In one line.
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

/// The pod that stands where another one stood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its name.
    pub name: String,
    /// Whether it is ready.
    pub is_ready: bool,
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
        let mut pods = self.pods();
        for new in remains {
            pods.retain(|known| !is_same(known, &new));
            pods.push_back(new);
            let beyond = pods.len().saturating_sub(self.room.pods);
            pods.drain(..beyond);
        }
    }

    /// What is left of the pod of this name, else of the last pod of a workload of this name.
    pub fn find(&self, cluster: &str, namespace: &str, name: &str, now: Timestamp) -> Option<Remembered> {
        let pods = self.pods();
        let fresh = |known: &&Remains| self.age(known, now).is_some();
        let here = |known: &&Remains| known.cluster == cluster && known.namespace == namespace;
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
fn is_same(a: &Remains, b: &Remains) -> bool {
    let named = |pod: &Remains| (pod.namespace.clone(), pod.name.clone());
    a.cluster == b.cluster && a.uid == b.uid && (!a.uid.is_empty() || named(a) == named(b))
}

/// The pod that came after a gone one, as far as a world knows it: of the same name, else the newest of the same workload.
pub fn successor(world: &World, gone: &Remains) -> Option<Successor> {
    let here = world.pods.iter().filter(|((namespace, _), _)| *namespace == gone.namespace);
    let others = here.filter(|(_, pod)| pod.pod.metadata.uid.as_deref() != Some(gone.uid.as_str()));
    let belongs = |namespace: &str, pod| {
        let owner = top_owner(world, namespace, pod).map(|owner| Blamed::from(&owner));
        owner.is_some() && owner == gone.owner
    };
    let made = |pod: &podwhy_knowledge::world::PodObject| {
        pod.pod.metadata.creation_timestamp.as_ref().map(|at| at.0)
    };
    let candidates = others.filter(|((namespace, name), pod)| *name == gone.name || belongs(namespace, pod));
    let next = candidates.max_by_key(|((_, name), pod)| (*name == gone.name, made(pod)))?;
    Some(Successor { name: next.0.1.clone(), is_ready: next.1.is_ready() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn remains(name: &str, uid: &str, minutes: i64) -> Remains {
        let owner = Blamed { kind: "Deployment".into(), namespace: Some("shop".into()), name: "web".into() };
        Remains {
            cluster: "prod".to_string(),
            namespace: "shop".to_string(),
            name: name.to_string(),
            uid: uid.to_string(),
            owner: Some(owner.clone()),
            seen_at: at(minutes),
            root_cause: RootCause { cluster: "prod".into(), cause: "oom-killed".into(), blame: owner },
            summary: format!("of {minutes}"),
            evidence: Arc::new([]),
        }
    }

    fn found(ring: &Ring, name: &str, minutes: i64) -> Option<(String, i64, bool)> {
        let found = ring.find("prod", "shop", name, at(minutes))?;
        Some((found.remains.summary, found.age.as_mins(), found.is_exact))
    }

    #[test]
    fn a_pod_is_found_by_its_name_else_by_its_workloads() {
        let ring = Ring::new(Room::default());
        ring.keep([remains("web-1-aaaaa", "1", 1), remains("web-1-bbbbb", "2", 2)]);
        ring.keep([remains("web-1-aaaaa", "1", 3), remains("db-0", "", 4), remains("db-0", "", 5)]);
        assert_eq!(ring.len(), 3, "what is newer of a pod takes the place of what was");
        assert_eq!(found(&ring, "web-1-aaaaa", 10), Some(("of 3".into(), 7, true)));
        assert_eq!(found(&ring, "web-1", 10), Some(("of 3".into(), 7, false)));
        assert_eq!(found(&ring, "web", 10), Some(("of 5".into(), 5, false)), "its owner's name");
        assert_eq!(found(&ring, "we", 10), None, "half a name is none");
        assert_eq!(ring.find("other", "shop", "db-0", at(10)), None);
        assert_eq!(ring.find("prod", "pay", "db-0", at(10)), None);
        assert_eq!(
            ring.of_uid("prod", "2", at(10)).map(|found| found.remains.name),
            Some("web-1-bbbbb".into())
        );
        assert_eq!(
            found(&ring, "db-0", 1),
            Some(("of 5".into(), 0, true)),
            "a cluster's clock ahead of ours"
        );
        assert_eq!(found(&ring, "db-0", 5 + 24 * 60), Some(("of 5".into(), 24 * 60, true)));
        assert_eq!(found(&ring, "db-0", 6 + 24 * 60), None, "too old");
    }

    #[test]
    fn the_oldest_make_room() {
        let ring = Ring::new(Room { pods: 2, ..Room::default() });
        assert!(ring.is_empty());
        ring.keep((0..5).map(|n| remains(&format!("p{n}-x"), &n.to_string(), n)));
        assert_eq!((ring.len(), found(&ring, "p2-x", 5), found(&ring, "p4-x", 5).is_some()), (2, None, true));
    }

    #[test]
    fn the_successor_is_the_newest_of_its_workload() {
        let mut world = World::default();
        for (name, uid, made, ready) in [
            ("web-1-aaaaa", "1", "2026-11-25T12:00:00Z", "True"),
            ("web-1-ccccc", "3", "2026-11-25T12:09:00Z", "True"),
            ("web-1-bbbbb", "2", "2026-11-25T12:05:00Z", "False"),
        ] {
            let owner = json!({"kind": "ReplicaSet", "name": "web-1", "controller": true, "apiVersion": "apps/v1",
                "uid": "r"});
            let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": name,
                "uid": uid, "creationTimestamp": made, "labels": {"pod-template-hash": "1"},
                "ownerReferences": [owner]},
                "status": {"conditions": [{"type": "Ready", "status": ready}]}});
            world.add(pod).unwrap();
        }
        let next = successor(&world, &remains("web-1-aaaaa", "1", 0));
        assert_eq!(next, Some(Successor { name: "web-1-ccccc".into(), is_ready: true }));
        let replaced = Remains { owner: None, ..remains("web-1-bbbbb", "old", 0) };
        assert_eq!(successor(&world, &replaced).map(|next| next.is_ready), Some(false), "of the same name");
        let alone = Remains { owner: None, ..remains("x", "9", 0) };
        assert_eq!(successor(&world, &alone), None);
    }
}
