//! The program ends well, and the pod's restart policy starts it again: a task run as if it were a service.

use k8s_openapi::api::core::v1::ContainerStateTerminated;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Confidence, Stage};
use crate::launch::owner_of;
use crate::logs;
use crate::probes::may_have_ended_unheard;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

/// `completed-but-restarted`
pub const CAUSE: Cause = Cause {
    id: "completed-but-restarted",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("read-log"),
        RemedyKind::words("make-a-job"),
        RemedyKind::words("stay-in-foreground"),
    ],
    wordings: &[Wording::hint(
        r#"Reason:\s+Completed|\bexit ?code"?:? *0\b|exited with (code )?0\b"#,
        "Last State: Terminated  Reason: Completed  Exit Code: 0",
        "kubelet 1.0–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A kubelet's word about a kill and the end it brings are no further apart.
const SAME_RUN_SECONDS: i64 = 120;

#[derive(Serialize)]
struct Facts {
    restarts: i32,
    lived: Option<String>,
    ago: Option<String>,
    last_line: Option<String>,
    /// `command` and `args` as one line, where the pod sets them.
    command: Option<String>,
    image: String,
    sidecar: bool,
    /// A liveness or startup probe stands there, whose events were not read.
    probed: bool,
    owner: String,
    kind_shown: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    s.crashing().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let end = container.last_end().filter(|end| end.exit_code == 0)?;
    if !matches!(end.reason.as_deref().unwrap_or("Completed"), "Completed" | "") || !always(s, container) {
        return None;
    }
    if was_ended(s, container, end) {
        return None;
    }
    let (told, probed) = (speaks(s, container), is_probed(container));
    let confidence = match (probed, told) {
        // killed by a probe, a program that heeds SIGTERM ends with 0 too
        (true, false) if may_have_ended_unheard(s, container) => Confidence::Possible,
        (true, false) => Confidence::Likely,
        // one end may have had any reason: a node that was restarted ends all its containers
        _ if container.restarts() < 2 => Confidence::Likely,
        _ => Confidence::Certain,
    };
    Some(matched(s, container, end, confidence, probed && !told))
}

/// Whether it is started again after an end without error: its own policy, or else the pod's.
fn always(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    if container.kind == ContainerKind::Sidecar {
        return true;
    }
    let own = container.spec.and_then(|c| c.restart_policy.as_deref());
    let pod = s.spec().and_then(|spec| spec.restart_policy.as_deref());
    container.kind == ContainerKind::App && own.or(pod).unwrap_or("Always") == "Always"
}

fn is_probed(container: &ContainerView<'_>) -> bool {
    container.spec.is_some_and(|c| c.liveness_probe.is_some() || c.startup_probe.is_some())
}

/// Whether the kubelet's events about the container were read, so that a kill would stand among them.
fn speaks(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    s.events
        .iter()
        .any(|e| e.container.as_deref() == Some(container.name) && e.at.is_none_or(|at| s.is_recent(at)))
}

/// Whether the kubelet says that it ended the run: for a probe, a hook, a changed sandbox or definition.
fn was_ended(s: &Snapshot, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> bool {
    let finished = end.finished_at.as_ref().map(|t| t.0.as_second());
    s.was_killed_at_start(container)
        || s.container_events(container.name).any(|e| {
            let near = match (e.at, finished) {
                (Some(at), Some(finished)) => (at.as_second() - finished).abs() <= SAME_RUN_SECONDS,
                _ => true,
            };
            let liveness = e.message.starts_with("Liveness probe") || e.message.contains("failed liveness");
            let often = liveness && e.at.is_none_or(|at| s.is_recent(at));
            often
                || (near
                    && matches!(
                        e.reason.as_str(),
                        "Killing" | "SandboxChanged" | "Preempting" | "NodeShutdown"
                    ))
        })
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    end: &ContainerStateTerminated,
    confidence: Confidence,
    probed: bool,
) -> Match {
    let spec = container.spec;
    let words: Vec<&str> = spec
        .into_iter()
        .flat_map(|c| c.command.iter().chain(&c.args).flatten())
        .map(String::as_str)
        .collect();
    let (owner, shown) = owner_of(s);
    let facts = Facts {
        restarts: container.restarts(),
        lived: lived(end).map(crate::moment::show_seconds),
        ago: end.finished_at.as_ref().map(|at| s.taken_at().age(at.0)),
        last_line: logs::last_run(s, container).and_then(|(text, _)| {
            let text = crate::redact::redact(text);
            logs::tail(&text).last().map(|line| crate::evidence::cut(line.trim(), 120))
        }),
        command: (!words.is_empty())
            .then(|| crate::evidence::cut(&crate::redact::redact(&words.join(" ")), 100)),
        image: container.image().to_string(),
        sidecar: container.kind == ContainerKind::Sidecar,
        probed,
        kind_shown: owner.kind.clone(),
        owner: shown,
    };
    let policy = s.spec().and_then(|spec| spec.restart_policy.as_deref()).unwrap_or("Always");
    Match::new(confidence, owner, facts)
        .in_container(container.name)
        .because(s.from_end(container, end))
        .because(s.from_spec("spec.restartPolicy", policy))
        .because(s.from_restarts(container))
        .because_all(s.from_waiting(container))
        .because_all(logs::last_words(s, container))
}
