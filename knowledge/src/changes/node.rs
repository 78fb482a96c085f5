//! What happened to the pod's node: that it joined, was started anew, or is of another version than the rest.

use std::collections::BTreeMap;

use super::{Changed, LOOK_BACK_SECONDS, What, change};
use crate::event::Identity;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::snapshot::Snapshot;
use crate::text::counted;

/// A version is another one only where at least this many nodes have the usual one.
const ENOUGH: usize = 2;

pub(super) fn of(s: &Snapshot) -> Vec<Changed> {
    let Some(node) = s.node() else { return Vec::new() };
    let name = node.metadata.name.as_deref().unwrap_or_default();
    let object = object_name("Node", "", name);
    let joined = node.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let mut found = Vec::new();
    if let Some(at) = joined {
        let evidence =
            Evidence::new(Source::Node, object.clone(), Some(at), format!("metadata.creationTimestamp {at}"));
        found.push(change(Some(at), object.clone(), What::NodeJoined, evidence));
    }
    for condition in node.status.iter().flat_map(|status| status.conditions.iter().flatten()) {
        let at = condition.last_transition_time.as_ref().map(|time| time.0);
        let what = match (condition.type_.as_str(), condition.status.as_str()) {
            // it is ready for the first time a little after it joined
            ("Ready", "True")
                if at.zip(joined).is_some_and(|(at, joined)| at.as_second() - joined.as_second() > 600) =>
            {
                What::NodeReady
            }
            ("Ready", "False" | "Unknown") => What::NodeCondition("NotReady".to_string()),
            ("MemoryPressure" | "DiskPressure" | "PIDPressure" | "NetworkUnavailable", "True") => {
                What::NodeCondition(condition.type_.clone())
            }
            _ => continue,
        };
        let Some(evidence) = at.and_then(|_| Evidence::node_condition(node, &condition.type_)) else {
            continue;
        };
        found.push(change(at, object.clone(), what, evidence));
    }
    found.extend(from_events(s, name, &object));
    // another version is news only where the node itself is, or where its kubelet has just been started
    let recent =
        |change: &Changed| change.at.is_some_and(|at| s.taken_at().seconds_since(at) <= LOOK_BACK_SECONDS);
    if found.iter().any(recent) {
        found.extend(version(s, name, &object));
    }
    found
}

fn from_events(s: &Snapshot, name: &str, object: &str) -> Vec<Changed> {
    let identity = Identity::of_node(name);
    let mut found: Vec<Changed> = Vec::new();
    for event in s.world.events_about(&identity) {
        let what = match event.reason.as_str() {
            "Rebooted" => What::NodeRebooted,
            "Starting" if event.message.contains("kubelet") => What::KubeletStarted,
            _ => continue,
        };
        // the last of each kind is enough
        found.retain(|known| known.what != what);
        found.push(change(event.at, object.to_string(), what, Evidence::event(&event)));
    }
    found
}

fn version(s: &Snapshot, name: &str, object: &str) -> Option<Changed> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let of = |node: &'_ k8s_openapi::api::core::v1::Node| -> Option<String> {
        let version = node.status.as_ref()?.node_info.as_ref()?.kubelet_version.clone();
        (!version.is_empty()).then_some(version)
    };
    let own = of(s.world.nodes.get(name)?)?;
    let versions: Vec<String> = s.world.nodes.values().filter_map(|node| of(node)).collect();
    for version in &versions {
        *counts.entry(version).or_default() += 1;
    }
    let (usual, count) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    if usual == own || count < ENOUGH {
        return None;
    }
    let said =
        format!("status.nodeInfo.kubeletVersion {own}; {} {usual}", counted(count, "node has", "nodes have"));
    let evidence = Evidence::new(Source::Node, object.to_string(), None, said);
    Some(change(None, object.to_string(), What::NodeVersion { own, others: usual.to_string() }, evidence))
}
