//! Whose a finalizer is, and whether that controller is seen to run.

use crate::finding::{Evidence, Source};
use crate::node_state::LEASE_SECONDS;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::text::counted;

/// How a controller shows that it lives.
enum Sign {
    /// The leader's Lease of this name in kube-system.
    Lease(&'static str),
    /// A workload of one of these names, in any namespace.
    Workload(&'static [&'static str]),
}

/// A finalizer, or the domain it ends in; who takes it off; and what to look for.
type Known = (&'static str, &'static str, Sign);

const KCM: Sign = Sign::Lease("kube-controller-manager");

/// Finalizers met on pods, and on the objects whose deletion pods wait for.
const KNOWN: &[Known] = &[
    ("foregroundDeletion", "kube-controller-manager (garbage collector)", KCM),
    ("orphan", "kube-controller-manager (garbage collector)", KCM),
    ("batch.kubernetes.io/job-tracking", "kube-controller-manager (Job controller)", KCM),
    ("kubernetes.io/pvc-protection", "kube-controller-manager (claim protection)", KCM),
    ("kubernetes.io/pv-protection", "kube-controller-manager (volume protection)", KCM),
    ("resource.kubernetes.io/delete-protection", "kube-controller-manager (resource claims)", KCM),
    (
        "service.kubernetes.io/load-balancer-cleanup",
        "cloud-controller-manager (load balancers)",
        Sign::Lease("cloud-controller-manager"),
    ),
    ("external-attacher", "csi-attacher", Sign::Workload(&["csi-attacher"])),
    ("elbv2.k8s.aws", "AWS Load Balancer Controller", Sign::Workload(&["aws-load-balancer-controller"])),
    ("service.k8s.aws", "AWS Load Balancer Controller", Sign::Workload(&["aws-load-balancer-controller"])),
    (
        "argocd.argoproj.io",
        "Argo CD (application controller)",
        Sign::Workload(&["argocd-application-controller"]),
    ),
    ("workflows.argoproj.io", "Argo Workflows", Sign::Workload(&["workflow-controller", "argo-workflows"])),
    ("kueue.x-k8s.io", "Kueue", Sign::Workload(&["kueue-controller-manager"])),
    ("karpenter.sh", "Karpenter", Sign::Workload(&["karpenter"])),
    ("ceph.rook.io", "Rook", Sign::Workload(&["rook-ceph-operator"])),
    ("longhorn.io", "Longhorn", Sign::Workload(&["longhorn-manager"])),
    ("istio.io", "Istio", Sign::Workload(&["istiod", "istio-operator"])),
    (
        "actions.github.com",
        "GitHub Actions Runner Controller",
        Sign::Workload(&["gha-runner-scale-set-controller", "arc-gha-rs-controller"]),
    ),
    (
        "actions.summerwind.dev",
        "GitHub Actions Runner Controller (summerwind)",
        Sign::Workload(&["actions-runner-controller"]),
    ),
    ("tekton.dev", "Tekton", Sign::Workload(&["tekton-pipelines-controller", "tekton-chains-controller"])),
    ("kubevirt.io", "KubeVirt", Sign::Workload(&["virt-controller"])),
    ("contrib.fluxcd.io", "Flux tofu-controller", Sign::Workload(&["tofu-controller", "tf-controller"])),
    ("fluxcd.io", "Flux", Sign::Workload(&["kustomize-controller", "helm-controller"])),
    (
        "sparkoperator.k8s.io",
        "Spark operator",
        Sign::Workload(&["spark-operator-controller", "spark-operator"]),
    ),
    ("kruise.io", "OpenKruise", Sign::Workload(&["kruise-controller-manager"])),
    ("velero.io", "Velero", Sign::Workload(&["velero"])),
    ("tailscale.com", "Tailscale operator", Sign::Workload(&["tailscale-operator"])),
    ("topolvm.io", "TopoLVM", Sign::Workload(&["topolvm-controller"])),
];

/// Who takes a finalizer off, and how that one is seen.
pub(super) struct Owner {
    pub(super) by: String,
    /// Seen at work.
    pub(super) up: bool,
    /// Seen not to be.
    pub(super) down: bool,
    pub(super) sign: Option<Evidence>,
}

/// Kubernetes' own and well-known ones by name, others by the domain before the slash.
pub(super) fn owner(s: &Snapshot, finalizer: &str) -> Owner {
    let domain = finalizer.split_once('/').map_or(finalizer, |(domain, _)| domain);
    let is = |name: &str| finalizer == name || domain == name || domain.ends_with(&format!(".{name}"));
    let known = KNOWN.iter().find(|(name, ..)| is(name));
    let Some((_, by, sign)) = known else {
        let domain = if domain.contains('.') { domain } else { "?" };
        return Owner { by: domain.to_string(), up: false, down: false, sign: None };
    };
    let (up, sign) = match sign {
        Sign::Lease(name) => leader(s, name),
        Sign::Workload(names) => workload(s, names),
    };
    Owner { by: (*by).to_string(), up: up == Some(true), down: up == Some(false), sign }
}

/// Leader election renews every 2 s; a Lease that is old has no holder that works.
fn leader(s: &Snapshot, name: &str) -> (Option<bool>, Option<Evidence>) {
    let lease = s.world.leases.get(&("kube-system".to_string(), name.to_string()));
    let Some(at) = lease.and_then(|l| l.spec.as_ref()?.renew_time.as_ref()).map(|t| t.0) else {
        return (None, None);
    };
    let fresh = s.taken_at().seconds_since(at) <= LEASE_SECONDS;
    let text = format!("renewed {} ago", s.taken_at().age(at));
    (Some(fresh), Some(Evidence::new(Source::Object, format!("Lease kube-system/{name}"), Some(at), text)))
}

fn workload(s: &Snapshot, names: &[&str]) -> (Option<bool>, Option<Evidence>) {
    let runs = |kind: Kind| matches!(kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet);
    // installed by a chart, a name carries the release's before it
    let named = |name: &str| names.iter().any(|n| name == *n || name.ends_with(&format!("-{n}")));
    let mut found =
        s.world.workloads.values().filter(|w| runs(w.kind) && w.owner.is_none() && named(&w.name));
    let Some(first) = found.next() else { return (None, None) };
    let best = found.fold(first, |a, b| if b.ready > a.ready { b } else { a });
    let object = format!("{} {}/{}", best.kind.camel(), best.namespace, best.name);
    let text = format!("{} of {} ready", best.ready, counted(best.desired.unwrap_or(0), "pod", "pods"));
    (Some(best.ready > 0), Some(Evidence::new(Source::Object, object, None, text)))
}
