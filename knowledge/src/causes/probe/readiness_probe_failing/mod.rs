//! The container runs, and is kept out of service because its readiness probe fails.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::logs;
use crate::probes::{Saying, failure, is_young, patience, saying, show};
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

/// `readiness-probe-failing`
pub const CAUSE: Cause = Cause {
    id: "readiness-probe-failing",
    stage: Some(Stage::Probe),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("try-probe"),
        RemedyKind::words("read-log"),
        RemedyKind::words("correct-probe"),
    ],
    wordings: &[
        Wording::telling(
            r"Readiness probe (failed|error(ed)?\b)|Readiness probe for .* failed",
            "Readiness probe failed: HTTP probe failed with statuscode: 503",
            "kubelet 1.0–1.37",
        ),
        Wording::hint(
            r"containers with unready status: \[",
            "containers with unready status: [app]",
            "kubelet 1.3–1.37",
        ),
        Wording::telling(
            r#"\bProbe (failed|errored)[^\n]*probeType=[\\"]*Readiness"#,
            r#"prober.go:121] "Probe failed" probeType="Readiness" pod="shop/web-0" podUID="1af660b3" containerName="web" probeResult="failure" output="Get \"https://10.129.0.12:6443/healthz\": net/http: request canceled""#,
            "kubelet 1.19–1.37, its log",
        ),
        Wording::hint(
            r#"SyncLoop \(probe\)" probe="readiness" status="""#,
            r#"kubelet.go:2411] "SyncLoop (probe)" probe="readiness" status="" pod="shop/web-0""#,
            "kubelet 1.21–1.37, its log",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A run this long is no longer one of the short ones of a container that keeps ending.
const LONG_RUN_SECONDS: i64 = 600;

#[derive(Serialize)]
struct Facts {
    probe: String,
    #[serde(flatten)]
    saying: Saying,
    times: Option<i64>,
    runs_for: Option<String>,
    restarts: i32,
    ready_replicas: Option<String>,
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
    let probe = container.spec?.readiness_probe.as_ref()?;
    // probes of plain init containers are not allowed, and until the startup probe has passed no other one is asked
    let asked = container.kind != ContainerKind::Init
        && (container.spec?.startup_probe.is_none() || container.status?.started != Some(false));
    if !container.is_running() || container.is_ready() || !asked || keeps_ending(s, container) {
        return None;
    }
    if is_young(s, container, probe) {
        return None;
    }
    let event = failure(s, container, "Readiness");
    let runs = container.running_since().map(|since| s.taken_at().seconds_since(since));
    let due = i64::from(patience(probe)) + i64::from(probe.timeout_seconds.unwrap_or(1)) + period(probe);
    let confidence = match event {
        Some(_) => Confidence::Certain,
        // the events are gone, and it has had time enough to answer once
        None if runs.is_some_and(|runs| runs > due) => Confidence::Likely,
        None => return None,
    };
    let owner = s.top_owner();
    let facts = Facts {
        probe: show(probe),
        saying: saying(s, container, probe, event),
        times: event.map(|e| e.count).filter(|count| *count > 1),
        runs_for: container.running_since().map(|since| s.taken_at().age(since)),
        restarts: container.restarts(),
        ready_replicas: s.owners.last().and_then(|o| Some(format!("{}/{}", o.ready, o.desired?))),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let state = format!("{} running, ready=false", container.status_path());
    let found = Match::new(confidence, owner, facts)
        .in_container(container.name)
        .because_all(event.map(Evidence::event))
        .because(s.from_status(container.running_since(), state))
        .because(s.from_spec(&format!("{}.readinessProbe", container.spec_path()), &show(probe)))
        .because_all(s.from_condition("ContainersReady").or_else(|| s.from_condition("Ready")))
        .because_all(own_log(s, container));
    Some(found)
}

fn period(probe: &k8s_openapi::api::core::v1::Probe) -> i64 {
    i64::from(probe.period_seconds.unwrap_or(10))
}

/// Whether it is between two of its ends: then it is not ready because it ends, and the probe only notices. One that
/// has been up for much longer than the time before is up.
fn keeps_ending(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    let runs = container.running_since().map_or(0, |since| s.taken_at().seconds_since(since));
    let before = container.last_terminated().and_then(lived).unwrap_or(0);
    let settled = runs >= LONG_RUN_SECONDS && runs > before.saturating_mul(2);
    !settled && s.crashing().iter().any(|c| c.name == container.name)
}

/// The last words of a program that runs: often what it waits for.
fn own_log(s: &Snapshot, container: &ContainerView<'_>) -> Option<Evidence> {
    let text = redact(s.log(container.name)?.current.as_ref()?);
    let lines = logs::tail(&text);
    let object = format!("log of container {}", container.name);
    (!lines.is_empty()).then(|| Evidence::new(Source::Log, object, None, lines.join("\n")))
}
