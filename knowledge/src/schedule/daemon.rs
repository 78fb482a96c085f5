//! DaemonSets before 1.12: their controller chose the nodes itself and left out those on which a pod did not fit. There is
//! no pod that waits, and mostly no word.
//! <https://github.com/kubernetes/kubernetes/blob/v1.11.10/pkg/controller/daemon/daemon_controller.go> (`nodeShouldRunDaemonPod`)

use std::sync::LazyLock;

use regex::Regex;

use super::message::Class;
use super::table::rows;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::node_state::minor;
use crate::quantity::Milli;
use crate::snapshot::{Snapshot, pods_of};
use crate::target::Kind;
use crate::workload::Workload;

/// The first version whose scheduler places the pods of DaemonSets.
const BY_THE_SCHEDULER: (u32, u32) = (1, 12);

static PLACE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"failed to place pod on "(?P<node>[^"]+)": (?P<why>.+)"#).ok());
static AMOUNTS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"enough resource: (?P<resource>[\w./-]+), requested: (?P<asked>\d+), used: (?P<used>\d+), capacity: (?P<capacity>\d+)",
    )
    .ok()
});

/// Why a node was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A host port is taken.
    HostPort,
    /// Too little is left.
    Amount {
        /// `cpu`, `memory`
        resource: String,
        /// By the pod.
        asked: Milli,
        /// By the node's pods.
        used: Milli,
        /// By the node.
        capacity: Milli,
    },
}

/// The nodes that the controller said it left out, one refusal each, with its event.
pub fn passed_over(s: &Snapshot) -> Vec<(String, Refusal, Evidence)> {
    let Some(workload) = daemon_set(s) else { return Vec::new() };
    let placed = nodes_of(s, workload);
    let mut found: Vec<(String, Refusal, Evidence)> = Vec::new();
    let recent = s.events.iter().rev().filter(|e| e.at.is_none_or(|at| s.is_recent(at)));
    for event in recent.filter(|e| e.reason == "FailedPlacement") {
        let Some((node, refusal)) = read(&event.message) else { continue };
        // a pod that is there by now was placed since
        if !placed.contains(&node) && !found.iter().any(|(known, ..)| *known == node) {
            found.push((node, refusal, Evidence::event(event)));
        }
    }
    found
}

/// Without a word: the nodes of a DaemonSet that wants none, where each that could have a pod has the port taken.
pub fn without_a_port(s: &Snapshot) -> Vec<String> {
    let Some(workload) = daemon_set(s).filter(|w| w.desired == Some(0)) else { return Vec::new() };
    let Some(spec) = &workload.template else { return Vec::new() };
    let old = |version: &str| minor(version).is_some_and(|version| version < BY_THE_SCHEDULER);
    let version = |node: &k8s_openapi::api::core::v1::Node| {
        Some(node.status.as_ref()?.node_info.as_ref()?.kubelet_version.clone())
    };
    if s.world.nodes.is_empty() || !s.world.nodes.values().all(|n| version(n).is_some_and(|v| old(&v))) {
        return Vec::new();
    }
    let closed = |class: &Class| matches!(class, Class::NodeSelector | Class::Taint | Class::Unschedulable);
    let open: Vec<_> =
        rows(&s.world, spec).into_iter().filter(|row| !row.failing.iter().any(closed)).collect();
    let taken = open.iter().all(|row| row.failing.contains(&Class::HostPort));
    if taken { open.into_iter().map(|row| row.node).collect() } else { Vec::new() }
}

/// What shows that nobody chose a node for it.
pub fn desired_none(s: &Snapshot) -> Option<Evidence> {
    let workload = daemon_set(s)?;
    let object = object_name("DaemonSet", &workload.namespace, &workload.name);
    let desired = workload.desired?;
    Some(Evidence::new(Source::Owner, object, None, format!("status.desiredNumberScheduled {desired}")))
}

fn daemon_set(s: &Snapshot) -> Option<&Workload> {
    s.workload().filter(|workload| workload.kind == Kind::DaemonSet)
}

fn nodes_of(s: &Snapshot, workload: &Workload) -> Vec<String> {
    let pods = pods_of(&s.world, workload);
    let node = |key| s.world.pods.get(key)?.pod.spec.as_ref()?.node_name.clone();
    pods.iter().filter_map(node).collect()
}

fn read(message: &str) -> Option<(String, Refusal)> {
    let found = PLACE.as_ref()?.captures(message)?;
    let (node, why) = (found["node"].to_string(), &found["why"]);
    if why.contains("host port conflict") || why.contains("didn't have free ports") {
        return Some((node, Refusal::HostPort));
    }
    let amounts = AMOUNTS.as_ref()?.captures(why)?;
    let resource = amounts["resource"].to_string();
    // the scheduler's predicates count CPU in thousandths, and the rest in units
    let amount = |group: &str| {
        let number: i128 = amounts[group].parse().ok()?;
        Some(if resource == "cpu" { Milli(number) } else { Milli::units(number) })
    };
    let (asked, used, capacity) = (amount("asked")?, amount("used")?, amount("capacity")?);
    Some((node, Refusal::Amount { resource, asked, used, capacity }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_controllers_words_are_read() {
        let said = read(
            r#"failed to place pod on "w-1": Node didn't have enough resource: cpu, requested: 2000, used: 3000, capacity: 4000"#,
        );
        let (asked, used, capacity) = (Milli(2000), Milli(3000), Milli(4000));
        let amount = Refusal::Amount { resource: "cpu".to_string(), asked, used, capacity };
        assert_eq!(said, Some(("w-1".to_string(), amount)));
        let said = read(r#"failed to place pod on "w-1": host port conflict"#);
        assert_eq!(said, Some(("w-1".to_string(), Refusal::HostPort)));
        assert_eq!(read("failed to place pod on \"w-1\": something else"), None);
    }
}
