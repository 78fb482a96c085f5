//! Nodes and their Leases, and ReplicaSets, as they change.

use futures::stream::BoxStream;

use crate::act::dead::Outcome;
use crate::act::dead::lease_watch::{ReadyStatus, Stream};

/// What a watch of nodes and Leases tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// A list begins anew: something may have been missed.
    Relisting(Stream),
    /// A list is in whole.
    Listed(Stream),
    /// It cannot be read: why. It is tried on.
    Lost(Stream, String),
    /// A Node as it stands.
    Node(NodeSighting),
    /// A Node was deleted: its name.
    NodeGone(String),
    /// A Lease as it stands.
    Lease {
        /// Of which of the two.
        stream: Stream,
        /// The node's name.
        node: String,
        /// What changes with each renewal.
        version: String,
    },
    /// What the agent of a node says of its neighbours.
    Probes(ProbesSighting),
    /// Something that an agent said may have been missed.
    ProbesGap,
    /// A Lease was deleted.
    LeaseGone {
        /// Of which of the two.
        stream: Stream,
        /// The node's name.
        node: String,
    },
}

/// The little of a Node that is seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSighting {
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// Its condition Ready; `None` where it has none.
    pub ready: Option<ReadyStatus>,
    /// Where it has the cloud's shutdown taint: who wrote its taints, by `managedFields`.
    pub shutdown: Option<Vec<String>>,
}

/// What the agent of a node found when it probed the kubelets of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbesSighting {
    /// The node it runs on.
    pub by: String,
    /// The uid of that node, as the agent knows it.
    pub by_uid: String,
    /// What it found, of each node that it probes.
    pub probes: Vec<ProbeSighting>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbeSighting {
    /// The node that was probed.
    pub node: String,
    /// Its uid.
    pub uid: String,
    /// What came of it; `None` before the first.
    pub outcome: Option<Outcome>,
    /// What changes with each probe: its time by the agent's clock, compared and never read.
    pub made: String,
    /// Whether something there ever answered this agent.
    pub had_reached: bool,
}

/// What a watch of ReplicaSets tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetSighting {
    /// Something may have been missed.
    Gap,
    /// One as it stands.
    Is {
        /// Its uid.
        uid: String,
        /// How many pods it should have.
        wanted: i64,
        /// How many have been ready for long enough.
        available: i64,
    },
    /// One was deleted: its uid.
    Gone(String),
}

/// A cluster whose nodes and revisions can be watched.
pub trait NodeWatch: Send + Sync {
    /// Nodes and Leases from now on, for ever; every call is another watch.
    fn nodes(&self) -> BoxStream<'static, Sighting>;

    /// ReplicaSets from now on, for ever; every call is another watch.
    fn replica_sets(&self) -> BoxStream<'static, SetSighting>;
}
