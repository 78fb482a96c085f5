//! The nodes that could take the pod are not ready or under pressure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{Node, NodeCondition};
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::node_state::{is_marked, joining};
use crate::remedy::RemedyKind;
use crate::schedule::explain::Rerun;
use crate::schedule::insufficient::refused;
use crate::schedule::table::{MAX_NODES, shorten};
use crate::schedule::taint::{is_condition, show};
use crate::schedule::{Choice, Class, Table, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::target::Kind;

/// `nodes-not-ready`
pub const CAUSE: Cause = Cause {
    id: "nodes-not-ready",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &["pod-disrupted"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-node"),
        RemedyKind::words("look-at-kubelet"),
        RemedyKind::words("free-disk"),
        RemedyKind::words("free-memory"),
        RemedyKind::words("look-at-network"),
        RemedyKind::words("look-at-cloud-controller"),
        RemedyKind::words("smallest-change"),
        RemedyKind::words("add-node"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Sick {
    node: String,
    /// Its conditions that are not as they should be.
    conditions: Vec<String>,
    taints: String,
    since: Option<String>,
}

#[derive(Serialize)]
struct Facts {
    nodes: Vec<Sick>,
    more: Option<usize>,
    first: Option<String>,
    /// The first node's trouble in a word or two: `Ready=Unknown`.
    first_condition: Option<String>,
    first_since: Option<String>,
    not_ready: bool,
    disk: bool,
    memory: bool,
    network: bool,
    uninitialized: bool,
    /// The cluster has no node at all.
    no_nodes: bool,
    docker: bool,
    runtime_unit: &'static str,
    /// The node itself was asked about, or a pod that runs on it, and not one that looks for a node.
    itself: bool,
    /// The pod runs, and counts as not ready because its node does.
    marked: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(node) = s.object_of(Kind::Node) {
        if s.node().is_some_and(|node| joining(s, node).is_some()) {
            return Vec::new();
        }
        return of_node(s, &node.name).into_iter().collect();
    }
    if is_marked(s) {
        let found = s.node_name().and_then(|name| of_node(s, name));
        return found.map(|found| found.because_all(s.from_condition("Ready"))).into_iter().collect();
    }
    let Some(table) = evaluate(s) else {
        return Vec::new();
    };
    let chosen = choices(table).iter().find(|c| c.class == Class::NotReady).cloned();
    let Some(choice) = chosen.or_else(|| by_condition(s, table)) else {
        return Vec::new();
    };
    let facts = facts(s, Some(table), &choice);
    let evidence = choice.nodes.iter().take(MAX_NODES).flat_map(|name| told(s, name));
    let blame = facts.first.as_ref().map_or_else(|| s.top_owner(), |node| Blame::global("Node", node));
    vec![
        Match::new(choice.confidence, blame, facts)
            .because_all(s.from_placing())
            .because_all(evidence)
            .because_all(refused(s, table, &choice.nodes)),
    ]
}

/// Asked about the node itself, or a pod that runs there and counts as not ready for it: the node's own conditions are the proof, and so is the taint of a cloud that has yet to say yes.
fn of_node(s: &Snapshot, name: &str) -> Option<Match> {
    let node = s.node()?;
    if bad(node).next().is_none() && !taints(node).any(|taint| taint.key.ends_with("/uninitialized")) {
        return None;
    }
    let choice = Choice { class: Class::NotReady, confidence: Confidence::Certain, nodes: vec![name.into()] };
    let facts = Facts { itself: true, marked: s.pod().is_some(), ..facts(s, None, &choice) };
    let found = Match::new(choice.confidence, Blame::global("Node", name), facts);
    Some(found.because_all(told(s, name)))
}

/// The node's conditions and the taints they brought, as evidence.
fn told(s: &Snapshot, name: &str) -> Vec<Evidence> {
    let Some(node) = s.world.nodes.get(name) else { return Vec::new() };
    let conditions = bad(node).filter_map(|condition| Evidence::node_condition(node, &condition.type_));
    let marks = taints(node).map(|taint| {
        let at = taint.time_added.as_ref().map(|time| time.0);
        Evidence::new(Source::Node, format!("Node {name}"), at, format!("spec.taints {}", show(taint)))
    });
    conditions.chain(marks).collect()
}

/// Before 1.12 a node's condition kept pods off without a taint: the scheduler says so and the node's condition shows it.
fn by_condition(s: &Snapshot, table: &Table) -> Option<Choice> {
    let told = table.said.count(&Class::NotReady) > 0;
    let others = table.said.counts.iter().any(|(class, _)| !class.is_background());
    let sick = s.world.nodes.iter().filter(|(_, node)| bad(node).next().is_some());
    let nodes: Vec<String> = sick.map(|(name, _)| name.clone()).collect();
    let confidence = if others { Confidence::Possible } else { Confidence::Likely };
    (told && !nodes.is_empty()).then_some(Choice { class: Class::NotReady, confidence, nodes })
}

/// The node's conditions that keep pods off it.
fn bad(node: &Node) -> impl Iterator<Item = &NodeCondition> {
    let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.filter(|c| match c.type_.as_str() {
        "Ready" => c.status != "True",
        "MemoryPressure" | "DiskPressure" | "PIDPressure" | "OutOfDisk" | "NetworkUnavailable" => {
            c.status == "True"
        }
        _ => false,
    })
}

fn taints(node: &Node) -> impl Iterator<Item = &k8s_openapi::api::core::v1::Taint> {
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints.filter(|taint| is_condition(taint))
}

fn since(node: &Node) -> Option<Timestamp> {
    let by_condition = bad(node).filter_map(|c| c.last_transition_time.as_ref().map(|t| t.0)).min();
    by_condition.or_else(|| taints(node).filter_map(|t| t.time_added.as_ref().map(|t| t.0)).min())
}

fn sick(s: &Snapshot, name: &str) -> Option<Sick> {
    let node = s.world.nodes.get(name)?;
    let conditions = bad(node).map(|c| {
        let reason = c.reason.as_deref().unwrap_or_default();
        let message = c.message.as_deref().unwrap_or_default();
        format!("{}={} ({reason}: {message})", c.type_, c.status)
    });
    Some(Sick {
        node: name.to_string(),
        conditions: conditions.collect(),
        taints: taints(node).map(show).collect::<Vec<_>>().join(", "),
        since: since(node).map(|at| s.taken_at().age(at)),
    })
}

fn facts(s: &Snapshot, table: Option<&Table>, choice: &Choice) -> Facts {
    let mut nodes: Vec<Sick> = choice.nodes.iter().filter_map(|name| sick(s, name)).collect();
    let objects: Vec<&Node> =
        choice.nodes.iter().filter_map(|name| s.world.nodes.get(name)).map(AsRef::as_ref).collect();
    let named = |condition: &str, taint: &str| {
        objects.iter().any(|node| {
            bad(node).any(|c| c.type_ == condition) || taints(node).any(|t| t.key.ends_with(taint))
        })
    };
    let words = s.scheduler_message().map(|(text, ..)| text).unwrap_or_default();
    let first = nodes.first();
    let first_condition = first.map(|sick| {
        let short = sick.conditions.first().and_then(|c| c.split(" (").next()).map(str::to_string);
        short.unwrap_or_else(|| sick.taints.clone())
    });
    let runtime = objects
        .first()
        .and_then(|node| Some(node.status.as_ref()?.node_info.as_ref()?.container_runtime_version.clone()));
    let runtime = runtime.unwrap_or_default();
    Facts {
        first: first.map(|sick| sick.node.clone()),
        first_condition,
        first_since: first.and_then(|sick| sick.since.clone()),
        not_ready: named("Ready", "/not-ready") || named("Ready", "/unreachable"),
        disk: named("DiskPressure", "/disk-pressure") || named("OutOfDisk", "/out-of-disk"),
        memory: named("MemoryPressure", "/memory-pressure") || named("PIDPressure", "/pid-pressure"),
        network: named("NetworkUnavailable", "/network-unavailable"),
        uninitialized: named("", "/uninitialized"),
        no_nodes: nodes.is_empty() && words.contains("no nodes available to schedule"),
        docker: runtime.starts_with("docker"),
        runtime_unit: if runtime.starts_with("docker") {
            "docker"
        } else if runtime.starts_with("cri-o") {
            "crio"
        } else {
            "containerd"
        },
        itself: false,
        marked: false,
        more: shorten(&mut nodes),
        nodes,
        rerun: table.map(|table| Rerun::of(s, table, &choice.nodes, |_| true)).unwrap_or_default(),
    }
}
