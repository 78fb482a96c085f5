//! What the pages of every cause of this stage say of the re-run: the change, the other nodes, the disagreement.

use serde::Serialize;

use super::autoscaler;
use super::change::{Change, show_taints};
use super::differ::differs;
use super::fix::{Fixes, fixes};
use super::offer::command;
use super::reason::Words;
use super::table::{Table, shorten, words};
use crate::snapshot::Snapshot;

/// A node in the table.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// The node.
    pub node: String,
    /// Why it is refused.
    pub why: Words,
}

/// What a page is rendered with, beside the cause's own facts; put into them with `#[serde(flatten)]`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Rerun {
    /// The smallest change after which the pod fits, proven by the filters.
    pub change: Option<Words>,
    /// What does it.
    pub change_command: Option<String>,
    /// The nodes the page does not name otherwise, and why each is refused.
    pub others: Vec<Line>,
    /// How many more there are.
    pub more_others: Option<usize>,
    /// The change is to wait: the autoscaler's node is on its way.
    pub waits: bool,
    /// How the table differs from what the scheduler said, and why that may be.
    pub differs: Option<Words>,
}

impl Rerun {
    /// For a pod's page that names these nodes itself. Of several changes the one that suits the page, by the test, comes
    /// first.
    pub fn of(s: &Snapshot, table: &Table, named: &[String], suits: impl Fn(&Change) -> bool) -> Rerun {
        let coming = autoscaler::wait(s);
        let waits = coming.is_some();
        let (change, change_command) = match coming {
            Some(wait) => (Some(wait), None),
            None => smallest(s, fixes(s, table), suits),
        };
        let others = table.rows.iter().map(|row| row.node.as_str());
        let others: Vec<&str> = others.filter(|node| !named.iter().any(|name| name == node)).collect();
        let mut others: Vec<&str> = others;
        let more_others = shorten(&mut others);
        let lines = words(s, others.into_iter()).into_iter();
        let others = lines
            .filter(|(_, why)| !why.en.is_empty())
            .map(|(node, why)| Line { node: node.to_string(), why })
            .collect();
        Rerun { change, change_command, others, more_others, waits, differs: differs(s, table) }
    }
}

/// The smallest change, and what does it.
fn smallest(s: &Snapshot, fixes: &Fixes, suits: impl Fn(&Change) -> bool) -> (Option<Words>, Option<String>) {
    match (fixes.first(suits).or(fixes.single.first()), &fixes.pair) {
        (Some(change), _) => (Some(say(change)), command(s, change)),
        (None, Some((one, other))) => (Some(say_both(one, other)), both_commands(s, one, other)),
        (None, None) => (None, None),
    }
}

fn both_commands(s: &Snapshot, one: &Change, other: &Change) -> Option<String> {
    Some(format!("{}\n{}", command(s, one)?, command(s, other)?))
}

fn say_both(one: &Change, other: &Change) -> Words {
    let (first, second) = (act(one), act(other));
    Words::new(
        format!(
            "No single change is enough; these two are: {}, and {}. The pod then fits on {}.",
            first.en,
            second.en,
            one.node()
        ),
        format!(
            "单独一处改动都不够，两处一起才够：{}，并且{}。这样 {} 就放得下。",
            first.zh,
            second.zh,
            one.node()
        ),
    )
}

/// The change as a sentence.
fn say(change: &Change) -> Words {
    let (provided, act, node) = (provided(change), act(change), change.node());
    let tail = match change {
        Change::LowerRequest { .. } => Words::new(
            format!(": that is the most with which the pod fits, on {node}."),
            format!("，这是放得下的最大值（在 {node}）。"),
        ),
        Change::MovePods { .. } => Words::new(
            format!(
                ": the pod then fits on {node}, and nothing smaller is enough. A pod that is deleted is made anew by its controller and looks for a place like any other; one without a controller is gone."
            ),
            format!(
                "，该 Pod 就能调度到 {node}，再少就不够。被删的 Pod 由控制器重建，会和别的 Pod 一起重新找位置；没有控制器的就没了。"
            ),
        ),
        Change::Tolerate { .. } => {
            Words::new(format!(": the pod then fits on {node}."), format!("，就能调度到 {node}。"))
        }
        _ => Words::new(format!(": the pod then fits on {node}."), format!("，该 Pod 就能调度到 {node}。")),
    };
    let en = capitalised(&format!("{}{}", provided.en, act.en));
    Words::new(format!("{en}{}", tail.en), format!("{}{}{}", provided.zh, act.zh, tail.zh))
}

/// What a person has to know before: a label, taint or cordon is there for a reason.
fn provided(change: &Change) -> Words {
    match change {
        Change::LabelNode { node, .. } => {
            Words::new(format!("if {node} is such a node, "), format!("如果 {node} 确实是这样的节点，"))
        }
        Change::Tolerate { node, .. } => {
            Words::new(format!("if the pod belongs on {node}, "), format!("如果该 Pod 就该跑在 {node} 上，"))
        }
        Change::Uncordon { node } => {
            Words::new(format!("if {node} may take pods again, "), format!("如果 {node} 可以重新接收 Pod，"))
        }
        Change::LowerRequest { .. } | Change::MovePods { .. } => Words::default(),
    }
}

fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}", rest.as_str())
}

/// What is done, as part of a sentence.
fn act(change: &Change) -> Words {
    match change {
        Change::LowerRequest { resource, container, from, to, .. } => {
            let (from, to) = (from.show(resource), to.show(resource));
            match container {
                Some(name) => Words::new(
                    format!("lower the {resource} request of container {name} from {from} to {to}"),
                    format!("把容器 {name} 的 {resource} request 从 {from} 降到 {to}"),
                ),
                None => Words::new(
                    format!("lower the pod's own {resource} request from {from} to {to}"),
                    format!("把 Pod 级的 {resource} request 从 {from} 降到 {to}"),
                ),
            }
        }
        Change::LabelNode { node, labels } => {
            let labels = labels.iter().map(|(key, value)| format!("{key}={value}"));
            let labels = labels.collect::<Vec<_>>().join(" ");
            Words::new(format!("label node {node} {labels}"), format!("给节点 {node} 打标签 {labels}"))
        }
        Change::Tolerate { taints, .. } => {
            let taints = show_taints(taints);
            Words::new(format!("have the pod tolerate {taints}"), format!("给它加上对 {taints} 的容忍"))
        }
        Change::Uncordon { node } => {
            Words::new(format!("uncordon node {node}"), format!("对节点 {node} 解除停止调度（uncordon）"))
        }
        Change::MovePods { pods, .. } => {
            let names: Vec<String> =
                pods.iter().map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect();
            Words::new(
                format!("have {} go elsewhere", names.join(", ")),
                format!("让 {} 换个节点运行", names.join("、")),
            )
        }
    }
}
