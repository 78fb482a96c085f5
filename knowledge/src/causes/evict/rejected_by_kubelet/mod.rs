//! The kubelet of the node that the pod was given to did not let it in.

mod meaning;

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::brief::PodBrief;
use crate::cause::{Cause, Match};
use crate::evidence::cut;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::quantity::Milli;
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use meaning::{Meaning, Why};

/// `rejected-by-kubelet`
pub const CAUSE: Cause = Cause {
    id: "rejected-by-kubelet",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["app-exited", "container-status-lost", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("see-node"),
        RemedyKind::words("change-pod"),
    ],
    wordings: &[
        Wording::telling(
            r"Node didn't have enough (resource|capacity): ",
            "Pod Node didn't have enough resource: memory, requested: 2254438400, used: 57302581248, capacity: 57639522304",
            "kubelet 1.2–1.37",
        ),
        Wording::telling(
            r"Predicate (?P<key>\w+) failed",
            "Pod Predicate NodeAffinity failed",
            "kubelet 1.0–1.37",
        ),
        Wording::telling(
            r"\bUnexpectedAdmissionError\b|Allocate failed due to|requested number of devices unavailable for |which is unexpected|TopologyAffinityError|Resources cannot be allocated with Topology locality|SMT ?AlignmentError|PodOSNotSupported|PodOSSelectorNodeLabelDoesNotMatch|Failed to admit pod",
            "Pod Allocate failed due to requested number of devices unavailable for nvidia.com/gpu. Requested: 1, Available: 0, which is unexpected",
            "kubelet 1.10–1.37",
        ),
        Wording::hint(
            r"\bPod was rejected: ",
            "Pod was rejected: Node ports not available",
            "kubelet 1.28–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    reason: String,
    message: String,
    ago: Option<String>,
    meaning: Meaning,
    room: bool,
    labels: bool,
    ports: bool,
    devices: bool,
    other: bool,
    resource: String,
    requested: Option<String>,
    used: Option<String>,
    capacity: Option<String>,
    /// More than the node has in all: it can never fit there.
    never: bool,
    /// What the pod asks of the node's labels: `disk=ssd`, and those that are not so.
    wanted: Option<String>,
    /// The pod on the node that has the host port.
    holder: Option<String>,
    /// No scheduler chose the node: the pod names it.
    by_name: bool,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    bare: bool,
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/lifecycle/predicate.go> (`InsufficientResourceError`)
static ROOM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"enough (?:resource|capacity): (?P<resource>[^,\s]+), requested: (?P<requested>\d+), used: (?P<used>\d+), capacity: (?P<capacity>\d+)").ok()
});
static DEVICE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:unavailable for|unregistered device|no healthy devices present; cannot allocate unhealthy devices|for device) ?(?P<resource>[\w.-]+/[\w.-]*\w)").ok()
});

fn detect(s: &Snapshot) -> Vec<Match> {
    let message = s.status().and_then(|status| status.message.as_deref()).unwrap_or_default();
    let reason = s.status_reason();
    if s.phase() != "Failed" || reason.is_empty() {
        return Vec::new();
    }
    let never_ran = s.containers().iter().all(|c| !c.ever_ran());
    let Some(meaning) = meaning::of(reason, message, never_ran) else { return Vec::new() };
    vec![matched(s, &meaning, reason, message)]
}

fn matched(s: &Snapshot, meaning: &Meaning, reason: &str, message: &str) -> Match {
    let event = s.events.iter().rev().find(|e| e.reason == reason && e.warning);
    let at = event.and_then(|e| e.at).or(s.status().and_then(|st| st.start_time.as_ref()).map(|t| t.0));
    let node = s.node_name().unwrap_or_default();
    let found = ROOM.as_ref().and_then(|re| re.captures(message));
    let of = |name: &str| found.as_ref().and_then(|f| f.name(name)).map(|m| m.as_str().to_string());
    let resource = of("resource").unwrap_or_else(|| {
        let device = DEVICE.as_ref().and_then(|re| re.captures(message)).and_then(|f| f.name("resource"));
        device.map_or_else(|| reason.strip_prefix("OutOf").unwrap_or_default(), |m| m.as_str()).to_string()
    });
    let amount = |name: &str| of(name).and_then(|text| counted(&resource, &text));
    let (requested, used, capacity) = (amount("requested"), amount("used"), amount("capacity"));
    let never = requested.is_some() && requested > capacity;
    let (wanted, labels) = if meaning.why == Why::Labels { unmatched(s) } else { (None, None) };
    let owner = s.top_owner();
    let show = |amount: Option<Milli>| amount.map(|amount| amount.show(&resource));
    let facts = Facts {
        node: node.to_string(),
        reason: reason.to_string(),
        message: cut(&redact(shown(message)), 120),
        ago: at.map(|at| s.taken_at().age(at)),
        meaning: *meaning,
        room: meaning.why == Why::Room,
        labels: meaning.why == Why::Labels,
        ports: meaning.why == Why::Ports,
        devices: meaning.why == Why::Devices,
        other: !matches!(meaning.why, Why::Room | Why::Labels | Why::Ports | Why::Devices),
        requested: show(requested),
        used: show(used),
        capacity: show(capacity),
        never,
        wanted,
        holder: holder(s, node).filter(|_| meaning.why == Why::Ports),
        by_name: !node.is_empty() && named_by_hand(s),
        bare: owner.kind == "Pod",
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        resource,
    };
    // what the pod asks for is nowhere to be had, or not allowed: not the node's fault
    let blame = match meaning.why {
        Why::Spec | Why::Ports => owner,
        Why::Room if never => owner,
        _ if node.is_empty() => s.subject_blame(),
        _ => Blame::global("Node", node),
    };
    Match::new(Confidence::Certain, blame, facts)
        .because(s.from_status(at, format!("status.reason {reason}: {message}")))
        .because_all(event.map(|e| Evidence::event(e)))
        .because_all(labels)
}

/// What the kubelet counts in: thousandths of a core, bytes, pieces.
fn counted(resource: &str, text: &str) -> Option<Milli> {
    let number: i128 = text.parse().ok()?;
    Some(if resource == "cpu" { Milli(number) } else { Milli::units(number) })
}

/// Without what every such message begins with.
fn shown(message: &str) -> &str {
    let text = message.strip_prefix("Pod was rejected: ").or(message.strip_prefix("Pod ")).unwrap_or(message);
    text.trim()
}

/// The pod on the node whose host port is one of this pod's.
fn holder(s: &Snapshot, node: &str) -> Option<String> {
    let own = PodBrief::of(s.pod()?);
    let clashes = |other: &PodBrief| {
        other.uid != own.uid && other.host_ports.iter().any(|a| own.host_ports.iter().any(|b| a.conflicts(b)))
    };
    s.world
        .pods_on(node)
        .find(|other| clashes(other))
        .map(|other| format!("{}/{}", other.namespace, other.name))
}

/// The pod names its node: the scheduler has never spoken about it.
fn named_by_hand(s: &Snapshot) -> bool {
    const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
    let text = s.pod().and_then(|pod| pod.metadata.annotations.as_ref()?.get(APPLIED));
    let given = text.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
    given.is_some_and(|given| given.pointer("/spec/nodeName").is_some())
}

/// The labels of nodeSelector that the node does not have.
fn unmatched(s: &Snapshot) -> (Option<String>, Option<Evidence>) {
    let Some(selector) = s.spec().and_then(|spec| spec.node_selector.as_ref()) else { return (None, None) };
    let Some(node) = s.node() else { return (None, None) };
    let labels = node.metadata.labels.as_ref();
    let missing: Vec<String> = selector
        .iter()
        .filter(|(key, value)| labels.and_then(|l| l.get(*key)) != Some(*value))
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    let name = format!("Node {}", node.metadata.name.as_deref().unwrap_or_default());
    let text = if missing.is_empty() {
        "metadata.labels has what nodeSelector asks for now".to_string()
    } else {
        format!("metadata.labels lacks {}", missing.join(", "))
    };
    let evidence = Evidence::new(Source::Node, name, None, text);
    ((!missing.is_empty()).then(|| missing.join(", ")), Some(evidence))
}
