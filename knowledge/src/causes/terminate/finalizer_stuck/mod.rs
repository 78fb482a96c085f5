//! The kubelet is done with the pod, and a finalizer keeps its object.

mod claim;
mod owners;

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
    hides: &["grace-period-long", "persistent-volume-missing", "pod-disrupted"],
    expected: false,
    remedies: &[
        RemedyKind::words("find-controller"),
        RemedyKind::two_approvals("remove-finalizer"),
        RemedyKind::words("end-users"),
    ],
    wordings: &[
        Wording::telling(
            r"deletionTimestamp[\s\S]*finalizers|finalizers:\s*(\[|\n?\s*-)|\bforegroundDeletion\b",
            "finalizers:\n  - foregroundDeletion\n  name: tf-runner (Terminating)",
            "kubectl get -o yaml",
        ),
        Wording::hint(
            r"pod updates may not (change fields|add or remove)|existing toleration can not be modified",
            "The Pod \"report-1\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
            "API server 1.5–1.37",
        ),
    ],
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
    /// Where that controller was looked for: `Deployment kueue-system/kueue: 0 of 1 pods ready`.
    seen: Option<String>,
    up: bool,
    down: bool,
}

#[derive(Serialize)]
struct Facts {
    finalizers: Vec<Owned>,
    first: String,
    since: String,
    foreground: bool,
    job: bool,
    /// The controller of one of them is seen not to run.
    down: Option<String>,
    /// It is a claim that is asked about.
    claim: Option<String>,
    /// The pods that use it.
    users: Vec<String>,
}

/// A controller that works takes its finalizer away within this, in seconds.
const MOMENT_SECONDS: i64 = 10;

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(pod) = s.pod() else { return claim::protected(s).into_iter().collect() };
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
    let is_new = s.taken_at().seconds_since(deleted.0) < MOMENT_SECONDS;
    let confidence = match (released, ended) {
        // still within its grace, which may be what it waits for
        (false, _) if s.taken_at().seconds_since(deleted.0) < 0 => return Vec::new(),
        // whoever is to take it away needs a moment
        _ if is_new && s.taken_at().exact => return Vec::new(),
        (true, true) if is_new => Confidence::Likely,
        (true, true) => Confidence::Certain,
        (true, false) | (false, true) => Confidence::Likely,
        (false, false) => return Vec::new(),
    };
    let (mut owned, mut signs) = (Vec::new(), Vec::new());
    for name in finalizers {
        let owner = owners::owner(s, name);
        let seen = owner.sign.as_ref().map(|sign| format!("{}: {}", sign.object, sign.text));
        owned.push(Owned { name: name.clone(), by: owner.by, seen, up: owner.up, down: owner.down });
        signs.extend(owner.sign);
    }
    let facts = Facts {
        first: finalizers[0].clone(),
        since: s.taken_at().age(deleted.0),
        down: owned.iter().find(|o| o.down).map(|o| o.by.clone()),
        job: finalizers.iter().any(|f| f == "batch.kubernetes.io/job-tracking"),
        foreground: finalizers.iter().any(|f| f == "foregroundDeletion"),
        finalizers: owned,
        claim: None,
        users: Vec::new(),
    };
    let grace = meta.deletion_grace_period_seconds.map_or("unset".to_string(), |g| g.to_string());
    let at = Some(deleted.0);
    let found = Match::new(confidence, Blame::namespaced("Pod", s.namespace(), s.name()), facts)
        .because(s.from_status(at, format!("metadata.finalizers {}", finalizers.join(", "))))
        .because(s.from_status(
            at,
            format!("metadata.deletionTimestamp {}, deletionGracePeriodSeconds {grace}", deleted.0),
        ))
        .because_all(signs)
        .because_all(s.containers().iter().filter_map(|c| Some(s.from_end(c, c.last_end()?))));
    vec![found]
}
