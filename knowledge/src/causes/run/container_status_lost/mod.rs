//! How a container ended is not known: when the kubelet looked for it, it was gone.

use k8s_openapi::api::core::v1::ContainerStateTerminated;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::launch::owner_of;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `container-status-lost`
pub const CAUSE: Cause = Cause {
    id: "container-status-lost",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited", "liveness-probe-killing"],
    expected: false,
    remedies: &[RemedyKind::words("ask-node"), RemedyKind::button("delete-pod")],
    wordings: &[
        Wording::telling(
            r"container could not be located when the pod was (deleted|terminated)|\bContainerStatusUnknown\b",
            "The container could not be located when the pod was deleted.  The container used to be Running",
            "kubelet 1.20–1.37",
        ),
        Wording::hint(
            r"Reason:\s+Unknown\s+Exit Code:\s+255",
            "Last State: Terminated\n  Reason: Unknown\n  Exit Code: 255",
            "containerd 1.0–2.x",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A boot and the end it brings are noted within this: the end carries the time at which it was noticed.
const BOOT_SECONDS: i64 = 900;

#[derive(Serialize)]
struct Facts {
    exit_code: i32,
    /// The kubelet's own mark; otherwise containerd's, or a boot that fits.
    by_kubelet: bool,
    by_runtime: bool,
    node: String,
    /// When the node says that it was booted.
    rebooted: Option<String>,
    /// The pod itself has failed and stays behind.
    failed: bool,
    controlled: bool,
    owner: String,
}

/// Whose mark the end bears.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Kubelet,
    Runtime,
    /// None of its own: a code of 255 about the time of a boot.
    Boot,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    // an evicted or refused pod tells its own story, and its containers' states are the effect
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let end = container.last_end()?;
    let boot = boot_near(s, end);
    let mark = match (end.reason.as_deref().unwrap_or_default(), end.exit_code) {
        ("ContainerStatusUnknown", _) => Mark::Kubelet,
        // containerd found no task where it had left one
        ("Unknown", 255) => Mark::Runtime,
        // docker writes no word of its own; containerd and CRI-O do, so there it is the program's own code
        ("Error", 255) if boot.as_ref().is_some_and(|boot| ran_before(end, boot)) && may_be_docker(end) => {
            Mark::Boot
        }
        _ => return None,
    };
    // one that runs again has recovered
    let stands = container.terminated() == Some(end);
    if !stands && container.waiting().is_none() {
        return None;
    }
    let (_, shown) = owner_of(s);
    let node = s.node_name().unwrap_or_default().to_string();
    let facts = Facts {
        exit_code: end.exit_code,
        by_kubelet: mark == Mark::Kubelet,
        by_runtime: mark == Mark::Runtime,
        rebooted: boot.as_ref().and_then(|e| e.at).map(|at| s.taken_at().age(at)),
        failed: s.phase() == "Failed",
        controlled: s.pod().and_then(crate::snapshot::pod_owner).is_some(),
        owner: shown,
        node: node.clone(),
    };
    // one that is being made anew may wait for something else by now
    let sure = stands && mark != Mark::Boot;
    let confidence = if sure { Confidence::Certain } else { Confidence::Likely };
    let blame = if node.is_empty() { s.subject_blame() } else { Blame::global("Node", &node) };
    let found = Match::new(confidence, blame, facts)
        .in_container(container.name)
        .because(s.from_end(container, end))
        .because_all(boot.as_deref().map(Evidence::event))
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
        .because(s.from_restarts(container));
    Some(found)
}

/// Whether it ran before the boot: what was started since was not ended by it.
fn ran_before(end: &ContainerStateTerminated, boot: &Event) -> bool {
    let started = end.started_at.as_ref().map(|t| t.0);
    started.zip(boot.at).is_none_or(|(started, boot)| started < boot)
}

fn may_be_docker(end: &ContainerStateTerminated) -> bool {
    end.container_id.as_deref().is_none_or(|id| id.is_empty() || id.starts_with("docker://"))
}

/// The node's own event about a boot, if it fits the time of the end.
fn boot_near(s: &Snapshot, end: &ContainerStateTerminated) -> Option<std::sync::Arc<Event>> {
    let name = s.node_name()?;
    let finished = end.finished_at.as_ref().map(|t| t.0.as_second());
    let near = |e: &Event| match (e.at, finished) {
        (Some(at), Some(finished)) => (at.as_second() - finished).abs() <= BOOT_SECONDS,
        _ => false,
    };
    s.world
        .events_about(&crate::event::Identity::of_node(name))
        .into_iter()
        .rev()
        .find(|e| e.reason == "Rebooted" && near(e))
}
