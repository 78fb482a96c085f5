//! What the four `insufficient-*` causes share: the same arithmetic over another resource.

use std::collections::BTreeSet;

use serde::Serialize;

use super::change::Change;
use super::daemon::{Refusal, passed_over};
use super::explain::Rerun;
use super::filters::is_device;
use super::fix::fixes;
use super::message::Class;
use super::room::ledger;
use super::scene::Scene;
use super::table::{MAX_NODES, Table, choices, evaluate, shorten, words};
use super::wanted::Asked;
use crate::brief::requests;
use crate::cause::Match;
use crate::finding::{Confidence, Evidence, Source};
use crate::quantity::Milli;
use crate::snapshot::Snapshot;

/// A node that is too full or too small.
#[derive(Debug, Serialize)]
pub struct NodeFacts {
    node: String,
    allocatable: String,
    taken: String,
    free: String,
}

/// What the pages of `insufficient-*` are rendered with.
#[derive(Debug, Serialize)]
pub struct Facts {
    resource: String,
    asked: String,
    nodes: Vec<NodeFacts>,
    /// A node seems to fit: pods are missing from the sums.
    short_sums: bool,
    /// Nodes beyond those listed.
    more: Option<usize>,
    /// Even an empty node could not hold the pod.
    too_large_for_all: bool,
    /// No node offers any of it: for devices, no device plugin runs.
    offered_nowhere: bool,
    /// The node with most of it left, and how much.
    most_node: Option<String>,
    most_free: Option<String>,
    /// The smallest change is to lower this request.
    lowers: bool,
    /// One device is asked for: there is nothing less.
    indivisible: bool,
    /// The name of the first container that asks for it, for commands.
    asking: String,
    owner: String,
    owner_is_pod: bool,
    message: String,
    /// A DaemonSet's controller left these nodes out: there is no pod.
    passed_over: bool,
    #[serde(flatten)]
    rerun: Rerun,
}

/// The matches of the `insufficient-*` cause with this id.
pub fn detect(s: &Snapshot, cause: &'static str) -> Vec<Match> {
    let Some(table) = evaluate(s) else {
        return of_daemon_set(s, cause).into_iter().collect();
    };
    choices(table)
        .iter()
        .filter(|choice| matches!(choice.class, Class::Resource(_)) && choice.class.cause_id() == cause)
        .filter_map(|choice| {
            let Class::Resource(resource) = &choice.class else {
                return None;
            };
            let facts = facts(s, table, resource, &choice.nodes);
            let mut found = Match::new(choice.confidence, s.top_owner(), &facts)
                .because_all(s.from_placing())
                .because(s.from_spec("resources.requests", &format!("{resource}: {}", facts.asked)));
            for node in &facts.nodes {
                let text = format!(
                    "{resource}: allocatable {}, requested {}, free {}",
                    node.allocatable, node.taken, node.free
                );
                found = found.because(Evidence::new(Source::Node, format!("Node {}", node.node), None, text));
            }
            Some(found.because_all(refused(s, table, &choice.nodes)))
        })
        .collect()
}

/// A DaemonSet of before 1.12, by the words of its controller.
fn of_daemon_set(s: &Snapshot, cause: &'static str) -> Option<Match> {
    let told: Vec<(String, [Milli; 2], Milli, String, Evidence)> = (passed_over(s).into_iter())
        .filter_map(|(node, refusal, event)| match refusal {
            Refusal::Amount { resource, asked, used, capacity } => {
                Some((node, [used, capacity], asked, resource, event))
            }
            Refusal::HostPort => None,
        })
        .filter(|(.., resource, _)| Class::Resource(resource.clone()).cause_id() == cause)
        .collect();
    let (_, _, asked, resource, _) = told.first()?.clone();
    let left = |[used, capacity]: [Milli; 2]| capacity.saturating_sub(used);
    let same = told.iter().filter(|(.., other, _)| *other == resource);
    let (node, most) =
        same.clone().map(|(node, has, ..)| (node, left(*has))).max_by_key(|(_, left)| *left)?;
    let shown = |(node, has, ..): &(String, [Milli; 2], Milli, String, Evidence)| NodeFacts {
        node: node.clone(),
        allocatable: has[1].show(&resource),
        taken: has[0].show(&resource),
        free: left(*has).show(&resource),
    };
    let mut nodes: Vec<NodeFacts> = same.clone().map(shown).collect();
    let evidence: Vec<Evidence> = same.map(|(.., event)| event.clone()).collect();
    let more = shorten(&mut nodes);
    let spec = s.workload().and_then(|workload| workload.template.clone());
    let first = spec.and_then(|spec| spec.containers.first().map(|c| c.name.clone()));
    let owner = s.top_owner();
    let facts = Facts {
        asked: asked.show(&resource),
        nodes,
        short_sums: false,
        more,
        too_large_for_all: false,
        offered_nowhere: false,
        most_node: Some(node.clone()),
        most_free: Some(most.show(&resource)),
        lowers: false,
        indivisible: false,
        asking: first.unwrap_or_default(),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        owner_is_pod: false,
        message: String::new(),
        passed_over: true,
        rerun: Rerun::default(),
        resource,
    };
    Some(Match::new(Confidence::Certain, owner, &facts).because_all(evidence))
}

/// The nodes that were out of the question anyway.
pub fn refused(s: &Snapshot, table: &Table, chosen: &[String]) -> Vec<Evidence> {
    let chosen: BTreeSet<&String> = chosen.iter().collect();
    let others = table.rows.iter().filter(|row| !chosen.contains(&row.node) && !row.failing.is_empty());
    words(s, others.take(MAX_NODES).map(|row| row.node.as_str()))
        .into_iter()
        .map(|(node, words)| Evidence::new(Source::Node, format!("Node {node}"), None, words.en))
        .collect()
}

fn facts(s: &Snapshot, table: &Table, resource: &str, short: &[String]) -> Facts {
    let empty = Default::default();
    let spec = s.spec().unwrap_or(&empty);
    let asked = requests(spec).get(resource).copied().unwrap_or_default();
    let wanted = Asked::of(spec);
    let mut nodes = Vec::new();
    let mut best: Option<(Milli, String)> = None;
    let (mut largest, mut offered, mut short_sums) = (Milli(0), false, false);
    for name in short {
        let Some(entry) = ledger(&Scene::of(&s.world), &wanted, name).find(|e| e.resource == resource) else {
            continue;
        };
        largest = largest.max(entry.allocatable);
        offered |= entry.allocatable > Milli(0);
        short_sums |= entry.free() >= asked;
        if best.as_ref().is_none_or(|(free, _)| entry.free() > *free) {
            best = Some((entry.free(), name.clone()));
        }
        nodes.push((
            entry.free(),
            NodeFacts {
                node: name.clone(),
                allocatable: entry.allocatable.show(resource),
                taken: entry.taken.show(resource),
                free: entry.free().show(resource),
            },
        ));
    }
    // the emptiest say most
    nodes.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.node.cmp(&b.1.node)));
    let mut nodes: Vec<NodeFacts> = nodes.into_iter().map(|(_, facts)| facts).collect();
    let more = shorten(&mut nodes);
    // sums may be short where the dump lacks neighbours: a node that seems to fit is no advice
    let most = best.filter(|(free, _)| *free < asked && *free > Milli(0));
    let lowered =
        |change: &Change| matches!(change, Change::LowerRequest { resource: of, .. } if of == resource);
    let rerun = Rerun::of(s, table, short, lowered);
    let lowers = !rerun.waits && fixes(s, table).first(lowered).is_some();
    let asks = |c: &&k8s_openapi::api::core::v1::Container| {
        c.resources.as_ref().is_some_and(|r| r.requests.as_ref().is_some_and(|m| m.contains_key(resource)))
    };
    let asking = spec.containers.iter().find(asks).or(spec.containers.first()).map(|c| c.name.clone());
    let owner = s.top_owner();
    Facts {
        resource: resource.to_string(),
        asked: asked.show(resource),
        too_large_for_all: !nodes.is_empty() && asked > largest && offered,
        offered_nowhere: !nodes.is_empty() && !offered,
        short_sums,
        nodes,
        most_node: most.as_ref().map(|(_, name)| name.clone()),
        most_free: most.as_ref().map(|(free, _)| free.show(resource)),
        lowers,
        indivisible: is_device(resource) && asked <= Milli::units(1),
        rerun,
        passed_over: false,
        more,
        asking: asking.unwrap_or_default(),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        message: s.scheduler_message().map(|(text, ..)| text).unwrap_or_default(),
    }
}
