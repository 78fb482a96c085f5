//! Nodes, and what their drivers can attach.

use serde_json::{Value, json};

use super::Cluster;
use crate::random::Random;

/// The driver volumes are attached by.
pub const DRIVER: &str = "disk.example.com";

/// The zones.
pub const ZONES: [&str; 3] = ["a", "b", "c"];

pub(super) fn add(cluster: &mut Cluster, random: &mut Random, name: &str) {
    let labels = labels(random, name);
    // where there is room the later filters decide, which few pods reach elsewhere
    let times = if cluster.is_roomy() { 8 } else { 1 };
    let mut allocatable = json!({
        "cpu": format!("{}m", random.between(2, 8) * 500 * times),
        "memory": format!("{}Mi", random.between(2, 8) * 512 * times),
        "ephemeral-storage": format!("{}Gi", random.between(1, 5) * 10),
        "pods": if times > 1 { "110" } else { random.one(&["3", "5", "110"]) },
    });
    if random.chance(30) {
        allocatable["example.com/gpu"] = json!(random.between(1, 4).to_string());
    }
    let mut spec = json!({});
    if random.chance(12) {
        spec["unschedulable"] = json!(true);
    }
    spec["taints"] = taints(random);
    let ready = json!({"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "",
        "lastHeartbeatTime": "2026-01-01T00:00:00Z", "lastTransitionTime": "2026-01-01T00:00:00Z"});
    let status = json!({"allocatable": allocatable, "capacity": allocatable, "conditions": [ready]});
    cluster.add(
        "/api/v1/nodes",
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels},
            "spec": spec, "status": status}),
    );
    if random.chance(70) {
        let mut driver = json!({"name": DRIVER, "nodeID": name});
        if random.chance(80) {
            driver["allocatable"] = json!({"count": random.between(1, 3)});
        }
        let spec = json!({"drivers": [driver]});
        cluster.add(
            "/apis/storage.k8s.io/v1/csinodes",
            json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": name}, "spec": spec}),
        );
    }
}

fn labels(random: &mut Random, name: &str) -> Value {
    let mut labels = json!({"cores": random.between(1, 9).to_string()});
    if random.chance(95) {
        labels["kubernetes.io/hostname"] = json!(name);
    }
    if random.chance(85) {
        labels["topology.kubernetes.io/zone"] = json!(random.one(&ZONES));
    }
    if random.chance(70) {
        labels["disk"] = json!(random.one(&["ssd", "hdd"]));
    }
    if random.chance(60) {
        labels["pool"] = json!(random.one(&["web", "batch"]));
    }
    labels
}

fn taints(random: &mut Random) -> Value {
    let mut taints = Vec::new();
    if random.chance(20) {
        let (value, effect) = (random.one(&["batch", "infra"]), random.one(&["NoSchedule", "NoExecute"]));
        taints.push(json!({"key": "dedicated", "value": value, "effect": effect}));
    }
    if random.chance(10) {
        taints.push(json!({"key": "spot", "effect": "NoSchedule"}));
    }
    if random.chance(10) {
        taints.push(json!({"key": "slow", "effect": "PreferNoSchedule"}));
    }
    if random.chance(6) {
        taints.push(json!({"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}));
    }
    Value::Array(taints)
}
