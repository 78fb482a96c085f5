//! Whether anything of a controller exists in a cluster.

use std::fmt::Debug;

use futures::future::BoxFuture;

use super::ClusterError;

/// Something that a controller is installed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControllerPart {
    /// A CustomResourceDefinition of this name.
    Definition(&'static str),
    /// An APIService of this name.
    ApiService(&'static str),
    /// What runs it: a Deployment, StatefulSet or DaemonSet of one of these names, or of one that ends in `-` and it, as a chart puts
    /// its release's name before it; or of any name where its label `app.kubernetes.io/name` is `label`.
    Workload {
        /// Its names.
        names: &'static [&'static str],
        /// The value of its label.
        label: &'static str,
    },
    /// The Lease by which its replicas elect a leader: of this name, or of one that goes on with `-` and an instance's.
    Lease(&'static str),
}

impl ControllerPart {
    /// `CustomResourceDefinition workloads.kueue.x-k8s.io`: the same in every language.
    pub fn told(&self) -> String {
        match self {
            ControllerPart::Definition(name) => format!("CustomResourceDefinition {name}"),
            ControllerPart::ApiService(name) => format!("APIService {name}"),
            ControllerPart::Workload { names, label } => {
                format!(
                    "Deployment/StatefulSet/DaemonSet {}, app.kubernetes.io/name={label}",
                    names.join(", ")
                )
            }
            ControllerPart::Lease(name) => format!("Lease {name}"),
        }
    }
}

/// A cluster in which it can be looked whether something exists anywhere.
///
/// # Caveats
/// Only an answer for the whole cluster says that there is none of something. What may not be seen, and what is not served, may be there.
pub trait ClusterSearch: Send + Sync + Debug {
    /// What there is of these, whether it works or not: `Deployment kueue-system/kueue-controller-manager`. Empty where all of them are
    /// seen to be nowhere. Looked for anew, as podwhy itself.
    ///
    /// # Errors
    /// [`ClusterError`] when one of them could not be looked for in the whole cluster; nothing is known then.
    fn parts_of<'a>(
        &'a self,
        parts: &'a [ControllerPart],
    ) -> BoxFuture<'a, Result<Vec<String>, ClusterError>>;
}
