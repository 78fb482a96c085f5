//! What stands on a node, asked anew, over all namespaces.

use std::fmt::Debug;

use futures::future::BoxFuture;
use jiff::Timestamp;

use super::ClusterError;
use crate::act::record::Target;

/// From this version on a node can be marked out of service: its minor, of Kubernetes 1.
/// <https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown>
pub const OUT_OF_SERVICE_SINCE: u32 = 26;

/// A pod that is bound to a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodOnNode {
    /// Which.
    pub pod: Target,
    /// What controls it: `DaemonSet`.
    pub owner_kind: String,
    /// Its kubelet made it from a file.
    pub is_mirror: bool,
    /// It is being deleted.
    pub is_deleting: bool,
    /// It has ended.
    pub is_over: bool,
    /// It tolerates the out-of-service taint, and stays.
    pub tolerates: bool,
}

/// Everything that is bound to a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnNode {
    /// Its pods.
    pub pods: Vec<PodOnNode>,
    /// Volumes that are attached to it, or are to be: the names of VolumeAttachments.
    pub attachments: Vec<String>,
}

impl PodOnNode {
    /// Whether it belongs to its node, and is not waited for.
    pub fn is_of_node(&self) -> bool {
        self.is_mirror || self.owner_kind == "DaemonSet"
    }
}

/// How far a ticket to the agent of a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketPhase {
    /// Its agent has not said a word about it.
    Waits,
    /// It has begun, and begins no second time.
    Begun,
    /// It has done it.
    Done,
    /// It did not do it, and nothing was touched.
    Refused,
    /// It tried, and that did not come out well.
    Failed,
    /// It was ended in the middle, and does not know.
    Unclear,
}

/// A ticket to the agent of a node, as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketState {
    /// How far it is.
    pub phase: TicketPhase,
    /// What the agent says of it.
    pub said: String,
    /// Until when it could be begun.
    pub until: Timestamp,
}

/// Asks a cluster about its nodes, as podwhy itself.
pub trait ClusterNodes: Send + Sync + Debug {
    /// What is bound to a node. All of it, or an error: a part would be taken for the whole.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn on_node<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<OnNode, ClusterError>>;

    /// What became of the ticket to a node's agent that was made for this Remediation, by its uid; `None` where there is none.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn ticket<'a>(
        &'a self,
        remediation_uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<TicketState>, ClusterError>>;

    /// The API server's minor version, of Kubernetes 1.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn minor_version(&self) -> BoxFuture<'_, Result<u32, ClusterError>>;
}
