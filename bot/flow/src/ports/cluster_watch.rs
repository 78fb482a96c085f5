//! What a cluster is seen to do, as it happens: little of each pod and node.

use futures::stream::BoxStream;
use jiff::Timestamp;

/// A pod, in brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSeen {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its uid.
    pub uid: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// The controller that owns it: (kind, name).
    pub owner: Option<(String, String)>,
    /// The node it is bound to; empty before.
    pub node: String,
    /// `Pending`, `Running`, `Succeeded`, `Failed`, `Unknown`
    pub phase: String,
    /// `status.reason`: `Evicted`, `NodeLost`, …
    pub reason: Option<String>,
    /// The condition Ready, and since when it is what it is.
    pub ready: Option<(bool, Option<Timestamp>)>,
    /// What the first container that waits, waits for: `CrashLoopBackOff`, `ImagePullBackOff`, … `ContainerCreating` and
    /// `PodInitializing` as well.
    pub waiting: Option<String>,
    /// All restarts of its containers.
    pub restarts: u32,
    /// When a container of it last ended with a failure.
    pub last_failed: Option<Timestamp>,
    /// When it is to be gone: `deletionTimestamp`, which already holds the grace.
    pub deleted_at: Option<Timestamp>,
}

/// A node, in brief.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeSeen {
    /// Its name.
    pub name: String,
    /// Its condition Ready (`True`, `False`, `Unknown`), and since when.
    pub ready: Option<(String, Option<Timestamp>)>,
    /// Whether it is cordoned.
    pub is_cordoned: bool,
    /// Whether it is marked out of service: nothing runs on it, also when it is ready again.
    pub is_out_of_service: bool,
}

/// One thing that was seen.
// nearly every one is a pod, and none is kept: a box each would cost more than it saves
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// A pod that is new or changed.
    Pod(PodSeen),
    /// A pod that is gone: its uid.
    PodGone(String),
    /// A node that is new or changed.
    Node(NodeSeen),
    /// A node that is gone: its name.
    NodeGone(String),
    /// A list begins anew: what is not seen until [`Seen::Listed`] is gone.
    Relisting(What),
    /// A list is in.
    Listed(What),
    /// The cluster does not answer, or refuses: why. Told again only after it was well.
    Lost(What, String),
}

/// Which list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// Pods.
    Pods,
    /// Nodes.
    Nodes,
}

/// Sees what a cluster does.
pub trait ClusterWatch: Send + Sync {
    /// From now on, in these namespaces (none: in all); it never ends by itself, and recovers from gaps by listing again.
    fn watch(&self, namespaces: &[String]) -> BoxStream<'static, Seen>;
}
