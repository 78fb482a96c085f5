//! The startup probe does not succeed: the kubelet kills the container for it, or still waits.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Confidence, Evidence, Stage};
use crate::logs;
use crate::moment::show_seconds;
use crate::probes::{START_SECONDS, Saying, can_have_ended, is_of_last_run, patience, saying, show};
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

/// `startup-probe-failing`
pub const CAUSE: Cause = Cause {
    id: "startup-probe-failing",
    stage: Some(Stage::Probe),
    since: "0.1.0",
    hides: &["app-exited", "liveness-probe-killing", "readiness-probe-failing"],
    expected: false,
    remedies: &[RemedyKind::words("read-log"), RemedyKind::words("give-time")],
    wordings: &[
        Wording::telling(
            r"\bfailed startup probe\b",
            "Container api failed startup probe, will be restarted",
            "kubelet 1.16–1.37",
        ),
        Wording::telling(
            r"Startup probe (failed|error(ed)?\b)",
            "Startup probe failed: HTTP probe failed with statuscode: 404",
            "kubelet 1.16–1.37",
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
    /// Seconds the probe gives a start.
    allowed: i32,
    killed: bool,
    /// No event proves it.
    guessed: bool,
    restarts: i32,
    exit_code: Option<i32>,
    lived: Option<String>,
    runs_for: Option<String>,
    owner: String,
    owner_is_pod: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() || s.phase() == "Failed" {
        return Vec::new();
    }
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let probe = container.spec?.startup_probe.as_ref()?;
    // once it has passed, the probe has no more say in this run
    if container.is_running() && container.status?.started == Some(true) {
        return None;
    }
    let about: Vec<&Event> = s.container_events(container.name).map(AsRef::as_ref).collect();
    let recent = |e: &&&Event| e.at.is_none_or(|at| s.is_recent(at));
    let last = |place: usize| {
        about.iter().rev().filter(recent).find(|e| CAUSE.wordings[place].matches(&e.message)).copied()
    };
    let (killing, unhealthy) = (last(0), last(1));
    let for_liveness = about.iter().rev().find(|e| e.message.contains("failed liveness probe")).copied();
    // the later of two kills is the last run's
    let outdone = |kill: &Event| for_liveness.is_some_and(|other| other.at > kill.at);
    let end = container.last_end();
    let crashes = s.crashing().iter().any(|c| c.name == container.name);
    let signalled =
        end.is_some_and(|e| matches!(e.exit_code, 137 | 143) && e.reason.as_deref() == Some("Error"));
    let since = container.running_since();
    let overdue = since.is_some_and(|since| s.taken_at().seconds_since(since) > i64::from(patience(probe)));
    // a pod as young as its probe allows is starting, nothing more
    let made = s.pod()?.metadata.creation_timestamp.as_ref().map(|t| t.0);
    let just_made = made.is_some_and(|at| {
        s.taken_at().seconds_since(at) < i64::from(patience(probe)).saturating_add(START_SECONDS)
    });
    let of_this_run = unhealthy.is_some_and(|e| since.is_some() && (e.at.is_none() || e.at >= since));
    // a kill that was for another reason lies far from the time this probe allows
    let in_time = end.is_some() && can_have_ended(container, probe);
    let confidence = match (killing, unhealthy) {
        (Some(kill), _)
            if crashes
                && !outdone(kill)
                && ((signalled && in_time) || is_of_last_run(s, container, kill)) =>
        {
            Confidence::Certain
        }
        // it was killed for it some runs ago: the kubelet does not write down every kill
        (Some(kill), _) if crashes && in_time && !outdone(kill) => Confidence::Likely,
        (None, Some(_)) if crashes && signalled && in_time && for_liveness.is_none() => Confidence::Likely,
        (_, Some(_)) if of_this_run && !crashes && overdue => Confidence::Certain,
        (_, Some(_)) if of_this_run && !crashes && !just_made => Confidence::Likely,
        (None, None) if crashes && signalled && in_time && for_liveness.is_none() => Confidence::Possible,
        (None, None) if overdue && !crashes && container.status?.started == Some(false) => Confidence::Likely,
        _ => return None,
    };
    let killed = crashes && (killing.is_some() || signalled);
    let owner = s.top_owner();
    let facts = Facts {
        probe: show(probe),
        saying: saying(s, container, probe, unhealthy),
        allowed: patience(probe).saturating_add(probe.period_seconds.unwrap_or(10)),
        killed,
        guessed: killing.is_none() && unhealthy.is_none() && killed,
        restarts: container.restarts(),
        exit_code: end.map(|e| e.exit_code),
        lived: end.and_then(lived).map(show_seconds),
        runs_for: since.map(|since| s.taken_at().age(since)),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let started = container.status?.started.map_or("unknown".to_string(), |started| started.to_string());
    let found = Match::new(confidence, owner, facts)
        .in_container(container.name)
        .because_all(killing.map(Evidence::event))
        .because_all(unhealthy.map(Evidence::event))
        .because(s.from_status(since, format!("{} started={started}", container.status_path())))
        .because_all(end.map(|end| s.from_end(container, end)))
        .because(s.from_spec(&format!("{}.startupProbe", container.spec_path()), &show(probe)))
        .because_all(logs::last_words(s, container));
    Some(found)
}
