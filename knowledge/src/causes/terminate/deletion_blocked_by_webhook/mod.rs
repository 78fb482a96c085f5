//! An admission webhook stands in the way of the last update, or the last delete, of a pod that terminates.
//!
//! A mutating webhook that changes a pod's spec on UPDATE makes every update of it invalid, whatever the update was
//! for: taking a finalizer off, or the kubelet's report. One that is down and must not be skipped refuses them all.
//! <https://kubernetes.io/docs/tasks/debug/debug-application/debug-pods/#my-pod-stays-terminating>

mod hooks;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::node_state::{self, from_agent};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::terminating::{Deletion, deletion, event_since, evidence};
use crate::wording::Wording;

use hooks::{Hook, hooks_on};

/// `deletion-blocked-by-webhook`
pub const CAUSE: Cause = Cause {
    id: "deletion-blocked-by-webhook",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &["container-unkillable", "finalizer-stuck", "pod-disrupted", "volume-busy"],
    expected: false,
    remedies: &[
        RemedyKind::words("see-refusal"),
        RemedyKind::words("narrow-webhook"),
        RemedyKind::words("restore-webhook"),
    ],
    wordings: &[
        Wording::hint(
            r"pod updates may not (change fields|add or remove)|existing toleration can not be modified",
            "The Pod \"report-1\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
            "API server 1.5–1.37",
        ),
        Wording::hint(
            r#"admission webhook "(?P<name>[^"]+)" denied the request|failed calling (admission )?webhook "(?P<hook>[^"]+)""#,
            r#"Failed to update status for pod: admission webhook "pods.guard.example" denied the request"#,
            "API server 1.9–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// After this many seconds past the grace period an update that nothing hinders has been made.
const PATIENCE_SECONDS: i64 = 300;

#[derive(Serialize)]
struct Facts {
    since: String,
    /// The refusal in its own words.
    words: Option<String>,
    /// The webhook, or the candidates.
    hooks: Vec<String>,
    /// The first of their configurations.
    config: Option<String>,
    config_kind: String,
    /// Nothing stands behind its service.
    down: bool,
    finalizers: Option<String>,
    sure: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(deletion) = deletion(s).filter(Deletion::is_overdue) else { return Vec::new() };
    let Some(pod) = s.pod().filter(|_| !s.is_static()) else { return Vec::new() };
    let finalizers = pod.metadata.finalizers.clone().unwrap_or_default();
    let says = |e: &Event| CAUSE.wordings.iter().any(|w| w.matches(&e.message));
    let event = event_since(s, &deletion, says);
    let journal = s.agent().and_then(|facts| Some((facts, facts.errors("status-refused")?)));
    let journal =
        journal.filter(|(_, class)| class.is_about(pod.metadata.uid.as_deref().unwrap_or_default()));
    let words = event.map(|e| e.message.clone()).or_else(|| journal.map(|(_, c)| c.excerpt.clone()));
    let named = words.as_deref().and_then(|text| {
        let wording = &CAUSE.wordings[1];
        wording.capture(text, "name").or_else(|| wording.capture(text, "hook"))
    });
    let hooks: Vec<Hook> = hooks_on(s, !finalizers.is_empty())
        .into_iter()
        .filter(|hook| named.is_none_or(|name| hook.name == name))
        .collect();
    let down: Vec<&Hook> = hooks.iter().filter(|hook| hook.down).collect();
    let controllers = !finalizers.is_empty() && finalizers.iter().all(|f| is_control_planes(f));
    let kubelets = finalizers.is_empty() && node_state::is_ready(s);
    let mutating = hooks.iter().any(|hook| hook.mutating);
    let confidence = if words.is_some() {
        Confidence::Certain
    } else if !down.is_empty() && (controllers || kubelets) {
        Confidence::Likely
    } else if mutating && deletion.over > PATIENCE_SECONDS && (controllers || kubelets) {
        Confidence::Possible
    } else {
        return Vec::new();
    };
    let shown: Vec<&Hook> = if down.is_empty() { hooks.iter().collect() } else { down.clone() };
    let blame = match (shown.first(), named) {
        (Some(hook), _) if confidence > Confidence::Possible => Blame::global(hook.kind, &hook.config),
        _ => Blame::namespaced("Pod", s.namespace(), s.name()),
    };
    let facts = Facts {
        since: s.taken_at().age(deletion.ends),
        hooks: shown.iter().map(|hook| format!("{} ({} {})", hook.name, hook.kind, hook.config)).collect(),
        config: shown.first().map(|hook| hook.config.clone()),
        config_kind: shown
            .first()
            .map_or("mutatingwebhookconfiguration".to_string(), |h| h.kind.to_lowercase()),
        down: !down.is_empty(),
        finalizers: (!finalizers.is_empty()).then(|| finalizers.join(", ")),
        sure: words.is_some(),
        words,
    };
    let node = s.node_name().unwrap_or_default();
    let found = Match::new(confidence, blame, facts)
        .because_all(event.map(Evidence::event))
        .because_all(journal.map(|(_, class)| from_agent(node, class.last, class.excerpt.clone())))
        .because_all(shown.iter().map(|hook| {
            Evidence::new(Source::Object, format!("{} {}", hook.kind, hook.config), None, hook.says())
        }))
        .because(evidence(s, &deletion));
    vec![found]
}

/// Whose finalizer the control plane itself takes off within seconds.
fn is_control_planes(finalizer: &str) -> bool {
    matches!(finalizer, "foregroundDeletion" | "orphan" | "batch.kubernetes.io/job-tracking")
}
