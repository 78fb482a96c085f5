//! No node has the labels the pod asks for.

use k8s_openapi::api::core::v1::PodSpec;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::affinity::{Unmatched, asked, unmatched};
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::fix::{is_given, labels_to_set};
use crate::schedule::reason::{Words, label_words};
use crate::schedule::table::{rows, shorten};
use crate::schedule::{Class, choices, evaluate};
use crate::snapshot::Snapshot;
use crate::target::Kind;

/// `node-selector-unmatched`
pub const CAUSE: Cause = Cause {
    id: "node-selector-unmatched",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("label-node"),
        RemedyKind::words("change-selector"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Near {
    node: String,
    missing: Words,
}

#[derive(Serialize)]
struct Facts {
    asked: String,
    nodes: Vec<Near>,
    more: Option<usize>,
    /// The node that lacks least, when setting labels would do.
    label_node: Option<String>,
    labels: Vec<String>,
    daemon_set: bool,
    /// A DaemonSet has a pod on each node that it is for, of which there is none now: of its devices, its system or its pool.
    expected: bool,
    owner: String,
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
    choices(table)
        .iter()
        .filter(|choice| choice.class == Class::NodeSelector)
        .map(|choice| {
            let labels = |change: &Change| matches!(change, Change::LabelNode { .. });
            let rerun = Rerun::of(s, table, &choice.nodes, labels);
            matched(s, spec, choice.confidence, s.from_placing(), Some(rerun))
        })
        .collect()
}

/// A DaemonSet that wants no pod: from 1.12 on its controller makes one for each node that matches.
fn of_daemon_set(s: &Snapshot) -> Option<Match> {
    let workload = s.workload().filter(|w| w.kind == Kind::DaemonSet && w.desired == Some(0))?;
    let spec = workload.template.as_deref()?;
    let none_fits =
        !s.world.nodes.is_empty() && s.world.nodes.values().all(|node| !unmatched(spec, node).is_empty());
    let status = s.from_status(None, "status.desiredNumberScheduled 0");
    none_fits.then(|| matched(s, spec, Confidence::Likely, Some(status), None))
}

fn matched(
    s: &Snapshot,
    spec: &PodSpec,
    confidence: Confidence,
    told: impl IntoIterator<Item = Evidence>,
    rerun: Option<Rerun>,
) -> Match {
    let mut near: Vec<(String, Vec<Unmatched>)> =
        s.world.nodes.iter().map(|(name, node)| (name.clone(), unmatched(spec, node))).collect();
    near.retain(|(_, missing)| !missing.is_empty());
    near.sort_by_key(|(_, missing)| missing.len());
    // a label of one's own with another value may be a slip; of one that tells what a node is there is no such node
    let others_have = near
        .iter()
        .flat_map(|(_, missing)| missing)
        .any(|missing| missing.has.is_some() && !is_given(&missing.key));
    // a label helps only where nothing else keeps the pod off
    let rows = rows(&s.world, spec);
    let else_open = |name: &String| {
        rows.iter().any(|row| row.node == *name && row.failing.iter().all(|c| *c == Class::NodeSelector))
    };
    let (label_node, labels) = near
        .iter()
        .filter(|(node, _)| else_open(node))
        .find_map(|(node, missing)| Some((node.clone(), labels_to_set(missing)?)))
        .map_or((None, Vec::new()), |(node, labels)| (Some(node), labels));
    let labels: Vec<String> = labels.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
    let mut nodes: Vec<Near> = near
        .iter()
        .map(|(node, missing)| Near {
            node: node.clone(),
            missing: Words::join(&missing.iter().map(label_words).collect::<Vec<_>>()),
        })
        .collect();
    let more = shorten(&mut nodes);
    let evidence: Vec<Evidence> = nodes
        .iter()
        .map(|n| Evidence::new(Source::Node, format!("Node {}", n.node), None, n.missing.en.clone()))
        .collect();
    let asked = asked(spec).unwrap_or_default();
    let owner = s.top_owner();
    let facts = Facts {
        asked: asked.clone(),
        nodes,
        more,
        label_node,
        labels,
        daemon_set: rerun.is_none(),
        expected: rerun.is_none() && !others_have,
        owner: owner.to_string(),
        rerun: rerun.unwrap_or_default(),
    };
    Match::new(confidence, owner, facts)
        .because_all(told)
        .because(s.from_spec("spec.nodeSelector / affinity.nodeAffinity", &asked))
        .because_all(evidence)
}
