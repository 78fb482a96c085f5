use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::act::record::Caution;
use crate::ask::collect::Collected;
use crate::ask::diagnose::diagnose;
use crate::ask::intake::Request;

fn now() -> Timestamp {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

/// An evicted pod of an owner of this kind, on a node.
fn evicted(name: &str, owner: &str) -> Value {
    let at = "2026-11-26T09:55:00Z";
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "creationTimestamp": at,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner, "name": "web-5d", "uid": "o", "controller": true}]},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "example.org/web:1"}]},
        "status": {"phase": "Failed", "reason": "Evicted", "startTime": at,
            "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. "}})
}

fn node(name: &str, labels: Value, cordoned: bool, ready: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": format!("u-{name}"), "labels": labels},
        "spec": {"unschedulable": cordoned, "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "conditions": [{"type": "Ready", "status": ready,
            "reason": "KubeletReady", "lastHeartbeatTime": "2026-11-26T09:59:50Z", "lastTransitionTime": "2026-11-20T09:00:00Z"}]}})
}

fn looked(objects: Vec<Value>, target: &str) -> Diagnosed {
    let mut collected = Collected { taken_at: now(), ..Collected::default() };
    objects.into_iter().for_each(|object| collected.push(object));
    let request = Request { target: target.parse().unwrap(), lang: podwhy_knowledge::Lang::En };
    diagnose(&Arc::new(collected.into_world()), &request).unwrap()
}

fn worker() -> Value {
    node("worker-1", json!({}), false, "True")
}

#[test]
fn evicted_pods_of_one_owner_are_deleted_together_each_by_its_uid() {
    let mut other = evicted("web-b", "ReplicaSet");
    other["status"]["reason"] = json!("Preempting");
    let objects = vec![
        evicted("web-a", "ReplicaSet"),
        other,
        evicted("web-c", "ReplicaSet"),
        evicted("db-0", "StatefulSet"),
        worker(),
    ];
    let all = offerable(&looked(objects, "shop/web-a"));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.cause.as_str(), one.plan.remedy), ("evicted-memory", Remedy::DeleteFailedPods));
    let targets: Vec<_> =
        one.plan.targets.iter().map(|target| (target.name.as_str(), target.uid.as_str())).collect();
    assert_eq!(targets, [("web-a", "u-web-a"), ("web-c", "u-web-c")]);
    assert!(!one.circumstances.control_plane && one.plan.warnings.is_empty(), "{one:#?}");
}

#[test]
fn what_would_not_come_back_is_not_offered() {
    let mut orphan = evicted("web-a", "ReplicaSet");
    orphan["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let mut mirror = evicted("web-a", "ReplicaSet");
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "f00"});
    let mut going = evicted("web-a", "ReplicaSet");
    going["metadata"]["deletionTimestamp"] = json!("2026-11-26T09:59:00Z");
    let mut nameless = evicted("web-a", "ReplicaSet");
    nameless["metadata"]["uid"] = json!("");
    let of_kubelet = evicted("web-a", "Node");
    for pod in [orphan, mirror, going, nameless, of_kubelet, evicted("web-a", "Job")] {
        let looked = looked(vec![pod.clone(), worker()], "shop/web-a");
        assert_eq!(offerable(&looked), [], "{pod:#}");
    }
}

#[test]
fn where_the_node_is_of_the_control_plane_or_not_known_care_is_asked_for() {
    let label = json!({"node-role.kubernetes.io/control-plane": ""});
    for nodes in [vec![], vec![node("worker-1", label, false, "True")]] {
        let objects = [vec![evicted("web-a", "StatefulSet")], nodes].concat();
        let all = offerable(&looked(objects, "shop/web-a"));
        assert!(all[0].circumstances.control_plane);
        let cautions: Vec<Caution> = all[0].plan.warnings.iter().map(|warning| warning.caution).collect();
        assert_eq!(cautions, [Caution::Stateful, Caution::ControlPlane]);
    }
}

/// A pod that waits for its cordoned node.
fn waiting() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-a", "namespace": "shop", "uid": "u-web-a",
            "creationTimestamp": "2026-11-26T09:50:00Z"},
        "spec": {"containers": [{"name": "app", "image": "example.org/web:1"}]},
        "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 node(s) were unschedulable.",
            "lastTransitionTime": "2026-11-26T09:50:00Z"}]}})
}

#[test]
fn a_cordoned_node_that_is_ready_can_take_pods_again() {
    let all = offerable(&looked(vec![waiting(), node("worker-1", json!({}), true, "True")], "shop/web-a"));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.plan.remedy, one.plan.targets[0].name.as_str()), (Remedy::Uncordon, "worker-1"));
    let unready = node("worker-1", json!({}), true, "False");
    assert_eq!(offerable(&looked(vec![waiting(), unready], "shop/web-a")), []);
}
