//! The nodes that could take the pod are cordoned.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Node;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::insufficient::refused;
use crate::schedule::reason::{Reason, Words};
use crate::schedule::table::{shorten, words_but};
use crate::schedule::taint::{Passing, UNSCHEDULABLE, passing};
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::target::Kind;

/// `node-unschedulable`
pub const CAUSE: Cause = Cause {
    id: "node-unschedulable",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::button("uncordon"),
        RemedyKind::words("smallest-change"),
        RemedyKind::words("ask-who"),
        RemedyKind::words("wait-for-removal"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Cordoned {
    node: String,
    since: Option<String>,
    /// Who set the field, as the API server notes it.
    by: Option<String>,
    /// Being removed by an autoscaler.
    leaving: Option<String>,
    /// What else keeps the pod off.
    also: Option<Words>,
    pods: usize,
}

#[derive(Serialize)]
struct Facts {
    nodes: Vec<Cordoned>,
    more: Option<usize>,
    /// The node that would take the pod once it is open.
    open: Option<String>,
    first: Option<String>,
    leaving: Option<String>,
    single: bool,
    /// The node itself was asked about, and not a pod.
    itself: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(node) = s.object_of(Kind::Node) {
        return of_node(s, &node.name).into_iter().collect();
    }
    let Some(table) = evaluate(s) else {
        return Vec::new();
    };
    let Some(choice) = choices(table).iter().find(|c| c.class == Class::Unschedulable) else {
        return Vec::new();
    };
    let also = words_but(s, choice.nodes.iter().map(String::as_str), |reason| *reason == Reason::Cordoned);
    let mut nodes: Vec<Cordoned> =
        also.into_iter().filter_map(|(name, also)| cordoned(s, name, also)).collect();
    // the one that needs nothing else, then the emptiest
    nodes.sort_by(|a, b| {
        let rank = |c: &Cordoned| (c.leaving.is_some(), c.also.is_some(), c.pods);
        rank(a).cmp(&rank(b)).then_with(|| a.node.cmp(&b.node))
    });
    let evidence: Vec<Evidence> = nodes.iter().take(10).map(|c| told(s, c)).collect();
    let blame = nodes.first().map_or_else(|| s.top_owner(), |c| Blame::global("Node", &c.node));
    let single = nodes.len() == 1;
    let more = shorten(&mut nodes);
    let open = nodes.first().filter(|c| c.also.is_none() && c.leaving.is_none()).map(|c| c.node.clone());
    let uncordons = |change: &Change| matches!(change, Change::Uncordon { .. });
    let facts = Facts {
        open,
        first: nodes.first().map(|c| c.node.clone()),
        leaving: nodes.first().and_then(|c| c.leaving.clone()),
        single,
        itself: false,
        nodes,
        more,
        rerun: Rerun::of(s, table, &choice.nodes, uncordons),
    };
    vec![
        Match::new(choice.confidence, blame, facts)
            .because_all(s.from_placing())
            .because_all(evidence)
            .because_all(refused(s, table, &choice.nodes)),
    ]
}

/// Asked about the node itself: its own field is the proof.
fn of_node(s: &Snapshot, name: &str) -> Option<Match> {
    let closed = s.node()?.spec.as_ref()?.unschedulable == Some(true);
    let node = cordoned(s, name, Words::default()).filter(|_| closed)?;
    let evidence = told(s, &node);
    let facts = Facts {
        open: Some(node.node.clone()).filter(|_| node.leaving.is_none()),
        first: Some(node.node.clone()),
        leaving: node.leaving.clone(),
        single: true,
        itself: true,
        nodes: vec![node],
        more: None,
        rerun: Rerun::default(),
    };
    Some(Match::new(Confidence::Certain, Blame::global("Node", name), facts).because(evidence))
}

fn told(s: &Snapshot, node: &Cordoned) -> Evidence {
    let by = node.by.as_ref().map(|by| format!(", set by {by}")).unwrap_or_default();
    let at = since(s.world.nodes.get(&node.node).map(AsRef::as_ref));
    let text = format!("spec.unschedulable true{by}");
    Evidence::new(Source::Node, format!("Node {}", node.node), at, text)
}

fn cordoned(s: &Snapshot, name: &str, also: Words) -> Option<Cordoned> {
    let node = s.world.nodes.get(name)?;
    Some(Cordoned {
        node: name.to_string(),
        since: since(Some(node)).map(|at| s.taken_at().age(at)),
        by: set_by(node),
        leaving: leaving(node),
        also: Some(also).filter(|also| !also.en.is_empty()),
        pods: s.world.pods_on(name).count(),
    })
}

/// When the node was cordoned: the taint says so.
fn since(node: Option<&Node>) -> Option<Timestamp> {
    let taints = node?.spec.as_ref()?.taints.as_ref()?;
    taints.iter().find(|taint| taint.key == UNSCHEDULABLE)?.time_added.as_ref().map(|time| time.0)
}

/// Who last wrote `spec.unschedulable`.
fn set_by(node: &Node) -> Option<String> {
    let fields = node.metadata.managed_fields.as_ref()?;
    let writes = fields.iter().filter(|entry| {
        entry.fields_v1.as_ref().is_some_and(|fields| fields.0.pointer("/f:spec/f:unschedulable").is_some())
    });
    writes.max_by_key(|entry| entry.time.as_ref().map(|time| time.0))?.manager.clone()
}

fn leaving(node: &Node) -> Option<String> {
    let taints = node.spec.as_ref()?.taints.as_ref()?;
    let taint = taints.iter().find(|taint| passing(&taint.key) == Some(Passing::Leaving))?;
    Some(taint.key.clone())
}
