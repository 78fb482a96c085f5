//! What was read of a cluster for one question → the world a snapshot is cut from.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use podwhy_knowledge::brief::PodBrief;
use podwhy_knowledge::moment::Moment;
use podwhy_knowledge::world::ContainerLog;
use podwhy_knowledge::{GapReason, World};
use serde_json::Value;

/// (kind, namespace, name); the name is empty for a whole list.
pub type ObjectKey = (String, String, String);

/// What was read, as the API wrote it.
#[derive(Clone, Debug, Default)]
pub struct Collected {
    /// The cluster's name.
    pub cluster: String,
    /// The server's own time, exact.
    pub taken_at: Timestamp,
    /// The objects.
    pub objects: Vec<Value>,
    /// Neighbours on the nodes, in brief.
    pub briefs: Vec<PodBrief>,
    /// Container logs: (namespace, pod, container).
    pub logs: BTreeMap<(String, String, String), ContainerLog>,
    /// What the server said does not exist.
    pub absent: BTreeSet<ObjectKey>,
    /// What it would not or could not tell.
    pub unread: BTreeMap<ObjectKey, GapReason>,
    /// Many pods were read, and nothing of them that the types do not know is needed.
    pub lean: bool,
    /// Pods that were seen to be well and not read.
    pub well: usize,
}

impl Collected {
    /// Adds an object.
    pub fn push(&mut self, object: Value) {
        self.objects.push(object);
    }

    /// Notes that something does not exist.
    pub fn absent(&mut self, kind: &str, namespace: &str, name: &str) {
        self.absent.insert((kind.to_string(), namespace.to_string(), name.to_string()));
    }

    /// Notes that something could not be read.
    pub fn unread(&mut self, kind: &str, namespace: &str, name: &str, why: GapReason) {
        self.unread.insert((kind.to_string(), namespace.to_string(), name.to_string()), why);
    }

    /// Takes in what another part of the same collection read.
    pub fn merge(&mut self, other: Collected) {
        self.objects.extend(other.objects);
        self.briefs.extend(other.briefs);
        self.absent.extend(other.absent);
        self.unread.extend(other.unread);
        self.well += other.well;
        for (key, log) in other.logs {
            let known = self.logs.entry(key).or_default();
            known.current = log.current.or(known.current.take());
            known.previous = log.previous.or(known.previous.take());
        }
    }

    /// The world. An object the server wrote and podwhy cannot read is left out: it is a kind or a field of a version to
    /// come, and what else was read is used.
    pub fn into_world(self) -> World {
        let mut world = World::default();
        world.cluster = self.cluster;
        world.live = true;
        world.absent = self.absent;
        world.unread = self.unread;
        world.logs = self.logs;
        world.briefs = self.briefs;
        world.well = self.well;
        world.lean = self.lean;
        for object in self.objects {
            let _left_out = world.add(object);
        }
        world.finish(Some(Moment { at: self.taken_at, exact: true }));
        world
    }
}
