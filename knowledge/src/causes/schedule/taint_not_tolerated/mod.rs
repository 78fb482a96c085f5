//! Every node the pod is meant for carries a taint that it does not tolerate.

use k8s_openapi::api::core::v1::{Node, PodSpec, Taint};
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::affinity::{asked, unmatched};
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::fix::fixes;
use crate::schedule::insufficient::refused;
use crate::schedule::table::shorten;
use crate::schedule::taint::{Passing, UNSCHEDULABLE, is_condition, passing, show, untolerated};
use crate::schedule::{Choice, Class, Table, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::target::Kind;

/// `taint-not-tolerated`
pub const CAUSE: Cause = Cause {
    id: "taint-not-tolerated",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("add-toleration"),
        RemedyKind::words("remove-taint"),
        RemedyKind::words("look-at-agent"),
        RemedyKind::words("wait-for-node"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Tainted {
    node: String,
    taints: String,
}

#[derive(Serialize)]
struct Facts {
    nodes: Vec<Tainted>,
    more: Option<usize>,
    asked: Option<String>,
    key: String,
    value: Option<String>,
    effect: String,
    first_node: String,
    control_plane_only: bool,
    /// On every one of the nodes stands a taint that goes by itself: an agent there is not ready yet.
    starting: bool,
    /// On every one of them, and one of the nodes is about to be removed.
    leaving: bool,
    /// The smallest change is to tolerate.
    tolerates: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if let Some(found) = of_daemon_set(s) {
        return vec![found];
    }
    let (Some(table), Some(spec)) = (evaluate(s), s.spec()) else {
        return Vec::new();
    };
    let chosen = choices(table).iter().filter(|choice| choice.class == Class::Taint);
    chosen
        .map(|choice| {
            matched(s, spec, choice, Some(table)).because_all(s.from_placing()).because_all(refused(
                s,
                table,
                &choice.nodes,
            ))
        })
        .collect()
}

/// A DaemonSet that wants no pod although nodes match its selector: its controller leaves out nodes whose taints it
/// does not tolerate; those for a node's condition it tolerates by itself.
fn of_daemon_set(s: &Snapshot) -> Option<Match> {
    let workload = s.workload().filter(|w| w.kind == Kind::DaemonSet && w.desired == Some(0))?;
    let spec = workload.template.as_deref()?;
    let meant: Vec<_> = s.world.nodes.iter().filter(|(_, node)| unmatched(spec, node).is_empty()).collect();
    let tainted =
        |node: &Node| untolerated(spec, node).iter().any(|t| !is_condition(t) && t.key != UNSCHEDULABLE);
    let all = !meant.is_empty() && meant.iter().all(|(_, node)| tainted(node));
    let nodes = meant.iter().map(|(name, _)| (*name).clone()).collect();
    let choice = Choice { class: Class::Taint, confidence: Confidence::Likely, nodes };
    let status = s.from_status(None, "status.desiredNumberScheduled 0");
    all.then(|| matched(s, spec, &choice, None).because(status))
}

fn matched(s: &Snapshot, spec: &PodSpec, choice: &Choice, table: Option<&Table>) -> Match {
    let tolerates = |change: &Change| matches!(change, Change::Tolerate { .. });
    let rerun = table.map(|table| Rerun::of(s, table, &choice.nodes, tolerates)).unwrap_or_default();
    let tolerates = !rerun.waits && table.is_some_and(|table| fixes(s, table).first(tolerates).is_some());
    let mut nodes = Vec::new();
    // of each node a taint, and whether one on it goes by itself
    let mut marked: Vec<(Option<Passing>, String, Taint)> = Vec::new();
    for name in &choice.nodes {
        let Some(node) = s.world.nodes.get(name) else {
            continue;
        };
        let taints: Vec<_> = untolerated(spec, node).into_iter().filter(|t| !is_condition(t)).collect();
        let passes = taints.iter().filter_map(|taint| passing(&taint.key)).max();
        marked.extend(taints.first().map(|taint| (passes, name.clone(), (*taint).clone())));
        nodes.push(Tainted {
            node: name.clone(),
            taints: taints.iter().map(|t| show(t)).collect::<Vec<_>>().join(", "),
        });
    }
    let all_pass = !marked.is_empty() && marked.iter().all(|(passes, ..)| passes.is_some());
    let leaving = all_pass && marked.iter().any(|(passes, ..)| *passes == Some(Passing::Leaving));
    let control_plane = |t: &str| t.starts_with("node-role.kubernetes.io/");
    let control_plane_only = !nodes.is_empty() && nodes.iter().all(|n| control_plane(&n.taints));
    let more = shorten(&mut nodes);
    let evidence: Vec<Evidence> = nodes
        .iter()
        .map(|n| {
            Evidence::new(Source::Node, format!("Node {}", n.node), None, format!("spec.taints {}", n.taints))
        })
        .collect();
    // what is told to do is about a node that stays, if there is one
    marked.sort_by_key(|(passes, ..)| passes.is_some());
    let (_, first_node, first) = marked.into_iter().next().unwrap_or_default();
    let facts = Facts {
        control_plane_only,
        starting: all_pass && !leaving,
        leaving,
        more,
        asked: asked(spec),
        first_node,
        nodes,
        key: first.key,
        value: first.value.filter(|v| !v.is_empty()),
        effect: first.effect,
        tolerates,
        rerun,
    };
    // who asks for nothing wrong is not to blame
    let blame = if all_pass { Blame::global("Node", &facts.first_node) } else { s.top_owner() };
    Match::new(choice.confidence, blame, facts).because_all(evidence)
}
