//! Which cases live together. Most share one cluster; a case that tells of all the nodes there are has its own.

use std::collections::BTreeMap;

use podwhy_knowledge::causes::catalogue;
use serde_json::Value;

use crate::api::text;
use crate::scenario::Scenario;

/// The cluster most cases share.
pub(crate) const MAIN: &str = "playground";

/// Cases that would not be answered alike beside other nodes, and the small cluster each has. Cases of one small cluster
/// have the same nodes.
const OWN: &[(&str, &str)] = &[
    ("insufficient-cpu", "no-big-node"),
    ("insufficient-memory", "no-big-node"),
    ("scheduler-down", "no-scheduler"),
    ("pod-anti-affinity-conflict", "three-nodes"),
    ("nodes-not-ready", "unready"),
    ("node-unschedulable", "cordoned"),
    ("autoscaler-cannot-help", "fixed-size"),
    ("node-volume-limit-reached", "full-of-volumes"),
    ("node-pod-limit-reached", "full-of-pods"),
];

/// Every case of the catalogue by its cluster, the shared one first.
///
/// # Errors
/// When a case is not written as one.
pub(crate) fn assemble() -> Result<Vec<(String, Vec<Scenario>)>, String> {
    let mut clusters: Vec<(String, Vec<Scenario>)> = vec![(MAIN.to_string(), Vec::new())];
    for cause in catalogue() {
        let own = OWN.iter().find(|(id, _)| *id == cause.id).map_or(MAIN, |(_, cluster)| cluster);
        let mut scenario = Scenario::of(cause)?;
        let at = clusters.iter().position(|(name, _)| name == own).unwrap_or_else(|| {
            clusters.push((own.to_string(), Vec::new()));
            clusters.len() - 1
        });
        let members = &mut clusters[at].1;
        give_nodes_names(&mut scenario, members);
        members.push(scenario);
    }
    Ok(clusters)
}

/// A node that has another's name and is another machine gets a name of its own.
fn give_nodes_names(scenario: &mut Scenario, others: &[Scenario]) {
    let taken: BTreeMap<&str, &Value> =
        others.iter().flat_map(nodes).map(|node| (text(node, "/metadata/name"), node)).collect();
    let names: Vec<String> = nodes(scenario).map(|node| text(node, "/metadata/name").to_string()).collect();
    for name in names {
        let Some(own) = nodes(scenario).find(|node| text(node, "/metadata/name") == name) else { continue };
        if taken.get(name.as_str()).is_none_or(|other| is_same_machine(own, other)) {
            continue;
        }
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_string();
        let mine = |name: &str| nodes(scenario).any(|node| text(node, "/metadata/name") == name);
        let free = (1..).map(|number| format!("{stem}{number:02}"));
        let free = free.into_iter().find(|name| !taken.contains_key(name.as_str()) && !mine(name));
        if let Some(free) = free {
            scenario.rename_node(&name, &free);
        }
    }
}

fn nodes(scenario: &Scenario) -> impl Iterator<Item = &Value> {
    scenario.objects.iter().filter(|object| object["kind"] == "Node")
}

/// Whether two cases mean the same node: what the scheduler and the kubelet's state make of it is the same.
fn is_same_machine(one: &Value, other: &Value) -> bool {
    let conditions = |node: &Value| -> Vec<(String, String)> {
        let list = node.pointer("/status/conditions").and_then(Value::as_array);
        list.into_iter().flatten().map(|c| (text(c, "/type").into(), text(c, "/status").into())).collect()
    };
    let alike = ["/metadata/labels", "/spec", "/status/allocatable", "/status/nodeInfo"];
    alike.iter().all(|path| one.pointer(path) == other.pointer(path)) && conditions(one) == conditions(other)
}

#[cfg(test)]
mod tests;
