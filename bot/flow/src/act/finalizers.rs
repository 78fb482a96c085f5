//! Whose a pod's finalizer is, and what proves that whoever takes it off is gone. Pure.
//!
//! That a controller is silent, or that nothing of it is ready, proves nothing: it may be scaled down for an hour. Proved is that it is not
//! installed: of everything below there is none in the whole cluster, twice, a minute apart.
//!
//! Each entry names a definition without which the controller cannot run, in the cluster of the pod itself: a Deployment's absence alone would
//! not do, as it may have another name, or run elsewhere. What it is installed with beside that has to be gone as well, so that a definition
//! that was deleted by mistake under a controller that is there proves nothing.
//!
//! Only finalizers that stand on pods are here, by their whole name: a domain tells whose one is, not what it is for. Left out on purpose are
//! those whose controller may run outside of the pod's cluster, where nothing in it proves anything: KWOK (a program on somebody's machine),
//! Flyte (its plugins make pods in other clusters), Admiralty and Liqo (pods of another cluster), and what every operator of one framework
//! sets alike (kopf).

use crate::ports::ControllerPart::{self, ApiService, Definition, Lease, Workload};

/// Who takes finalizers off, and what there is where it is installed.
#[derive(Debug, PartialEq, Eq)]
pub struct Controller {
    /// What it is called.
    pub name: &'static str,
    /// The finalizers it sets on pods.
    pub finalizers: &'static [&'static str],
    /// What it is installed with; all of it has to be gone.
    pub parts: &'static [ControllerPart],
    /// Where that is written.
    pub source: &'static str,
}

/// Whose a finalizer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Kubernetes' own: something of Kubernetes waits for it, and is always there.
    Own,
    /// This controller's.
    Of(&'static Controller),
    /// Somebody's.
    Unknown,
}

/// Every controller whose absence can be proved.
pub const CONTROLLERS: &[Controller] = &[
    // of several clusters (MultiKueue) each runs its own, with the pods that it made
    Controller {
        name: "Kueue",
        finalizers: &["kueue.x-k8s.io/managed"],
        parts: &[
            Definition("workloads.kueue.x-k8s.io"),
            Definition("clusterqueues.kueue.x-k8s.io"),
            ApiService("v1alpha1.visibility.kueue.x-k8s.io"),
            ApiService("v1beta1.visibility.kueue.x-k8s.io"),
            ApiService("v1beta2.visibility.kueue.x-k8s.io"),
            Workload { names: &["kueue-controller-manager"], label: "kueue" },
            Lease("c1f6bfd2.kueue.x-k8s.io"),
        ],
        source: "https://github.com/kubernetes-sigs/kueue/blob/main/pkg/controller/jobs/pod/constants/constants.go",
    },
    Controller {
        name: "Argo Workflows",
        finalizers: &["workflows.argoproj.io/status"],
        parts: &[
            Definition("workflows.argoproj.io"),
            Workload { names: &["workflow-controller"], label: "argo-workflows-workflow-controller" },
            Lease("workflow-controller"),
        ],
        source: "https://github.com/argoproj/argo-workflows/blob/main/workflow/common/common.go",
    },
    Controller {
        name: "GitHub Actions Runner Controller (summerwind)",
        finalizers: &["actions.summerwind.dev/runner-pod", "actions.summerwind.dev/linked-resources"],
        parts: &[
            Definition("runners.actions.summerwind.dev"),
            Definition("runnersets.actions.summerwind.dev"),
            Workload { names: &["actions-runner-controller"], label: "actions-runner-controller" },
            Lease("actions-runner-controller"),
        ],
        source: "https://github.com/actions/actions-runner-controller/blob/master/controllers/actions.summerwind.net/constants.go",
    },
    Controller {
        name: "GitHub Actions Runner Operator (evryfs)",
        finalizers: &["garo.tietoevry.com/runner-registration"],
        parts: &[
            Definition("githubactionrunners.garo.tietoevry.com"),
            Workload { names: &["github-actions-runner-operator"], label: "github-actions-runner-operator" },
            Lease("4ef9cd91.tietoevry.com"),
        ],
        source: "https://github.com/evryfs/github-actions-runner-operator/blob/master/controllers/githubactionrunner_controller.go",
    },
    Controller {
        name: "ArangoDB Kubernetes Operator",
        finalizers: &[
            "agent.database.arangodb.com/agency-serving",
            "dbserver.database.arangodb.com/drain",
            "database.arangodb.com/graceful-shutdown",
            "pod.database.arangodb.com/delay",
        ],
        parts: &[
            Definition("arangodeployments.database.arangodb.com"),
            Workload { names: &["arango-deployment-operator"], label: "kube-arangodb" },
            Lease("arango-deployment-operator"),
        ],
        source: "https://github.com/arangodb/kube-arangodb/blob/master/pkg/util/constants/constants.go",
    },
    Controller {
        name: "k3k",
        finalizers: &["etcdpod.k3k.io/finalizer"],
        parts: &[Definition("clusters.k3k.io"), Workload { names: &["k3k"], label: "k3k" }],
        source: "https://github.com/rancher/k3k/blob/main/pkg/controller/cluster/statefulset.go",
    },
    Controller {
        name: "Sigstore model validation operator",
        finalizers: &["validation.ml.sigstore.dev/finalizer"],
        parts: &[
            Definition("modelvalidations.ml.sigstore.dev"),
            Workload { names: &["model-validation-controller-manager"], label: "model-validation-operator" },
            Lease("2b2639c9.sigstore.dev"),
        ],
        source: "https://github.com/sigstore/model-validation-operator/blob/main/internal/constants/labels.go",
    },
];

/// Of Kubernetes, without a domain of it.
/// <https://github.com/kubernetes/apimachinery/blob/v0.37.2/pkg/apis/meta/v1/types.go> (`FinalizerOrphanDependents`),
/// <https://github.com/kubernetes-csi/external-attacher/blob/master/pkg/controller/util.go>
const OWN: &[&str] = &["foregroundDeletion", "orphan", "kubernetes", "external-attacher"];

/// Domains that are Kubernetes'.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/>
const OWN_DOMAINS: &[&str] = &["kubernetes.io", "k8s.io"];

/// Whose this one is.
pub fn whose(finalizer: &str) -> Whose {
    let domain = finalizer.split_once('/').map_or(finalizer, |(domain, _)| domain);
    let is_below = |own: &&str| {
        domain.strip_suffix(*own).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    if OWN.contains(&domain) || OWN_DOMAINS.iter().any(is_below) {
        return Whose::Own;
    }
    let known = CONTROLLERS.iter().find(|controller| controller.finalizers.contains(&finalizer));
    known.map_or(Whose::Unknown, Whose::Of)
}

impl Controller {
    /// What is looked for, as it is told and stored.
    pub fn told(&self) -> Vec<String> {
        self.parts.iter().map(ControllerPart::told).collect()
    }
}

#[cfg(test)]
mod tests;
