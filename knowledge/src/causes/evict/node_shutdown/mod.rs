//! The node shut down gracefully and its kubelet ended the pod, or refused it.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `node-shutdown`
pub const CAUSE: Cause = Cause {
    id: "node-shutdown",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["app-exited", "container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("see-node"),
        RemedyKind::words("give-time"),
    ],
    wordings: &[
        Wording::telling(
            r"terminated in response to (imminent )?node shutdown",
            "Pod was terminated in response to imminent node shutdown.",
            "kubelet 1.22–1.37",
        ),
        Wording::telling(
            r"Node is shutting( down)?, evicting pods",
            "Node is shutting, evicting pods",
            "kubelet 1.20–1.21",
        ),
        Wording::telling(
            r"(node is shutting down|Node is in progress of shutting down, not admitting)",
            "Pod was rejected as the node is shutting down.",
            "kubelet 1.20–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    /// It came while the node was going down.
    refused: bool,
    ago: Option<String>,
    /// The node is back.
    ready: bool,
    /// It was read and is not ready.
    down: bool,
    /// What the node's labels or taints say of it: it can be taken away at any time.
    spot: bool,
    grace: i64,
    owner: String,
    bare: bool,
}

/// The kubelet's reasons and words.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/nodeshutdown/nodeshutdown_manager.go>
fn told(reason: &str, message: &str) -> Option<bool> {
    let message = message.to_ascii_lowercase();
    let refused = message.contains("rejected") || message.contains("not admitting");
    match reason {
        "NodeShutdown" => Some(true),
        "Shutdown" => Some(refused),
        // Terminated alone is anybody's word
        "Terminated" if message.contains("node shut") => Some(false),
        "Terminated" if message.contains("shutting down") => Some(refused),
        _ => None,
    }
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let message = s.status().and_then(|status| status.message.as_deref()).unwrap_or_default();
    let Some(refused) = told(s.status_reason(), message).filter(|_| s.is_over()) else {
        return Vec::new();
    };
    let event = s.events.iter().rev().find(|e| told(&e.reason, &e.message).is_some());
    let disruption = s.condition("DisruptionTarget").filter(|c| c.status == "True");
    let at = event.and_then(|e| e.at).or(disruption.and_then(|c| c.at)).or(s.ended_at());
    let node = s.node_name().unwrap_or_default();
    let ready = s.node().and_then(node_state::ready).map(|(status, _)| status == "True");
    let owner = s.top_owner();
    let facts = Facts {
        node: node.to_string(),
        refused,
        ago: at.map(|at| s.taken_at().age(at)),
        ready: ready == Some(true),
        down: ready == Some(false),
        spot: s.node().is_some_and(is_spot),
        grace: s.spec().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30),
        bare: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let blame = if node.is_empty() { s.subject_blame() } else { Blame::global("Node", node) };
    let found = Match::new(Confidence::Certain, blame, facts)
        .because(s.from_status(at, format!("status.reason {}: {message}", s.status_reason())))
        .because_all(event.map(|e| Evidence::event(e)))
        .because_all(s.from_condition("DisruptionTarget").filter(|_| disruption.is_some()));
    vec![found.because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))]
}

/// Whether the provider may take the node away: its own labels say so.
pub(in crate::causes::evict) fn is_spot(node: &k8s_openapi::api::core::v1::Node) -> bool {
    let labels = node.metadata.labels.as_ref();
    labels.into_iter().flatten().any(|(key, value)| {
        let value = value.to_ascii_lowercase();
        matches!(
            (key.as_str(), value.as_str()),
            ("eks.amazonaws.com/capacityType" | "karpenter.sh/capacity-type", "spot")
                | ("cloud.google.com/gke-spot" | "cloud.google.com/gke-preemptible", "true")
                | ("kubernetes.azure.com/scalesetpriority", "spot")
                | ("node.kubernetes.io/lifecycle", "spot")
        )
    })
}
