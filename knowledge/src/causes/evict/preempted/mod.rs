//! The kubelet ended the pod to let a critical one in.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `preempted`
pub const CAUSE: Cause = Cause {
    id: "preempted",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["container-status-lost", "pod-disrupted", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("find-critical"),
        RemedyKind::words("give-priority"),
    ],
    wordings: &[Wording::telling(
        r"Preempted in order to admit critical pod",
        "Preempted in order to admit critical pod",
        "kubelet 1.9–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// From this priority on a pod is critical to the kubelet.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/types/pod_update.go> (`IsCriticalPodBasedOnPriority`)
const CRITICAL: i32 = 2_000_000_000;

#[derive(Serialize)]
struct Facts {
    node: String,
    ago: Option<String>,
    priority: i32,
    /// Pods on the node that could have been the one, newest first.
    critical: Option<String>,
    owner: String,
    bare: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let said = s.status().and_then(|status| status.message.as_deref()).unwrap_or_default();
    let event = s.events.iter().rev().find(|e| e.reason == "Preempting");
    let disruption = s.condition("DisruptionTarget").filter(|c| c.status == "True");
    let failed = s.phase() == "Failed" && s.status_reason() == "Preempting";
    // while it is being ended the condition stands alone
    let ending = s.status_reason().is_empty()
        && s.phase() != "Succeeded"
        && disruption.is_some_and(|c| c.message.contains("in order to admit critical pod"));
    if !failed && !ending {
        return Vec::new();
    }
    let at = event.and_then(|e| e.at).or(disruption.and_then(|c| c.at));
    let node = s.node_name().unwrap_or_default();
    let owner = s.top_owner();
    let facts = Facts {
        node: node.to_string(),
        ago: at.map(|at| s.taken_at().age(at)),
        priority: s.spec().and_then(|spec| spec.priority).unwrap_or(0),
        critical: critical(s, node),
        bare: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let blame = if node.is_empty() { s.subject_blame() } else { Blame::global("Node", node) };
    let found = Match::new(Confidence::Certain, blame, facts)
        .because_all(failed.then(|| s.from_status(at, format!("status.reason Preempting: {said}"))))
        .because_all(event.map(|e| Evidence::event(e)));
    vec![found.because_all(s.from_condition("DisruptionTarget").filter(|_| disruption.is_some()))]
}

/// The newest critical pod on the node.
fn critical(s: &Snapshot, node: &str) -> Option<String> {
    let pods = s.world.pods.iter().filter_map(|((namespace, name), object)| {
        let spec = object.pod.spec.as_ref()?;
        let here = spec.node_name.as_deref() == Some(node);
        let annotations = object.pod.metadata.annotations.as_ref();
        let fixed = annotations.is_some_and(|a| a.contains_key("kubernetes.io/config.mirror"));
        let critical = fixed || spec.priority.is_some_and(|priority| priority >= CRITICAL);
        let made = object.pod.metadata.creation_timestamp.as_ref().map(|t| t.0);
        (here && critical).then(|| (made, format!("{namespace}/{name}")))
    });
    pods.max().map(|(_, name)| name)
}
