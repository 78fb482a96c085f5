//! An init container or sidecar fails, and the pod's containers wait for it or lack it.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Confidence, Stage};
use crate::logs;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `init-container-failing`
pub const CAUSE: Cause = Cause {
    id: "init-container-failing",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["readiness-probe-failing"],
    expected: false,
    remedies: &[RemedyKind::words("read-log"), RemedyKind::words("see-order")],
    wordings: &[
        Wording::telling(
            r"\bInit:(Error|CrashLoopBackOff|ExitCode:\d+|Signal:\d+|OOMKilled|StartError|ContainerCannotRun|RunContainerError)\b",
            "api-6c5d8f9b7-x2x9p   0/1     Init:Error   4          3m",
            "kubectl 1.3–1.37",
        ),
        Wording::telling(
            r#"\binit container "?(?P<key>[a-z0-9.-]+)"? (failed|exited with)"#,
            r#"init container "migrate" failed"#,
            "kubelet 1.3–1.12",
        ),
        Wording::hint(
            r"containers with incomplete status: \[|\bContainersNotInitialized\b|\bInit:\d+/\d+",
            "containers with incomplete status: [wait-schema]",
            "kubelet 1.3–1.37",
        ),
        Wording::telling(
            r#"spec\.initContainers\{(?P<key>[^}\n]+)\}[^{\n]*back-?off \S* ?restarting failed|restarting failed (docker )?container(=\S+| \S+ in pod \S+)?\s+spec\.initContainers\{"#,
            r#"12m  Warning  BackOff  pod/web-1  spec.initContainers{migrate}  kubelet, node1  Back-off restarting failed container"#,
            "kubelet 1.3–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    sidecar: bool,
    exit_code: i32,
    /// The kubelet's word for the end, where it is more than `Error`.
    reason: Option<String>,
    /// Its place among the init containers, from 1.
    place: usize,
    total: usize,
    /// The containers that wait for it; empty when they run.
    waiting: String,
    restarts: i32,
    /// `restartPolicy: Never`: nobody tries again.
    never: bool,
    ago: Option<String>,
    last_line: Option<String>,
    previous: bool,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let crashing = s.crashing();
    let fails = |c: &&ContainerView<'_>| match c.kind {
        // an init container that ended with 0 and is run again is the sandbox's matter
        ContainerKind::Init => c.last_end().is_some_and(|end| end.exit_code != 0),
        ContainerKind::Sidecar => c.last_end().is_some(),
        ContainerKind::App | ContainerKind::Ephemeral => false,
    };
    crashing.iter().filter(fails).filter_map(|container| matched(s, container)).collect()
}

fn matched(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let end = container.last_end()?;
    let all = s.containers();
    let inits: Vec<&ContainerView<'_>> =
        all.iter().filter(|c| matches!(c.kind, ContainerKind::Init | ContainerKind::Sidecar)).collect();
    let place = inits.iter().position(|c| c.name == container.name).unwrap_or(0);
    let not_yet = |c: &&ContainerView<'_>| c.kind != ContainerKind::Ephemeral && !c.ever_ran();
    let behind = all.iter().skip(place + 1).filter(not_yet).map(|c| c.name);
    let owner = s.top_owner();
    let facts = Facts {
        sidecar: container.kind == ContainerKind::Sidecar,
        exit_code: end.exit_code,
        reason: end.reason.clone().filter(|r| r != "Error" && r != "Completed"),
        place: place + 1,
        total: inits.len(),
        waiting: behind.take(5).collect::<Vec<_>>().join(", "),
        restarts: container.restarts(),
        never: s.phase() == "Failed",
        ago: end.finished_at.as_ref().map(|at| s.taken_at().age(at.0)),
        last_line: logs::reading(s, container).map(|(_, reading)| reading.shown_line(120)),
        previous: container.terminated().is_none(),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let found = Match::new(Confidence::Certain, owner, facts)
        .in_container(container.name)
        .because(s.from_end(container, end))
        .because_all(s.from_waiting(container))
        .because_all(s.from_condition("Initialized").filter(|e| e.text.starts_with("Initialized=False")))
        .because(s.from_restarts(container))
        .because_all(logs::last_words(s, container));
    Some(found)
}
