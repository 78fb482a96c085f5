//! The pod ran for longer than its own `activeDeadlineSeconds`, and the kubelet ended it.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Stage};
use crate::launch::owner_of;
use crate::moment::show_seconds;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pod-deadline-exceeded`
pub const CAUSE: Cause = Cause {
    id: "pod-deadline-exceeded",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("read-log"), RemedyKind::words("give-time")],
    wordings: &[Wording::telling(
        r"Pod was active on the node longer than (the )?specified deadline",
        "Pod was active on the node longer than the specified deadline",
        "kubelet 1.2–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    /// `spec.activeDeadlineSeconds`
    deadline: Option<i64>,
    deadline_shown: Option<String>,
    /// A container had not started when the time was up.
    not_started: Option<String>,
    controlled: bool,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    // <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/active_deadline.go>
    if s.status_reason() != "DeadlineExceeded" || s.phase() == "Succeeded" {
        return Vec::new();
    }
    let message = s.status().and_then(|status| status.message.clone()).unwrap_or_default();
    let deadline = s.spec().and_then(|spec| spec.active_deadline_seconds);
    let containers = s.containers();
    // until 1.21 the kubelet wrote this status in place of the whole: without states nothing is known of the containers
    let told = s
        .status()
        .is_some_and(|status| status.container_statuses.as_ref().is_some_and(|all| !all.is_empty()));
    let not_started =
        containers.iter().find(|c| told && !c.ever_ran() && c.last_end().is_none()).map(|c| c.name);
    let (owner, shown) = owner_of(s);
    let facts = Facts {
        deadline,
        deadline_shown: deadline.map(show_seconds),
        not_started: not_started.map(str::to_string),
        controlled: owner.kind != "Pod",
        owner: shown,
    };
    let started = s.status().and_then(|status| status.start_time.as_ref()).map(|t| t.0);
    let found = Match::new(Confidence::Certain, owner, facts)
        .because(s.from_status(None, format!("status DeadlineExceeded: {message}")))
        .because_all(deadline.map(|d| s.from_spec("spec.activeDeadlineSeconds", &d.to_string())))
        .because_all(started.map(|at| s.from_status(Some(at), format!("status.startTime {at}"))))
        .because_all(containers.iter().filter_map(|c| Some(s.from_end(c, c.last_end()?))));
    vec![found]
}
