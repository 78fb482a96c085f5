//! What a person may do in a cluster, by the cluster's own word.

use futures::future::BoxFuture;
use podwhy_knowledge::Kind;

use super::ClusterError;

/// A person as a cluster knows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KubernetesUser {
    /// The user's name.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
}

/// A right to read in a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Right {
    /// `get pods`
    Pods,
    /// `get pods/log`
    Logs,
    /// `get` of a Service, claim, node or namespace.
    Of(Kind),
}

/// Asks a cluster what a person may do (a SubjectAccessReview).
pub trait Permissions: Send + Sync {
    /// Whether they may, in a namespace, or in all with `None`.
    ///
    /// # Errors
    /// [`ClusterError`] when the cluster could not be asked; nothing is allowed then.
    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        right: Right,
        namespace: Option<&'a str>,
    ) -> BoxFuture<'a, Result<bool, ClusterError>>;
}
