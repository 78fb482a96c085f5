//! The kubelet kills the container because its liveness probe fails.

use std::sync::Arc;

use k8s_openapi::api::core::v1::Probe;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Confidence, Evidence, Stage};
use crate::logs;
use crate::probes::{Saying, can_have_ended, failures, is_of_last_run, patience, saying, show};
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

/// `liveness-probe-killing`
pub const CAUSE: Cause = Cause {
    id: "liveness-probe-killing",
    stage: Some(Stage::Probe),
    since: "0.1.0",
    hides: &["app-exited", "completed-but-restarted", "readiness-probe-failing"],
    expected: false,
    remedies: &[
        RemedyKind::words("try-probe"),
        RemedyKind::words("give-time"),
        RemedyKind::words("read-log"),
    ],
    wordings: &[
        Wording::telling(
            r"\bfailed liveness probe\b",
            "Container app failed liveness probe, will be restarted",
            "kubelet 1.10–1.37",
        ),
        Wording::telling(
            r"is unhealthy[^\n]*, it will be killed and re-?created",
            r#"pod "web_default" container "web" is unhealthy (probe result: failure), it will be killed and re-created."#,
            "kubelet 1.0–1.14",
        ),
        Wording::telling(
            r"Liveness probe (failed|error(ed)?\b)|Liveness probe for .* failed",
            "Liveness probe failed: HTTP probe failed with statuscode: 503",
            "kubelet 1.0–1.37",
        ),
        Wording::hint(
            r"exit code:? ?(137|143)\b|ends? with code (137|143)",
            "Reason: Error  Exit Code: 137",
            "kubelet 1.0–1.37",
        ),
        Wording::telling(
            r#"\bProbe (failed|errored)[^\n]*probeType=[\\"]*Liveness"#,
            r#"prober.go:118] "Probe errored" err="unexpected EOF" probeType="Liveness" pod="shop/web-0" podUID="1af660b3" containerName="web""#,
            "kubelet 1.19–1.37, its log",
        ),
        Wording::hint(
            r#"SyncLoop \(probe\)" probe="liveness" status="unhealthy""#,
            r#"kubelet.go:2411] "SyncLoop (probe)" probe="liveness" status="unhealthy" pod="shop/web-0""#,
            "kubelet 1.21–1.37, its log",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    probe: String,
    #[serde(flatten)]
    saying: Saying,
    /// Seconds from start to the kill at the earliest.
    patience: i32,
    lived: Option<String>,
    has_startup_probe: bool,
    restarts: i32,
    exit_code: i32,
    proved: bool,
    owner: String,
    owner_is_pod: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let probe = container.liveness()?;
    let about: Vec<&Arc<Event>> = s.container_events(container.name).collect();
    if s.has_settled(container) || s.was_killed_at_start(container) {
        return None;
    }
    let killing = about.iter().rev().find(|e| CAUSE.wordings[..2].iter().any(|w| w.matches(&e.message)));
    let unhealthy = about.iter().rev().find(|e| CAUSE.wordings[2].matches(&e.message));
    let recent = |e: &&&Arc<Event>| e.at.is_none_or(|at| s.is_recent(at));
    let crashes = s.crashing().iter().any(|c| c.name == container.name);
    // one that was killed once and is ready since has recovered, unless the probe fails again already
    let since = container.running_since();
    let again = |event: Option<&&Arc<Event>>| event.is_some_and(|e| e.at >= since && since.is_some());
    let at_it = again(killing) || (container.restarts() > 0 && (!container.is_ready() || again(unhealthy)));
    if !crashes && !at_it {
        return None;
    }
    let exit_code = container.last_end().map_or(0, |end| end.exit_code);
    let signalled = matches!(exit_code, 137 | 143)
        && container.last_end().is_some_and(|e| e.reason.as_deref() == Some("Error"));
    // what was asked to end may end well
    let stopped = signalled || exit_code == 0;
    // a probe that failed now and then kills no one
    let often = |e: &&&Arc<Event>| e.count >= i64::from(failures(probe));
    let lived_long = can_have_ended(container, probe);
    let confidence = match (killing.filter(recent), unhealthy.filter(recent)) {
        (Some(kill), _)
            if (signalled && lived_long) || again(Some(kill)) || is_of_last_run(s, container, kill) =>
        {
            Confidence::Certain
        }
        // it was killed some runs ago; the kubelet does not write down every kill, and this run lived long enough for one
        (Some(_), _) if lived_long && (stopped || !says_why(s, container)) => Confidence::Likely,
        (None, Some(_)) if signalled || exit_code == 0 && unhealthy.filter(often).is_some() => {
            Confidence::Likely
        }
        (None, None) if signalled => Confidence::Possible,
        _ => return None,
    };
    let facts = facts(s, container, probe, unhealthy.map(|e| e.as_ref()), confidence);
    let found = Match::new(confidence, s.top_owner(), facts)
        .in_container(container.name)
        .because_all(killing.map(|e| Evidence::event(e)))
        .because_all(unhealthy.map(|e| Evidence::event(e)))
        .because_all(container.last_end().map(|end| s.from_end(container, end)))
        .because(s.from_spec(&format!("{}.livenessProbe", container.spec_path()), &show(probe)))
        .because(s.from_restarts(container))
        .because_all(logs::last_words(s, container));
    Some(found)
}

/// Whether the log of the last run gives a reason of its own.
fn says_why(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    logs::reading(s, container).is_some_and(|(_, reading)| reading.sure && reading.class.is_some())
}

fn facts(
    s: &Snapshot,
    container: &ContainerView<'_>,
    probe: &Probe,
    unhealthy: Option<&Event>,
    confidence: Confidence,
) -> Facts {
    let end = container.last_end();
    let owner = s.top_owner();
    let patience = patience(probe);
    Facts {
        probe: show(probe),
        saying: saying(s, container, probe, unhealthy),
        patience,
        lived: end.and_then(lived).map(crate::moment::show_seconds),
        has_startup_probe: container.spec.is_some_and(|c| c.startup_probe.is_some()),
        restarts: container.restarts(),
        exit_code: end.map_or(0, |e| e.exit_code),
        proved: confidence == Confidence::Certain,
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    }
}
