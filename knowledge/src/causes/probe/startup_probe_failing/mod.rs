//! The startup probe does not succeed: the kubelet kills the container for it, or still waits.

use k8s_openapi::api::core::v1::Probe;
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
    hides: &["app-exited", "completed-but-restarted", "liveness-probe-killing", "readiness-probe-failing"],
    expected: false,
    remedies: &[RemedyKind::words("read-log"), RemedyKind::words("give-time")],
    wordings: &[
        Wording::telling(
            r"\bfailed startup probe\b",
            "Container api failed startup probe, will be restarted",
            "kubelet 1.16–1.37",
        ),
        Wording::telling(
            r"Startup probe (failed|error(ed)?\b)|Startup probe for .* failed",
            "Startup probe failed: HTTP probe failed with statuscode: 404",
            "kubelet 1.16–1.37",
        ),
        Wording::telling(
            r#"\bProbe (failed|errored)[^\n]*probeType=[\\"]*Startup"#,
            r#"prober.go:107] "Probe failed" probeType="Startup" pod="shop/web-0" podUID="1af660b3" containerName="web" probeResult="failure" output="dial tcp 10.1.1.1:80: connect: connection refused""#,
            "kubelet 1.19–1.37, its log",
        ),
        Wording::hint(
            r#"SyncLoop \(probe\)" probe="startup" status="unhealthy""#,
            r#"kubelet.go:2411] "SyncLoop (probe)" probe="startup" status="unhealthy" pod="shop/web-0""#,
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

/// What the kubelet said of the container's start, lately.
struct Told<'a> {
    killing: Option<&'a Event>,
    unhealthy: Option<&'a Event>,
    /// That it killed it for the liveness probe.
    liveness: Option<&'a Event>,
}

impl<'a> Told<'a> {
    fn of(s: &'a Snapshot, container: &ContainerView<'a>) -> Told<'a> {
        let about: Vec<&Event> = s.container_events(container.name).map(AsRef::as_ref).collect();
        let last = |says: &dyn Fn(&Event) -> bool| {
            about.iter().rev().find(|e| e.at.is_none_or(|at| s.is_recent(at)) && says(e)).copied()
        };
        Told {
            killing: last(&|e| CAUSE.wordings[0].matches(&e.message)),
            unhealthy: last(&|e| CAUSE.wordings[1].matches(&e.message)),
            liveness: last(&|e| e.message.contains("failed liveness probe")),
        }
    }
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let probe = container.spec?.startup_probe.as_ref()?;
    // once it has passed, the probe has no more say in this run
    if container.is_running() && container.status?.started == Some(true) {
        return None;
    }
    let told = Told::of(s, container);
    let crashes = s.crashing().iter().any(|c| c.name == container.name);
    let confidence = match crashes {
        true => of_kills(s, container, probe, &told)?,
        false => of_waiting(s, container, probe, &told)?,
    };
    let (end, since, owner) = (container.last_end(), container.running_since(), s.top_owner());
    let facts = Facts {
        probe: show(probe),
        saying: saying(s, container, probe, told.unhealthy),
        allowed: patience(probe).saturating_add(probe.period_seconds.unwrap_or(10)),
        killed: crashes,
        guessed: crashes && told.killing.is_none() && told.unhealthy.is_none(),
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
        .because_all(told.killing.map(Evidence::event))
        .because_all(told.unhealthy.map(Evidence::event))
        .because(s.from_status(since, format!("{} started={started}", container.status_path())))
        .because_all(end.map(|end| s.from_end(container, end)))
        .because(s.from_spec(&format!("{}.startupProbe", container.spec_path()), &show(probe)))
        .because_all(logs::last_words(s, container));
    Some(found)
}

/// Of a container that keeps ending: whether it is the probe that ends it.
fn of_kills(
    s: &Snapshot,
    container: &ContainerView<'_>,
    probe: &Probe,
    told: &Told<'_>,
) -> Option<Confidence> {
    let end = container.last_end()?;
    let signalled = matches!(end.exit_code, 137 | 143) && end.reason.as_deref() == Some("Error");
    let in_time = can_have_ended(container, probe);
    // the later of two kills is the last run's
    let kill = told.killing.filter(|kill| told.liveness.is_none_or(|other| other.at <= kill.at));
    match (kill, told.unhealthy) {
        (Some(kill), _) if (signalled && in_time) || is_of_last_run(s, container, kill) => {
            Some(Confidence::Certain)
        }
        // it was killed for it some runs ago: the kubelet does not write down every kill
        (Some(_), _) if in_time => Some(Confidence::Likely),
        _ if told.killing.is_some() || told.liveness.is_some() || !signalled || !in_time => None,
        (_, Some(_)) => Some(Confidence::Likely),
        (_, None) => Some(Confidence::Possible),
    }
}

/// Of a container that runs: whether it has been failing its probe for longer than starting takes.
fn of_waiting(
    s: &Snapshot,
    container: &ContainerView<'_>,
    probe: &Probe,
    told: &Told<'_>,
) -> Option<Confidence> {
    let since = container.running_since()?;
    let allowed = i64::from(patience(probe));
    let overdue = s.taken_at().seconds_since(since) > allowed;
    // a pod as young as its probe allows is starting, nothing more
    let made = s.pod()?.metadata.creation_timestamp.as_ref().map(|t| t.0);
    let just_made =
        made.is_some_and(|at| s.taken_at().seconds_since(at) < allowed.saturating_add(START_SECONDS));
    let of_this_run = told.unhealthy.is_some_and(|e| e.at.is_none_or(|at| at >= since));
    match (of_this_run, overdue) {
        (true, true) => Some(Confidence::Certain),
        (true, false) if !just_made => Some(Confidence::Likely),
        (false, true) if container.status?.started == Some(false) => Some(Confidence::Likely),
        _ => None,
    }
}
