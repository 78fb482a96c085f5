//! Two hundred workloads with five thousand pods on fifty nodes, which fail at once and are well again.

use jiff::{SignedDuration, Timestamp};
use podwhy_playground::Store;
use serde_json::{Value, json};

/// Nodes.
const NODES: usize = 50;

/// Why the pods of a workload fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An image that all of them have and no registry.
    Image,
    /// A Secret that is not there.
    Secret,
    /// A ConfigMap that is not there.
    ConfigMap,
    /// Each workload ends with an error of its own.
    Own,
}

/// Pods of one workload.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Why they fail.
    pub cause: Cause,
    /// How many they are.
    pub pods: usize,
}

/// Three root causes: 100 workloads with an image, 60 with a Secret, 40 with a ConfigMap; 25 pods each.
pub fn three_causes() -> Vec<Workload> {
    let of = |number: usize| match number {
        0..100 => ("shop", Cause::Image),
        100..160 => ("billing", Cause::Secret),
        _ => ("search", Cause::ConfigMap),
    };
    (0..200).map(|number| workload(of(number), number, 25)).collect()
}

/// Two hundred root causes: workloads of one pod, each with an end of its own.
pub fn two_hundred_causes() -> Vec<Workload> {
    (0..200).map(|number| workload(("shop", Cause::Own), number, 1)).collect()
}

fn workload((namespace, cause): (&str, Cause), number: usize, pods: usize) -> Workload {
    Workload { namespace: namespace.to_string(), name: format!("app-{number:03}"), cause, pods }
}

/// Puts the nodes there, and namespaces.
pub fn nodes(store: &Store) {
    for name in ["podwhy", "shop", "billing", "search"] {
        store.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}));
    }
    let ready = json!([{"type": "Ready", "status": "True", "reason": "KubeletReady",
        "lastHeartbeatTime": seconds(0), "lastTransitionTime": seconds(-86_400)}]);
    for number in 0..NODES {
        store.put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": node(number)}, "spec": {},
            "status": {"conditions": ready, "allocatable": {"cpu": "64", "memory": "256Gi", "pods": "250"}}}));
    }
}

/// All their pods fail, since so long ago.
pub fn fail(store: &Store, workloads: &[Workload], ago: SignedDuration) {
    put(store, workloads, -ago.as_secs(), true);
}

/// All are well.
pub fn heal(store: &Store, workloads: &[Workload], ago: SignedDuration) {
    put(store, workloads, -ago.as_secs(), false);
}

fn put(store: &Store, workloads: &[Workload], since: i64, fails: bool) {
    let mut number = 0;
    for workload in workloads {
        let ready = if fails { 0 } else { workload.pods };
        for (kind, name, owner) in [
            ("Deployment", workload.name.clone(), Value::Null),
            ("ReplicaSet", set(workload), owner("Deployment", &workload.name)),
        ] {
            let labels = json!({"app": workload.name});
            store.put(json!({"apiVersion": "apps/v1", "kind": kind,
                "metadata": {"name": name, "namespace": workload.namespace, "labels": labels, "generation": 1,
                    "uid": format!("{kind}-{}", workload.name), "creationTimestamp": seconds(since),
                    "ownerReferences": owner},
                "spec": {"replicas": workload.pods, "selector": {"matchLabels": labels}, "template": {
                    "metadata": {"labels": labels}, "spec": spec(workload)}},
                "status": {"replicas": workload.pods, "readyReplicas": ready, "observedGeneration": 1}}));
        }
        for pod in 0..workload.pods {
            store.put(self::pod(workload, pod, number, since, fails));
            number += 1;
        }
    }
}

fn pod(workload: &Workload, pod: usize, number: usize, since: i64, fails: bool) -> Value {
    let mut spec = spec(workload);
    spec["nodeName"] = json!(node(number % NODES));
    let image = spec["containers"][0]["image"].clone();
    let state = if fails { failing(workload) } else { json!({"running": {"startedAt": seconds(since)}}) };
    let mut container = json!({"name": "app", "image": image, "imageID": "", "ready": !fails, "started": !fails,
        "restartCount": 0, "state": state});
    if fails && workload.cause == Cause::Own {
        container["restartCount"] = json!(6);
        container["lastState"] = json!({"terminated": {"exitCode": 3, "reason": "Error",
            "startedAt": seconds(since), "finishedAt": seconds(since + 1)}});
    }
    let met = if fails { "False" } else { "True" };
    let condition = |kind: &str, status: &str| json!({"type": kind, "status": status, "lastTransitionTime": seconds(since)});
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("{}-{pod:02}", set(workload)), "namespace": workload.namespace,
            "labels": {"app": workload.name, "pod-template-hash": HASH}, "creationTimestamp": seconds(since),
            "uid": format!("pod-{}-{pod}", workload.name), "ownerReferences": owner("ReplicaSet", &set(workload))},
        "spec": spec,
        "status": {"phase": if fails { "Pending" } else { "Running" }, "startTime": seconds(since),
            "containerStatuses": [container],
            "conditions": [condition("PodScheduled", "True"), condition("Initialized", "True"),
                condition("ContainersReady", met), condition("Ready", met)]}})
}

fn failing(workload: &Workload) -> Value {
    let waits = |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
    match workload.cause {
        Cause::Image => waits(
            "ErrImagePull",
            &format!(
                "failed to pull and unpack image \"{IMAGE}\": failed to resolve reference \"{IMAGE}\": {IMAGE}: not found"
            ),
        ),
        Cause::Secret => waits("CreateContainerConfigError", "secret \"billing-db\" not found"),
        Cause::ConfigMap => waits("CreateContainerConfigError", "configmap \"flags\" not found"),
        Cause::Own => waits("CrashLoopBackOff", "back-off 5m0s restarting failed container=app"),
    }
}

/// Of their pod templates: all have one.
const HASH: &str = "6c9f7d5b8";

const IMAGE: &str = "registry.example.org/shop/base:9";

fn spec(workload: &Workload) -> Value {
    let mut container = json!({"name": "app", "image": format!("registry.example.org/{}:1", workload.name)});
    match workload.cause {
        Cause::Image => container["image"] = json!(IMAGE),
        Cause::Secret => container["envFrom"] = json!([{"secretRef": {"name": "billing-db"}}]),
        Cause::ConfigMap => container["envFrom"] = json!([{"configMapRef": {"name": "flags"}}]),
        Cause::Own => {}
    }
    json!({"containers": [container], "terminationGracePeriodSeconds": 30})
}

fn set(workload: &Workload) -> String {
    format!("{}-{HASH}", workload.name)
}

fn node(number: usize) -> String {
    format!("node-{number:02}")
}

fn owner(kind: &str, name: &str) -> Value {
    let of = name.trim_end_matches(HASH).trim_end_matches('-');
    json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": format!("{kind}-{of}"), "controller": true}])
}

/// So many seconds from now.
fn seconds(from_now: i64) -> String {
    let at = Timestamp::now() + SignedDuration::from_secs(from_now);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
