//! A Job was active for longer than it may be, and was ended.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Stage};
use crate::job::given_up;
use crate::moment::show_seconds;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `job-deadline-exceeded`
pub const CAUSE: Cause = Cause {
    id: "job-deadline-exceeded",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("see-why-slow"), RemedyKind::words("give-time")],
    wordings: &[Wording::telling(
        r"Job was active longer than (the )?specified deadline",
        "Job was active longer than specified deadline",
        "kube-controller-manager 1.2–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    job: String,
    cron_job: Option<String>,
    /// `spec.activeDeadlineSeconds`, in seconds; `None` where it was not read.
    deadline: Option<i64>,
    deadline_shown: Option<String>,
    ago: Option<String>,
    failed: i64,
    succeeded: i64,
    wanted: Option<i64>,
    pods_left: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(end) = given_up(s).filter(|end| end.condition.reason == "DeadlineExceeded") else {
        return Vec::new();
    };
    let deadline = end.number("/spec/activeDeadlineSeconds");
    let started = end.text("/status/startTime").and_then(|at| at.parse().ok());
    let facts = Facts {
        job: end.job.name.clone(),
        cron_job: end.cron_job().map(str::to_string),
        deadline,
        deadline_shown: deadline.map(show_seconds),
        ago: end.condition.at.map(|at| s.taken_at().age(at)),
        failed: end.failed(),
        succeeded: end.number("/status/succeeded").unwrap_or(0),
        wanted: end.number("/spec/completions"),
        pods_left: end.pods_left(s) > 0,
    };
    let found = Match::new(Confidence::Certain, end.blame(), facts)
        .because(end.evidence())
        .because_all(deadline.map(|d| end.owned(None, &format!("spec.activeDeadlineSeconds {d}"))))
        .because_all(started.map(|at| end.owned(Some(at), &format!("status.startTime {at}"))))
        .because_all(end.last_warnings(s));
    vec![found]
}
