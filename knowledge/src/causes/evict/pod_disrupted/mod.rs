//! Someone removed the pod from outside: a drain, a taint, the scheduler, the garbage collector, an autoscaler.

use std::sync::LazyLock;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use regex::Regex;
use serde::Serialize;

use super::node_shutdown::is_spot;
use crate::cause::{Cause, Match};
use crate::event::Event;
use crate::evidence::cut;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::node_state;
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `pod-disrupted`
pub const CAUSE: Cause = Cause {
    id: "pod-disrupted",
    stage: Some(Stage::Evict),
    since: "0.1.0",
    hides: &["app-exited", "grace-period-long"],
    expected: false,
    remedies: &[RemedyKind::words("delete-pod"), RemedyKind::words("see-who"), RemedyKind::words("protect")],
    wordings: &[
        Wording::telling(
            r"DeletionByTaintManager|TaintManagerEviction|Marking for deletion Pod",
            "DisruptionTarget  True  DeletionByTaintManager  Taint manager: deleting due to NoExecute taint",
            "controller manager 1.6–1.37",
        ),
        Wording::telling(
            r"EvictionByEvictionAPI|Eviction API: evicting",
            "DisruptionTarget  True  EvictionByEvictionAPI  Eviction API: evicting",
            "API server 1.26–1.37",
        ),
        Wording::telling(
            r"PreemptionByScheduler|Preempted by (pod )?\S+ on node|preempting to accommodate a higher priority pod",
            "Preempted by pod 0b1c2d3e-1111-2222-3333-444455556666 on node wrk-2",
            "scheduler 1.8–1.37",
        ),
        Wording::telling(
            r"DeletionByPodGC|PodGC: node no longer exists",
            "DisruptionTarget  True  DeletionByPodGC  PodGC: node no longer exists",
            "controller manager 1.26–1.37",
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
    by_taint: bool,
    by_eviction: bool,
    by_scheduler: bool,
    by_gc: bool,
    by_kubelet: bool,
    /// Nobody says so: it ended without error although it is to run for ever.
    unsaid: bool,
    /// Its controller is one that may wait until it is deleted.
    stays: bool,
    message: String,
    ago: Option<String>,
    /// The pod it made room for, as the scheduler names it.
    for_whom: Option<String>,
    /// The node's taint that did it, or that tells who drains it.
    taint: Option<String>,
    autoscaler: bool,
    karpenter: bool,
    cordoned: bool,
    spot: bool,
    node_gone: bool,
    terminating: bool,
    /// A drain as it should be: it ends in its grace period, and its controller makes another.
    expected: bool,
    owner: String,
    /// A Job: its template cannot be changed.
    fixed: bool,
    bare: bool,
}

/// Who removed it.
/// <https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions>
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Taint,
    Eviction,
    Scheduler,
    Gc,
    Kubelet,
}

struct Disruption {
    by: By,
    message: String,
    at: Option<Timestamp>,
    evidence: Vec<Evidence>,
}

/// A pod is gone within moments after its grace period.
const OVERDUE_SECONDS: i64 = 60;

static WHOM: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)preempted by (?:a )?(?:pod )?(?P<whom>\S+) on node").ok());

fn detect(s: &Snapshot) -> Vec<Match> {
    // one that was given up leaves its marks on a pod that runs on
    if s.pod().is_none() || !(s.is_deleting() || s.is_over()) {
        return Vec::new();
    }
    by_condition(s)
        .or_else(|| by_event(s))
        .or_else(|| by_phase(s))
        .map(|disruption| matched(s, disruption))
        .into_iter()
        .collect()
}

fn by_condition(s: &Snapshot) -> Option<Disruption> {
    let condition = s.condition("DisruptionTarget").filter(|c| c.status == "True")?;
    let by = match condition.reason {
        "DeletionByTaintManager" => By::Taint,
        "EvictionByEvictionAPI" => By::Eviction,
        // PreemptionByKubeScheduler was its name in 1.25
        reason if reason.starts_with("PreemptionBy") => By::Scheduler,
        "DeletionByPodGC" => By::Gc,
        "TerminationByKubelet" => By::Kubelet,
        _ => return None,
    };
    let mut evidence: Vec<Evidence> = s.from_condition("DisruptionTarget").into_iter().collect();
    evidence.extend(told(s).map(|(_, event)| Evidence::event(event)));
    Some(Disruption { by, message: condition.message.to_string(), at: condition.at, evidence })
}

/// Before 1.26 only events tell.
fn by_event(s: &Snapshot) -> Option<Disruption> {
    // the words are about this end, not about one that was called off
    let deleted = s.pod()?.metadata.deletion_timestamp.as_ref()?.0;
    let (by, event) = told(s)?;
    let grace = s.pod()?.metadata.deletion_grace_period_seconds.unwrap_or(30);
    let started = deleted.as_second() - grace;
    if event.at.is_some_and(|at| (at.as_second() - started).abs() > 120) {
        return None;
    }
    Some(Disruption {
        by,
        message: event.message.clone(),
        at: event.at,
        evidence: vec![Evidence::event(event)],
    })
}

/// A pod that is to run for ever is done: nobody but its kubelet can have ended it.
fn by_phase(s: &Snapshot) -> Option<Disruption> {
    if !s.was_ended_outside() || !s.status_reason().is_empty() {
        return None;
    }
    let ends = s.ended_at();
    let text = "status.phase Succeeded, with spec.restartPolicy Always";
    Some(Disruption {
        by: By::Kubelet,
        message: String::new(),
        at: ends,
        evidence: vec![s.from_status(ends, text)],
    })
}

/// The latest event that says who removes the pod.
fn told(s: &Snapshot) -> Option<(By, &Event)> {
    let (by, event) = s.events.iter().rev().find_map(|event| {
        let says = |text: &str| event.message.contains(text);
        let by = match event.reason.as_str() {
            "TaintManagerEviction" | "NodeControllerEviction" => By::Taint,
            "Preempted" => By::Scheduler,
            "ScaleDown" if says("node scale down") => By::Eviction,
            "Evicted" if !event.warning || says("Evicted pod") => By::Eviction,
            _ => return None,
        };
        Some((by, event.as_ref()))
    })?;
    // the taint went away in time, and so did what was said before
    (!event.message.contains("Cancelling")).then_some((by, event))
}

fn matched(s: &Snapshot, disruption: Disruption) -> Match {
    let node_name = s.node_name().unwrap_or_default();
    let node = s.node();
    let by = disruption.by;
    let texts = disruption.evidence.iter().map(|e| e.text.as_str());
    let whom = texts
        .filter_map(|text| Some(WHOM.as_ref()?.captures(text)?.name("whom")?.as_str().to_string()))
        .next();
    let whom = whom.map(|whom| known_pod(s, &whom));
    let taint = node.and_then(|node| taint(node, by));
    let says = |part: &str| taint.as_deref().is_some_and(|t| t.contains(part));
    let scaled = s.events.iter().any(|e| e.reason == "ScaleDown");
    let owner = s.top_owner();
    let unsaid = by == By::Kubelet && disruption.message.is_empty();
    let facts = Facts {
        node: node_name.to_string(),
        by_taint: by == By::Taint,
        by_eviction: by == By::Eviction,
        by_scheduler: by == By::Scheduler,
        by_gc: by == By::Gc,
        by_kubelet: by == By::Kubelet,
        unsaid,
        stays: s.holds_its_place(),
        message: cut(&redact(disruption.message.trim()), 120),
        ago: disruption.at.map(|at| s.taken_at().age(at)),
        autoscaler: says("ClusterAutoscaler") || scaled,
        karpenter: says("karpenter"),
        cordoned: node.and_then(|n| n.spec.as_ref()?.unschedulable).unwrap_or(false),
        spot: node.is_some_and(is_spot),
        node_gone: s.is_absent("Node", "", node_name),
        terminating: s.is_deleting(),
        expected: by == By::Eviction
            && owner.kind != "Pod"
            && past_grace(s).is_some_and(|seconds| seconds <= 0),
        for_whom: whom.clone(),
        bare: owner.kind == "Pod",
        fixed: owner.kind == "Job",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        taint: taint.clone(),
    };
    let blame = match (by, &whom) {
        (By::Scheduler, Some(whom)) if whom.contains('/') => {
            let (namespace, name) = whom.split_once('/').unwrap_or_default();
            Blame::namespaced("Pod", namespace, name)
        }
        _ if node_name.is_empty() => s.subject_blame(),
        _ => Blame::global("Node", node_name),
    };
    let on_node = taint.map(|taint| {
        Evidence::new(Source::Node, format!("Node {node_name}"), None, format!("spec.taints: {taint}"))
    });
    // the taint came because the node is not ready: why that is, a cause of its own may know
    let confidence = if is_overdue(s) {
        // who removed it does not say why it is still there
        Confidence::Possible
    } else if unsaid || by == By::Taint && node.is_none_or(is_unready) {
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    Match::new(confidence, blame, facts).because_all(disruption.evidence).because_all(on_node)
}

/// Its grace period is long over, and it is not gone.
fn is_overdue(s: &Snapshot) -> bool {
    past_grace(s).is_some_and(|seconds| seconds > OVERDUE_SECONDS)
}

/// How long its grace period is over, in seconds; `None` where it is not being deleted.
fn past_grace(s: &Snapshot) -> Option<i64> {
    let ends = s.pod()?.metadata.deletion_timestamp.as_ref()?;
    Some(s.taken_at().seconds_since(ends.0))
}

fn is_unready(node: &Node) -> bool {
    node_state::ready(node).is_some_and(|(status, _)| status != "True")
}

/// From 1.27 on the scheduler names the preemptor by its uid.
fn known_pod(s: &Snapshot, whom: &str) -> String {
    let by_uid = s.world.pods.iter().find(|(_, object)| object.pod.metadata.uid.as_deref() == Some(whom));
    by_uid.map_or(whom.to_string(), |((namespace, name), _)| format!("{namespace}/{name}"))
}

/// The taint that has to do with it: one that drives pods out, or the mark of who empties the node.
fn taint(node: &Node, by: By) -> Option<String> {
    let taints = node.spec.as_ref()?.taints.as_ref()?;
    let marks = [
        "ToBeDeletedByClusterAutoscaler",
        "DeletionCandidateOfClusterAutoscaler",
        "karpenter",
        "spot-itn",
        "impending",
    ];
    let found = taints.iter().find(|taint| match by {
        By::Taint => taint.effect == "NoExecute",
        _ => marks.iter().any(|mark| taint.key.contains(mark)),
    })?;
    Some(match found.value.as_deref().filter(|value| !value.is_empty()) {
        Some(value) => format!("{}={value}:{}", found.key, found.effect),
        None => format!("{}:{}", found.key, found.effect),
    })
}
