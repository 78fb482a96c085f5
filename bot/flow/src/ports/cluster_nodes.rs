//! What stands on a node, asked anew, over all namespaces.

use std::fmt::Debug;

use futures::future::BoxFuture;

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

/// Asks a cluster about its nodes, as podwhy itself.
pub trait ClusterNodes: Send + Sync + Debug {
    /// What is bound to a node. All of it, or an error: a part would be taken for the whole.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn on_node<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<OnNode, ClusterError>>;

    /// The API server's minor version, of Kubernetes 1.
    ///
    /// # Errors
    /// [`ClusterError`]
    fn minor_version(&self) -> BoxFuture<'_, Result<u32, ClusterError>>;
}
