//! Changing a cluster, as the person who agreed to it.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use thiserror::Error;

use super::{Access, ClusterError, KubernetesUser};
use crate::act::record::{Target, Ticket};
use crate::act::remedy::Remedy;

/// One request that changes one object: the one of this uid, or none.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A pod is evicted: its disruption budgets are asked.
    /// <https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/>
    Evict(Target),
    /// An object is deleted; of a pod without grace, its kubelet is not waited for.
    Delete {
        /// Which.
        target: Target,
        /// Whether nobody is waited for.
        at_once: bool,
    },
    /// An object is changed by a JSON merge patch, into which the uid is put.
    Merge {
        /// Which.
        target: Target,
        /// What changes.
        patch: Value,
    },
    /// An object is changed by a JSON patch, before which its uid is tested.
    Patch {
        /// Which.
        target: Target,
        /// What changes, in order.
        steps: Vec<Value>,
    },
    /// The agent of a node is told to do something, by podwhy itself: no right in Kubernetes is worth as much, and the person's is asked
    /// for by a resource that no API server has.
    Ticket {
        /// The node.
        target: Target,
        /// What.
        remedy: Remedy,
        /// With what.
        ticket: Ticket,
        /// The Remediation that was approved: its name.
        remediation: String,
        /// And its uid, by which the ticket is told from every other.
        remediation_uid: String,
    },
}

impl Write {
    /// What it changes.
    pub fn target(&self) -> &Target {
        match self {
            Write::Evict(target)
            | Write::Delete { target, .. }
            | Write::Merge { target, .. }
            | Write::Patch { target, .. }
            | Write::Ticket { target, .. } => target,
        }
    }

    /// The right that it takes.
    pub fn access(&self) -> Access {
        let (verb, subresource) = match self {
            Write::Evict(_) => ("create", Some("eviction")),
            Write::Delete { .. } => ("delete", None),
            Write::Merge { .. } | Write::Patch { .. } => ("patch", None),
            Write::Ticket { remedy, .. } => return Access::to_agent(*remedy, self.target()),
        };
        Access::to(verb, self.target(), subresource)
    }
}

/// Why nothing was written, or it is not known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The API server said no, in these words: nothing was written.
    #[error("{0}")]
    Refused(String),
    /// There was no answer: it may have been written.
    #[error("no answer: {0}")]
    Unclear(String),
}

/// A cluster that can be changed. Only what was approved goes through this.
///
/// # Caveats
/// Each request is sent once: whether one without an answer was obeyed is looked up by whoever sent it.
pub trait ClusterWrite: Send + Sync + Debug {
    /// Makes the request as this person. A dry run does everything but store: admission and quotas have their say.
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run>
    ///
    /// # Errors
    /// [`WriteError`]; of a dry run, [`WriteError::Unclear`] means only that there was no answer.
    fn write<'a>(
        &'a self,
        user: &'a KubernetesUser,
        write: &'a Write,
        dry_run: bool,
        within: Duration,
    ) -> BoxFuture<'a, Result<(), WriteError>>;

    /// Whether this person has a right here (a SubjectAccessReview), asked anew.
    ///
    /// # Errors
    /// [`ClusterError`] when the cluster could not be asked; nothing is allowed then.
    fn may<'a>(
        &'a self,
        user: &'a KubernetesUser,
        access: &'a Access,
    ) -> BoxFuture<'a, Result<bool, ClusterError>>;

    /// An object as it stands, whatever its uid, read as podwhy itself; `None` where there is none of this name.
    ///
    /// # Errors
    /// [`ClusterError`] when it could not be read.
    fn look<'a>(&'a self, target: &'a Target) -> BoxFuture<'a, Result<Option<Value>, ClusterError>>;
}
