//! What one process sees of the nodes and their Leases, over watches whose gaps it knows.
//!
//! It is fed with everything the watches of Nodes and Leases bring, with the moment at which it came, and says for how long something
//! is as it is. A restart is a new tracker. Every gap, of any of the watches, starts every time again; and a watch that brings
//! nothing is one with a gap: a connection that hangs looks like a cluster in which nothing is renewed.
//!
//! # Caveats
//! Clusters in which nothing else is renewed (one node) have to be read afresh now and then, and [`heard`](LeaseWatch::heard) told,
//! or nothing is ever unchanged for long enough.

mod line;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use self::line::Line;
use super::inputs::{Crowd, LeaseSeen, NodeObject, Ready, Taint, Watched};

/// A watch of Leases that brings nothing for longer may hang: every live kubelet renews its own each 10 seconds.
/// <https://kubernetes.io/docs/concepts/architecture/leases/#node-heart-beats>
pub const LEASES_SILENT: Duration = Duration::from_secs(90);
/// The same of Nodes: every live kubelet writes its status at least each five minutes.
/// <https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats>
pub const NODES_SILENT: Duration = Duration::from_secs(6 * 60);

/// An agent renews its Lease each ten seconds: one that did not for so long does not run, or cannot be heard.
pub const RUNS: Duration = Duration::from_secs(40);

/// One of the watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// The Nodes.
    Nodes,
    /// Their Leases, in `kube-node-lease`.
    NodeLeases,
    /// Their agents' Leases.
    AgentLeases,
}

/// The condition Ready, as an object has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyStatus {
    /// `True`
    True,
    /// `False`
    False,
    /// `Unknown`
    Unknown,
}

/// Keeps what is seen.
#[derive(Debug)]
pub struct LeaseWatch {
    nodes: BTreeMap<String, Node>,
    leases: [BTreeMap<String, Lease>; 2],
    lines: [Line; 3],
}

#[derive(Debug)]
struct Node {
    uid: String,
    ready: Option<ReadyStatus>,
    since: Instant,
    /// When its kubelet was last seen to speak.
    spoke: Option<Instant>,
    taint: TaintKnown,
    /// Not seen since a gap.
    is_stale: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum TaintKnown {
    /// Not seen since the start, or since a gap.
    Unread,
    Absent,
    Present {
        appeared: Option<Instant>,
        writers: Vec<String>,
    },
}

#[derive(Debug)]
struct Lease {
    version: String,
    since: Instant,
    renewed: Option<Instant>,
    is_gone: bool,
    is_stale: bool,
}

impl Default for LeaseWatch {
    fn default() -> Self {
        let lines = [NODES_SILENT, LEASES_SILENT, LEASES_SILENT].map(Line::new);
        LeaseWatch { nodes: BTreeMap::new(), leases: Default::default(), lines }
    }
}

impl LeaseWatch {
    /// One that has seen nothing: what a process begins with.
    pub fn new() -> LeaseWatch {
        LeaseWatch::default()
    }

    /// A watch is known to be current: an event or a bookmark came, or the list was just read afresh.
    pub fn heard(&mut self, stream: Stream, at: Instant) {
        self.lines[stream as usize].heard(at);
    }

    /// A list is in whole: what it did not bring is gone.
    pub fn listed(&mut self, stream: Stream, at: Instant) {
        self.heard(stream, at);
        self.lines[stream as usize].is_listed = true;
        match stream {
            Stream::Nodes => self.nodes.retain(|_, node| !node.is_stale),
            Stream::NodeLeases | Stream::AgentLeases => {
                for lease in self.leases[of(stream)].values_mut().filter(|lease| lease.is_stale) {
                    (lease.is_gone, lease.is_stale) = (true, false);
                }
            }
        }
    }

    /// Something may have been missed: a watch broke, was refused or has to list again. Every time starts again once everything was
    /// listed; a taint that stood before was not seen to appear.
    pub fn gap(&mut self) {
        self.lines.iter_mut().for_each(Line::gap);
        for node in self.nodes.values_mut() {
            (node.is_stale, node.taint) = (true, TaintKnown::Unread);
        }
        self.leases.iter_mut().flat_map(BTreeMap::values_mut).for_each(|lease| lease.is_stale = true);
    }

    /// A Lease (of [`Stream::NodeLeases`] or [`Stream::AgentLeases`]) came. `version` is whatever changes with each renewal: its
    /// `resourceVersion`, or `renewTime` as a text that is compared and never read.
    pub fn seen(&mut self, stream: Stream, node: &str, version: &str, at: Instant) {
        self.heard(stream, at);
        let leases = &mut self.leases[of(stream)];
        let Some(known) = leases.get_mut(node) else {
            let version = version.to_string();
            let new = Lease { version, since: at, renewed: None, is_gone: false, is_stale: false };
            leases.insert(node.to_string(), new);
            return;
        };
        if known.version != version || known.is_gone {
            (known.since, known.renewed) = (at, Some(at));
            known.version = version.to_string();
        }
        if known.is_stale {
            known.since = at;
        }
        (known.is_gone, known.is_stale) = (false, false);
    }

    /// A Lease was deleted. That it was there is remembered.
    pub fn lease_gone(&mut self, stream: Stream, node: &str, at: Instant) {
        self.heard(stream, at);
        if let Some(lease) = self.leases[of(stream)].get_mut(node) {
            lease.is_gone = true;
        }
    }

    /// A Node came, with its condition Ready; `None` where it has none.
    pub fn node_ready(&mut self, node: &str, uid: &str, ready: Option<ReadyStatus>, at: Instant) {
        self.heard(Stream::Nodes, at);
        let fresh = || Node {
            uid: uid.to_string(),
            ready,
            since: at,
            spoke: None,
            taint: TaintKnown::Unread,
            is_stale: false,
        };
        let known = self.nodes.entry(node.to_string()).or_insert_with(fresh);
        if known.uid != uid {
            *known = fresh();
        }
        if known.ready != ready || known.is_stale {
            (known.ready, known.since, known.is_stale) = (ready, at, false);
        }
        if matches!(ready, Some(ReadyStatus::True | ReadyStatus::False)) {
            known.spoke = Some(at);
        }
    }

    /// The taints of the same Node, told after [`node_ready`](LeaseWatch::node_ready): the managers of its taints by `managedFields`
    /// where the shutdown taint is there, else `None`.
    pub fn taint_seen(&mut self, node: &str, writers: Option<&[String]>, at: Instant) {
        self.heard(Stream::Nodes, at);
        let Some(known) = self.nodes.get_mut(node) else { return };
        known.taint = match (writers, &known.taint) {
            (None, _) => TaintKnown::Absent,
            // who wrote it is who had the taints when it appeared
            (Some(_), TaintKnown::Present { .. }) => return,
            (Some(writers), before) => {
                let appeared = (*before == TaintKnown::Absent).then_some(at);
                TaintKnown::Present { appeared, writers: writers.to_vec() }
            }
        };
    }

    /// A Node was deleted, and with it whatever is known of its Leases.
    pub fn node_gone(&mut self, node: &str, at: Instant) {
        self.heard(Stream::Nodes, at);
        self.nodes.remove(node);
        self.leases.iter_mut().for_each(|leases| drop(leases.remove(node)));
    }

    /// What is seen at `now` of the node of this uid, that was offered at `offered` (by this process; else `None`).
    pub fn watched(&self, node: &str, uid: &str, offered: Option<Instant>, now: Instant) -> Watched {
        Watched {
            object: self.object(node, uid, offered),
            ready: self.ready(node, now),
            lease: self.lease(Stream::NodeLeases, node, now),
            agent_lease: self.lease(Stream::AgentLeases, node, now),
            crowd: self.crowd(now),
            taint: self.taint(node, now),
        }
    }

    /// Whether the agent of a node runs: this process saw its Lease being renewed just now, over a watch that is whole.
    pub fn agent_runs(&self, node: &str, now: Instant) -> bool {
        let lease = self.lease(Stream::AgentLeases, node, now);
        matches!(lease, LeaseSeen::Kept { renewed: Some(ago), .. } if ago <= RUNS)
    }

    fn object(&self, node: &str, uid: &str, offered: Option<Instant>) -> NodeObject {
        let is_listed = self.lines[Stream::Nodes as usize].is_listed;
        match self.nodes.get(node) {
            None if is_listed => NodeObject::Gone,
            Some(known) if known.uid != uid => NodeObject::Replaced,
            Some(known) if !known.is_stale && is_listed => {
                let spoke = offered.is_some_and(|offered| known.spoke.is_some_and(|spoke| spoke >= offered));
                if spoke { NodeObject::Rejoined } else { NodeObject::Same }
            }
            _ => NodeObject::Unread(NOT_LISTED.to_string()),
        }
    }

    fn ready(&self, node: &str, now: Instant) -> Ready {
        let Some(known) = self.nodes.get(node).filter(|known| !known.is_stale) else { return Ready::Missing };
        match known.ready {
            None => Ready::Missing,
            Some(ReadyStatus::True) => Ready::True,
            Some(ReadyStatus::False) => Ready::False,
            Some(ReadyStatus::Unknown) => {
                let whole = self.lines[Stream::Nodes as usize].whole_for(now);
                Ready::Unknown { seen_for: now.saturating_duration_since(known.since).min(whole) }
            }
        }
    }

    fn lease(&self, stream: Stream, node: &str, now: Instant) -> LeaseSeen {
        let line = &self.lines[stream as usize];
        match self.leases[of(stream)].get(node) {
            Some(lease) if lease.is_gone => LeaseSeen::Gone,
            Some(lease) if !lease.is_stale => {
                let watched_for = line.whole_for(now);
                let ago = |then| now.saturating_duration_since(then);
                let unchanged_for = ago(lease.since).min(watched_for);
                LeaseSeen::Kept { unchanged_for, watched_for, renewed: lease.renewed.map(ago) }
            }
            None if line.is_listed => LeaseSeen::Never,
            _ => LeaseSeen::NotWatched(NOT_LISTED.to_string()),
        }
    }

    fn crowd(&self, now: Instant) -> Option<Crowd> {
        let line = &self.lines[Stream::Nodes as usize];
        let is_unknown = |node: &&Node| node.ready == Some(ReadyStatus::Unknown);
        let crowd =
            Crowd { nodes: self.nodes.len(), unknown: self.nodes.values().filter(is_unknown).count() };
        (line.is_listed && line.whole_for(now) > Duration::ZERO).then_some(crowd)
    }

    fn taint(&self, node: &str, now: Instant) -> Taint {
        match self.nodes.get(node).map(|known| &known.taint) {
            Some(TaintKnown::Absent) => Taint::Absent,
            Some(TaintKnown::Present { appeared, writers }) => Taint::Present {
                appeared: appeared.map(|then| now.saturating_duration_since(then)),
                writers: writers.clone(),
            },
            Some(TaintKnown::Unread) | None => Taint::Unread(NOT_LISTED.to_string()),
        }
    }
}

const NOT_LISTED: &str = "the list is not in yet";

/// Where a stream's Leases are kept. Nodes have none: whoever tells of a Lease there means the node's own.
fn of(stream: Stream) -> usize {
    usize::from(stream == Stream::AgentLeases)
}
