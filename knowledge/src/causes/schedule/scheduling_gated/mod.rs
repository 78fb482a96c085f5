//! Someone's gate keeps the scheduler from looking at the pod.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `scheduling-gated`
pub const CAUSE: Cause = Cause {
    id: "scheduling-gated",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: true,
    remedies: &[RemedyKind::words("ask-controller"), RemedyKind::words("remove-gate")],
    wordings: &[Wording::telling(
        r"SchedulingGated|non-empty scheduling gates",
        "Scheduling is blocked due to non-empty scheduling gates",
        "kube-apiserver 1.26–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    gates: Vec<String>,
    /// The domains the gates belong to: their controllers' names are usually found there.
    domains: Vec<String>,
    since: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let gates: Vec<String> = s
        .spec()
        .and_then(|spec| spec.scheduling_gates.as_ref())
        .into_iter()
        .flatten()
        .map(|g| g.name.clone())
        .collect();
    if gates.is_empty() || !s.is_unscheduled() {
        return Vec::new();
    }
    let mut domains: Vec<String> =
        gates.iter().filter_map(|gate| gate.split_once('/')).map(|(domain, _)| domain.to_string()).collect();
    domains.dedup();
    let created = s.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|t| t.0);
    let evidence = s.from_spec("spec.schedulingGates", &gates.join(", "));
    let facts = Facts { gates, domains, since: created.map(|at| s.taken_at().age(at)) };
    let found = Match::new(Confidence::Certain, s.top_owner(), facts).because(evidence);
    vec![found.because_all(s.from_condition("PodScheduled"))]
}
