//! Beside what keeps the pod off the nodes there are: why the autoscaler brings no other.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::event::Event;
use crate::evidence::cut;
use crate::finding::{Confidence, Evidence, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::autoscaler::{last_word, refuses};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `autoscaler-cannot-help`
pub const CAUSE: Cause = Cause {
    id: "autoscaler-cannot-help",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("raise-maximum"),
        RemedyKind::words("look-at-failure"),
        RemedyKind::words("fit-a-group"),
        RemedyKind::words("look-at-autoscaler"),
    ],
    wordings: &[
        Wording::telling(
            r"pod didn't trigger scale-up|NotTriggerScaleUp",
            "pod didn't trigger scale-up: 1 max node group size reached, 1 node(s) had untolerated taint {dedicated: batch}",
            "cluster-autoscaler 0.5–1.37",
        ),
        Wording::telling(
            r"Failed to schedule pod, (incompatible with (nodepool|provisioner)|no (nodepool|provisioner)|.*instance type)",
            r#"Failed to schedule pod, incompatible with nodepool "default", daemonset overhead={"cpu":"150m","pods":"3"}, no instance type satisfied resources"#,
            "karpenter 0.6–1.8",
        ),
        Wording::telling(
            r"Node scale up in zones .* associated with this pod failed|FailedScaleUp",
            "Node scale up in zones europe-west1-b associated with this pod failed: GCE out of resources. Pod is at risk of not being scheduled.",
            "cluster-autoscaler on GKE 1.18–1.34",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    karpenter: bool,
    /// In its words, one group of nodes or one reason each.
    reasons: Vec<String>,
    first: Option<String>,
    /// It looked at no group at all.
    silent: bool,
    at_maximum: bool,
    backing_off: bool,
    too_small: bool,
    tainted: bool,
    selector: bool,
    topology: bool,
    volume: bool,
    at: Option<String>,
}

/// The pods of DaemonSets that a new node would run, as Karpenter writes them into the middle of its sentence.
static OVERHEAD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"daemonset overhead=\{[^}]*\},?\s*").ok());

fn detect(s: &Snapshot) -> Vec<Match> {
    if !s.is_unscheduled() {
        return Vec::new();
    }
    let Some(event) = last_word(s).filter(|event| refuses(event)) else {
        return Vec::new();
    };
    // never by itself: it is the second half of an answer, and no surer than the first
    let Some(confidence) = beside(s) else {
        return Vec::new();
    };
    let facts = facts(s, event);
    vec![Match::new(confidence, s.top_owner(), facts).because(Evidence::event(event))]
}

/// How sure the surest of the stage's other causes is; `None` without one, or where the pod is not meant to run.
fn beside(s: &Snapshot) -> Option<Confidence> {
    let mut best = None;
    for cause in super::CAUSES.iter().filter(|cause| cause.id != CAUSE.id) {
        for found in (cause.detect)(s) {
            if cause.expected {
                return None;
            }
            best = best.max(Some(found.confidence));
        }
    }
    best
}

fn facts(s: &Snapshot, event: &Event) -> Facts {
    let text = event.message.as_str();
    let karpenter = text.starts_with("Failed to schedule pod");
    let reasons = if karpenter { of_karpenter(text) } else { of_cluster_autoscaler(text) };
    let has = |parts: &[&str]| parts.iter().any(|part| text.contains(part));
    Facts {
        first: reasons.first().map(|first| cut(first, 150)),
        silent: reasons.is_empty(),
        at_maximum: has(&[
            "max node group size reached",
            "max limit reached",
            "max cluster ",
            "exceed limits",
            "limits exceeded",
        ]),
        backing_off: has(&["in backoff", "scale up in zones", "out of resources", "quota"]),
        too_small: has(&["Insufficient ", "no instance type satisfied", "Too many pods"]),
        tainted: has(&["taint", "did not tolerate"]),
        selector: has(&[
            "node affinity",
            "node selector",
            "node(s) didn't match Pod's node",
            "incompatible requirements",
        ]),
        topology: has(&["topology", "affinity rules", "anti-affinity"]),
        volume: has(&["volume", "zone"]) && !text.contains("in zones"),
        at: event.at.map(|at| s.taken_at().age(at)),
        reasons,
        karpenter,
    }
}

/// `pod didn't trigger scale-up: 1 max node group size reached, 2 Insufficient cpu`
fn of_cluster_autoscaler(text: &str) -> Vec<String> {
    let rest = match text.split_once("scale-up") {
        Some((_, rest)) => rest.split_once(": ").map_or("", |(_, rest)| rest),
        None => text,
    };
    let mut parts: Vec<String> = Vec::new();
    for part in rest.split(", ").map(str::trim).filter(|part| !part.is_empty()) {
        // a taint or an affinity may hold a comma itself: a reason begins with how many groups it is true of
        match parts.last_mut() {
            Some(last) if !part.starts_with(|c: char| c.is_ascii_digit()) => {
                last.push_str(", ");
                last.push_str(part);
            }
            _ => parts.push(part.to_string()),
        }
    }
    parts.truncate(10);
    parts
}

/// `Failed to schedule pod, incompatible with nodepool "a", daemonset overhead={…}, did not tolerate x; incompatible …`
fn of_karpenter(text: &str) -> Vec<String> {
    let rest = text.split_once("schedule pod, ").map_or(text, |(_, rest)| rest);
    let plain =
        OVERHEAD.as_ref().map_or_else(|| rest.to_string(), |re| re.replace_all(rest, "").into_owned());
    plain.split("; ").map(|part| part.trim().to_string()).filter(|part| !part.is_empty()).take(10).collect()
}
