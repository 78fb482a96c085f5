//! No cause matched: what was looked at, what could not be read, and the strongest facts. Never an invented cause.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::{cut, object_name};
use crate::finding::{Confidence, Evidence, Source};
use crate::redact::redact;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `unknown`
pub const CAUSE: Cause = Cause {
    id: "unknown",
    stage: None,
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[],
    wordings: &[] as &[Wording],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// At most this many warning events are quoted, one a reason.
const MAX_EVENTS: usize = 5;

#[derive(Serialize)]
struct Facts {
    /// The strongest fact, in the cluster's words; empty when nothing was read.
    fact: String,
    /// A workload that wants pods and has none.
    no_pods: bool,
    desired: i64,
    /// Something was not read.
    gaps: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let mut evidence = Vec::new();
    for container in s.containers() {
        if container.waiting().is_some_and(|(reason, message)| !message.is_empty() || !is_plain(reason)) {
            evidence.extend(s.from_waiting(&container));
        }
        let ended = container.last_end().filter(|end| end.exit_code != 0 || container.terminated().is_some());
        evidence.extend(ended.map(|end| s.from_end(&container, end)));
    }
    if let Some(status) = s.status().filter(|status| status.reason.is_some() || status.message.is_some()) {
        let (reason, message) =
            (status.reason.as_deref().unwrap_or_default(), status.message.as_deref().unwrap_or_default());
        evidence.insert(0, s.from_status(None, format!("status {reason}: {message}")));
    }
    evidence.extend(warnings(s));
    for condition in s.status().and_then(|status| status.conditions.as_ref()).into_iter().flatten() {
        if condition.status != "True" {
            evidence.extend(s.from_condition(&condition.type_));
        }
    }
    if let Some(workload) = s.workload() {
        let object = object_name(workload.kind.camel(), &workload.namespace, &workload.name);
        for c in &workload.conditions {
            let text = format!("{}={} {}: {}", c.name, c.status, c.reason, c.message);
            evidence.push(Evidence::new(Source::Owner, object.clone(), c.at, text));
        }
        if let Some(desired) = workload.desired {
            let text = format!("{} of {desired} pods exist, {} ready", workload.current, workload.ready);
            evidence.push(Evidence::new(Source::Owner, object.clone(), None, text));
        }
        // the refusal stands in ReplicaFailure; "not available" only repeats that there are no pods
        evidence.sort_by_key(|e| !(e.text.starts_with("ReplicaFailure=True") || e.source == Source::Event));
    }
    if evidence.is_empty() && s.pod().is_some() {
        let phase = if s.phase().is_empty() { "none reported" } else { s.phase() };
        evidence.push(s.from_status(None, format!("status.phase {phase}")));
    }
    let desired = s.workload().and_then(|w| w.desired).unwrap_or(0);
    let facts = Facts {
        no_pods: desired > 0 && s.members.is_empty(),
        desired,
        fact: evidence.first().map(|e| cut(&redact(&e.text), 300)).unwrap_or_default(),
        gaps: !s.gaps.is_empty(),
    };
    vec![Match::new(Confidence::Possible, s.subject_blame(), facts).because_all(evidence)]
}

fn is_plain(reason: &str) -> bool {
    matches!(reason, "" | "ContainerCreating" | "PodInitializing")
}

/// The newest warning of each reason, newest first.
fn warnings(s: &Snapshot) -> Vec<Evidence> {
    let mut reasons = Vec::new();
    let mut evidence = Vec::new();
    for event in s.events.iter().rev().filter(|e| e.warning) {
        if !reasons.contains(&&event.reason) && reasons.len() < MAX_EVENTS {
            reasons.push(&event.reason);
            evidence.push(Evidence::event(event));
        }
    }
    evidence
}
