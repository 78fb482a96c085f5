//! The kubelet is done with the pod, and a finalizer keeps its object.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `finalizer-stuck`
pub const CAUSE: Cause = Cause {
    id: "finalizer-stuck",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &["grace-period-long", "pod-disrupted"],
    expected: false,
    remedies: &[RemedyKind::words("find-controller"), RemedyKind::two_approvals("remove-finalizer")],
    wordings: &[Wording::telling(
        r"deletionTimestamp[\s\S]*finalizers|finalizers:\s*(\[|\n?\s*-)|\bforegroundDeletion\b",
        "finalizers:\n  - foregroundDeletion\n  name: tf-runner (Terminating)",
        "kubectl get -o yaml",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Owned {
    name: String,
    /// Who removes it, as far as the name tells.
    by: String,
}

#[derive(Serialize)]
struct Facts {
    finalizers: Vec<Owned>,
    first: String,
    since: String,
    foreground: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(pod) = s.pod() else { return Vec::new() };
    let meta = &pod.metadata;
    let (Some(deleted), Some(finalizers)) = (&meta.deletion_timestamp, &meta.finalizers) else {
        return Vec::new();
    };
    if finalizers.is_empty() {
        return Vec::new();
    }
    // the kubelet's last update of a pod it is done with is a delete with grace 0
    let released = meta.deletion_grace_period_seconds == Some(0);
    let ended = s.containers().iter().all(|c| !c.is_running()) || s.node_name().is_none();
    let confidence = match (released, ended) {
        // still within its grace, which may be what it waits for
        (false, _) if s.taken_at().seconds_since(deleted.0) < 0 => return Vec::new(),
        (true, true) => Confidence::Certain,
        (true, false) | (false, true) => Confidence::Likely,
        (false, false) => return Vec::new(),
    };
    let owned: Vec<Owned> =
        finalizers.iter().map(|name| Owned { name: name.clone(), by: owner(name) }).collect();
    let facts = Facts {
        first: finalizers[0].clone(),
        since: s.taken_at().age(deleted.0),
        foreground: finalizers.iter().any(|f| f == "foregroundDeletion"),
        finalizers: owned,
    };
    let grace = meta.deletion_grace_period_seconds.map_or("unset".to_string(), |g| g.to_string());
    let at = Some(deleted.0);
    let found = Match::new(confidence, Blame::namespaced("Pod", s.namespace(), s.name()), facts)
        .because(s.from_status(at, format!("metadata.finalizers {}", finalizers.join(", "))))
        .because(s.from_status(
            at,
            format!("metadata.deletionTimestamp {}, deletionGracePeriodSeconds {grace}", deleted.0),
        ))
        .because_all(s.containers().iter().filter_map(|c| Some(s.from_end(c, c.last_end()?))));
    vec![found]
}

/// Whose finalizer it is: Kubernetes' own by name, others by the domain before the slash.
fn owner(finalizer: &str) -> String {
    match finalizer {
        "foregroundDeletion" | "orphan" => "kube-controller-manager (garbage collector)".to_string(),
        "batch.kubernetes.io/job-tracking" => "kube-controller-manager (Job controller)".to_string(),
        other => match other.split_once('/') {
            Some((domain, _)) => domain.to_string(),
            None => "?".to_string(),
        },
    }
}
