//! A Job gave up after its pods failed as often as it may bear.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Stage};
use crate::job::{GivenUp, given_up};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `backoff-limit-reached`
pub const CAUSE: Cause = Cause {
    id: "backoff-limit-reached",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("read-log"),
        RemedyKind::words("run-again"),
        RemedyKind::words("allow-more"),
    ],
    wordings: &[
        Wording::telling(
            r"Job has reach(ed)? the specified backoff limit|\bBackoffLimitExceeded\b",
            "Job has reached the specified backoff limit",
            "kube-controller-manager 1.8–1.37",
        ),
        Wording::telling(
            r"\bMaxFailedIndexesExceeded\b|Job has exceeded the specified maximal number of failed indexes",
            "Job has exceeded the specified maximal number of failed indexes",
            "kube-controller-manager 1.28–1.37",
        ),
        Wording::telling(
            r"\bFailedIndexes\b|Job has failed indexes",
            "Job has failed indexes",
            "kube-controller-manager 1.28–1.37",
        ),
        Wording::telling(
            r"matching FailJob rule at index \d+|\bPodFailurePolicy\b",
            "Container main for pod etl/load-7-x2v9q failed with exit code 42 matching FailJob rule at index 0",
            "kube-controller-manager 1.25–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// What a Job without a limit of its own bears.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-backoff-failure-policy>
const DEFAULT_LIMIT: i64 = 6;

#[derive(Serialize)]
struct Facts {
    job: String,
    cron_job: Option<String>,
    /// `spec.backoffLimit`
    limit: i64,
    failed: i64,
    ago: Option<String>,
    /// A rule of `spec.podFailurePolicy` ended it at once.
    by_policy: bool,
    /// Indexes gave up, each for itself.
    by_index: bool,
    /// `status.failedIndexes`
    indexes: Option<String>,
    /// `spec.backoffLimitPerIndex`
    index_limit: Option<i64>,
    /// The controller's own words, where they say more than the reason.
    words: String,
    in_place: bool,
    pods_left: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(end) = given_up(s) else { return Vec::new() };
    let known = ["BackoffLimitExceeded", "PodFailurePolicy", "FailedIndexes", "MaxFailedIndexesExceeded"];
    if !known.contains(&end.condition.reason.as_str()) {
        return Vec::new();
    }
    vec![matched(s, &end)]
}

fn matched(s: &Snapshot, end: &GivenUp) -> Match {
    let reason = end.condition.reason.as_str();
    let facts = Facts {
        job: end.job.name.clone(),
        cron_job: end.cron_job().map(str::to_string),
        limit: end.number("/spec/backoffLimit").unwrap_or(DEFAULT_LIMIT),
        failed: end.failed(),
        ago: end.condition.at.map(|at| s.taken_at().age(at)),
        by_policy: reason == "PodFailurePolicy",
        by_index: reason.contains("FailedIndexes"),
        indexes: end.text("/status/failedIndexes").map(str::to_string),
        index_limit: end.number("/spec/backoffLimitPerIndex"),
        words: crate::evidence::cut(&end.condition.message, 120),
        in_place: end.restarts_in_place(),
        pods_left: end.pods_left(s) > 0,
    };
    let mut found = Match::new(Confidence::Certain, end.blame(), facts).because(end.evidence());
    if end.failed() > 0 {
        found = found.because(end.owned(None, &format!("status.failed {}", end.failed())));
    }
    let limits = ["backoffLimit", "backoffLimitPerIndex", "maxFailedIndexes"];
    let limits = limits.iter().filter_map(|name| Some((name, end.number(&format!("/spec/{name}"))?)));
    // an indexed Job has the largest number there is as its own limit
    let told = limits.filter(|(_, limit)| *limit < i64::from(i32::MAX));
    found
        .because_all(told.map(|(name, limit)| end.owned(None, &format!("spec.{name} {limit}"))))
        .because_all(end.last_warnings(s))
}
