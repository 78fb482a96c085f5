//! The memory limit is so small that no container can even start: mostly a unit forgotten or mistyped.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ContainerStateTerminated;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Confidence, Evidence, Stage};
use crate::quantity::Milli;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::{Wording, first_match};

/// `memory-limit-too-small`
pub const CAUSE: Cause = Cause {
    id: "memory-limit-too-small",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &["app-exited", "oom-killed", "volume-mount-failed"],
    expected: false,
    remedies: &[RemedyKind::words("set-limit"), RemedyKind::words("look-at-limit")],
    wordings: &[
        Wording::telling(
            r"container init was OOM-killed \(memory limit too low\?\)",
            "runc create failed: unable to start container process: container init was OOM-killed (memory limit too low?)",
            "runc 1.1–1.3",
        ),
        Wording::telling(
            r#"running exec setns process for init caused \\*"signal: killed"#,
            r#"OCI runtime create failed: container_linux.go:348: starting container process caused "process_linux.go:301: running exec setns process for init caused \"signal: killed\"": unknown"#,
            "runc 1.0-rc, dockershim",
        ),
        Wording::telling(
            r"set memory limit \d+ too low|memory limit .{0,40}(too low|too small|below (the )?minimum)|Minimum memory limit allowed",
            "set memory limit 4 too low; should be at least 12582912 bytes",
            "CRI-O 1.1x–1.3x, dockerd",
        ),
        Wording::telling(
            r"start sandbox container .*(runc did not terminate suc+es+fully|read init-p: connection reset|write init-p: broken pipe|(can't get|getting the) final child's PID)",
            r#"failed to start sandbox container for pod "downward": Error response from daemon: OCI runtime create failed: runc did not terminate sucessfully: unknown"#,
            "runc 1.0-rc, dockershim",
        ),
        Wording::telling(
            r#"container create failed: .*container init caused: ?"?$"#,
            r#"container create failed: time="2021-06-07T12:54:29Z" level=error msg="container_linux.go:366: starting container process caused: process_linux.go:472: container init caused: ""#,
            "CRI-O 1.20",
        ),
        Wording::telling(
            r#"failed to write \\*"?\d+\\*"? to \\*"?memory\.(limit_in_bytes|max).{0,400}device or resource busy|unable to set memory limit to \d+ \(current usage"#,
            "failed to write 10485760 to memory.limit_in_bytes: write /sys/fs/cgroup/memory/kubepods/burstable/pod8b46ac66/312653fa/memory.limit_in_bytes: device or resource busy",
            "runc 1.0-rc–1.3",
        ),
        Wording::telling(
            r"memory\.(limit_in_bytes|max)\S*: device or resource busy",
            r#"OCI runtime create failed: setting cgroup config for procHooks process caused: failed to write "4194304": write /sys/fs/cgroup/memory/kubepods/memory.limit_in_bytes: device or resource busy"#,
            "runc 1.0–1.3",
        ),
        Wording::hint(
            r"(runtime|container) create failed: [^\n]*(write init-p: broken pipe|read init-p: connection reset|final child's pid)",
            r#"OCI runtime create failed: process_linux.go:393: copying bootstrap data to pipe caused: write init-p: broken pipe: unknown"#,
            "runc 1.0–1.3",
        ),
        Wording::hint(
            r#"start sandbox container [^\n]*error running hook: signal: killed"#,
            r#"Failed to start sandbox container for pod "stress": Error response from daemon: oci runtime error: container init caused "running prestart hook 0 caused "error running hook: signal: killed, stdout: , stderr: """#,
            "runc 1.0-rc, dockershim",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// Below this not even the runtime's own first process fits: dockerd refuses less for containers of its own.
/// <https://github.com/moby/moby/blob/v28.0.0/daemon/daemon_unix.go> (`linuxMinMemory`)
const NOTHING_STARTS: Milli = Milli(6 * 1024 * 1024 * 1000);

/// Below this the runtime's first process may not fit: CRI-O refuses less than 12 MiB, for runc needs about as much.
const MAY_NOT_START: Milli = Milli(16 * 1024 * 1024 * 1000);

/// A limit that ordinary programs start in.
const STARTS_ELSEWHERE: Milli = Milli(64 * 1024 * 1024 * 1000);

#[derive(Serialize)]
struct Facts {
    limit: String,
    bytes: String,
    /// What was surely meant: `4Gi` for `4`, `1024Mi` for `1024m`.
    meant: Option<String>,
    milli: bool,
    /// So small that nothing starts in it anywhere.
    tiny: bool,
    /// Nobody said that it is the limit: the runtime's first process only ended as if it were.
    guessed: bool,
    no_unit: bool,
    path: String,
    owner: String,
    owner_is_pod: bool,
    limited: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.is_deleting() || s.node_name().is_none() || matches!(s.phase(), "Succeeded") {
        return Vec::new();
    }
    let containers = s.containers();
    // a container that runs, or ran to an end of its own, had memory enough to start
    let stuck = |c: &ContainerView<'_>| !c.is_running() && !c.is_ready() && !waits_for_something_else(c);
    // since 1.34 a pod may have one limit for all its containers
    let pod_limit = s.spec().and_then(|spec| {
        let text = spec.resources.as_ref()?.limits.as_ref()?.get("memory")?.0.as_str();
        Some((text, Milli::parse(text)?))
    });
    let mut found = Vec::new();
    for container in containers.iter().filter(|c| stuck(c)) {
        let Some((limit, amount)) = container.memory_limit().or(pod_limit) else {
            continue;
        };
        let tiny = amount < NOTHING_STARTS;
        let own = tiny || is_smallest(&containers, amount);
        let told = init_was_killed(s, container, own);
        let guessed = !tiny && told.is_none();
        let told = match guessed && amount < MAY_NOT_START {
            true => init_fell(s, container, own),
            false => told,
        };
        if !tiny && told.is_none() {
            continue;
        }
        let evidence: Vec<Evidence> =
            if told.is_some() { told.into_iter().collect() } else { symptoms(s, container) };
        // before the init containers are done an app container has not come to its limit
        let waits = container.last_end().is_none()
            && container.waiting().is_some_and(|(reason, _)| reason != "PodInitializing");
        let confidence = match (evidence.is_empty(), waits) {
            // the runtime's own guess; a limit that others start in may have been used up by what is in the pod
            (false, _) if guessed || (!tiny && amount > STARTS_ELSEWHERE) => Confidence::Likely,
            (false, _) => Confidence::Certain,
            (true, true) => Confidence::Likely,
            (true, false) => continue,
        };
        found.push(matched(s, container, limit, amount, guessed, confidence).because_all(evidence));
    }
    found
}

/// Whether a limit of the pod is proven to let nothing start.
pub fn is_proven(s: &Snapshot) -> bool {
    detect(s).iter().any(|found| found.confidence == Confidence::Certain)
}

/// A container that still waits for its image or its configuration has not come to its limit yet.
fn waits_for_something_else(container: &ContainerView<'_>) -> bool {
    container
        .waiting()
        .is_some_and(|(reason, _)| reason.contains("Image") || reason == "CreateContainerConfigError")
}

/// The wordings that name the limit itself: runc's, crun's and CRI-O's.
const OWN_WORD: [usize; 3] = [0, 2, 5];

/// Whether no other container of the pod has less: an event about the whole sandbox is about the one with the least.
fn is_smallest(containers: &[ContainerView<'_>], amount: Milli) -> bool {
    containers.iter().filter_map(ContainerView::memory_limit).all(|(_, other)| amount <= other)
}

/// The runtime's own word that the limit killed the container's first process; of what it says of no container, where
/// that is to count (`whole`).
fn init_was_killed(s: &Snapshot, container: &ContainerView<'_>, whole: bool) -> Option<Evidence> {
    let says = |text: &str| OWN_WORD.iter().any(|index| CAUSE.wordings[*index].matches(text));
    said(s, container, whole, says)
}

/// The runtime's word that its first process was gone before it could begin.
fn init_fell(s: &Snapshot, container: &ContainerView<'_>, whole: bool) -> Option<Evidence> {
    said(s, container, whole, |text| first_match(CAUSE.wordings, text).is_some())
}

/// Where the runtime said so of a container.
fn said(
    s: &Snapshot,
    container: &ContainerView<'_>,
    whole: bool,
    says: impl Fn(&str) -> bool,
) -> Option<Evidence> {
    if container.waiting().is_some_and(|(_, message)| says(message)) {
        return s.from_waiting(container);
    }
    if let Some(end) = container.last_end().filter(|end| end.message.as_deref().is_some_and(&says)) {
        return Some(s.from_end(container, end));
    }
    let events = s.container_events(container.name).filter(|e| whole || e.container.is_some());
    events.filter(|e| e.warning && says(&e.message)).last().map(|e| Evidence::event(e))
}

/// How runtimes write that their first process was killed or found no memory.
const KILLED: &[&str] = &[
    "signal: killed",
    "oom",
    "runc did not terminate",
    "init-p",
    "final child's pid",
    "apply cgroup configuration",
    "container init",
    // the kernel refuses a limit below what is in use already
    "memory.limit_in_bytes",
    "memory.max",
    "cannot allocate memory",
    "unable to ensure pod container exists",
    "sync socket",
    "cannot start a container that has stopped",
    // a memory-backed volume is no larger than the limit
    "no space left on device",
];

/// A start that failed for another reason.
const OTHERWISE: &[&str] =
    &["executable file not found", "no such file", "permission denied", "network", "cni", "exec format"];

/// What a limit that lets nothing start looks like; each alone would prove little.
fn symptoms(s: &Snapshot, container: &ContainerView<'_>) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    let at_once = |end: &ContainerStateTerminated| end.exit_code == 137 && lived(end).is_some_and(|s| s <= 1);
    let killed = |end: &&ContainerStateTerminated| end.reason.as_deref() == Some("OOMKilled") || at_once(end);
    if let Some(end) = container.last_end().filter(killed) {
        evidence.push(s.from_end(container, end));
    }
    let says = |message: &str, parts: &[&str]| {
        let message = message.to_ascii_lowercase();
        parts.iter().any(|part| message.contains(part))
    };
    let told = |e: &&Arc<Event>| {
        e.warning
            && !says(&e.message, OTHERWISE)
            && (says(&e.message, KILLED) || first_match(CAUSE.wordings, &e.message).is_some())
    };
    evidence.extend(s.container_events(container.name).filter(told).last().map(|e| Evidence::event(e)));
    if !evidence.is_empty() {
        let changed = s.events.iter().rev().find(|e| e.message.contains("Pod sandbox changed"));
        evidence.extend(changed.map(|e| Evidence::event(e)));
    }
    evidence
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    limit: &str,
    amount: Milli,
    guessed: bool,
    confidence: Confidence,
) -> Match {
    let path = match container.memory_limit() {
        Some(_) => format!("{}.resources.limits.memory", container.spec_path()),
        None => "spec.resources.limits.memory".to_string(),
    };
    let owner = s.top_owner();
    let milli = limit.ends_with('m');
    let facts = Facts {
        limit: limit.to_string(),
        bytes: decimal(amount),
        meant: meant(limit),
        milli,
        tiny: amount < NOTHING_STARTS,
        guessed,
        no_unit: limit.bytes().all(|b| b.is_ascii_digit()),
        path: path.clone(),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        limited: container.name.to_string(),
    };
    Match::new(confidence, owner, facts).in_container(container.name).because(s.from_spec(&path, limit))
}

/// `1.024` for 1024 thousandths.
fn decimal(amount: Milli) -> String {
    let text = format!("{}.{:03}", amount.0 / 1000, amount.0 % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// The amount that was surely meant: a bare small number means gibibytes, a larger one mebibytes; `m` was to be `Mi`.
fn meant(limit: &str) -> Option<String> {
    if let Some(number) = limit.strip_suffix('m') {
        return number.parse::<u64>().is_ok().then(|| format!("{number}Mi"));
    }
    match limit.parse::<u64>().ok()? {
        0 => None,
        n if n <= 32 => Some(format!("{n}Gi")),
        n if n < 1_000_000 => Some(format!("{n}Mi")),
        _ => None,
    }
}
