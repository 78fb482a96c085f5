//! Randomly made objects, the same in every run: put on the real server, read back with its defaults, and given to the
//! playground as they then are.

use std::collections::BTreeMap;

use podwhy_knowledge::world::ContainerLog;
use podwhy_playground::Store;
use podwhy_tests::bridge::{FakeKubelet, Server};
use serde_json::{Value, json};

use super::transcript::{Side, Step};

/// The lists of every kind that is made.
pub const LISTS: [&str; 12] = [
    "/api/v1/namespaces/conf-a/pods",
    "/api/v1/namespaces/conf-b/pods",
    "/api/v1/nodes",
    "/api/v1/namespaces/conf-a/configmaps",
    "/api/v1/namespaces/conf-a/events",
    "/api/v1/namespaces/conf-a/persistentvolumeclaims",
    "/apis/apps/v1/namespaces/conf-a/deployments",
    "/apis/apps/v1/namespaces/conf-a/replicasets",
    "/apis/apps/v1/namespaces/conf-a/statefulsets",
    "/apis/apps/v1/namespaces/conf-a/daemonsets",
    "/apis/batch/v1/namespaces/conf-a/jobs",
    "/apis/storage.k8s.io/v1/storageclasses",
];

/// Numbers that look random and are the same in every run (an LCG, Knuth's constants).
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        let at = usize::try_from(self.below(of.len() as u64)).unwrap();
        of[at]
    }

    fn chance(&mut self, in_ten: u64) -> bool {
        self.below(10) < in_ten
    }
}

pub async fn fill(server: &Server, real: &Side, kubelet: &FakeKubelet, store: &Store) {
    let mut dice = Dice(20_261_124);
    let log = ContainerLog { current: Some("one\ntwo\nthree\n".into()), previous: None };
    let key = ("conf-a".to_string(), "c-01".to_string(), "app".to_string());
    kubelet.set(BTreeMap::from([(key, log)])).unwrap();
    store.logs.set("conf-a", "c-01", "app", false, "one\ntwo\nthree\n");
    for namespace in ["conf-a", "conf-b"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    let mut objects = vec![];
    for number in 1..=5 {
        objects.push(node(&mut dice, number, kubelet.port()));
    }
    for namespace in ["conf-a", "conf-b"] {
        for number in 1..=7 {
            objects.push(pod(&mut dice, namespace, &format!("c-{number:02}")));
        }
    }
    for name in ["bound", "unbound", "held"] {
        objects.push(special(name));
    }
    for number in 1..=4 {
        objects.extend(others(&mut dice, number));
    }
    for object in &objects {
        server.put(object).await.unwrap();
    }
    // what the server made of it, and the namespaces it has of its own
    for list in LISTS.iter().chain(&["/api/v1/namespaces"]) {
        let step = Step::get(list);
        let (status, text) = real.send(&step, list).await;
        assert_eq!(status, 200, "{list}: {text}");
        let list: Value = serde_json::from_str(&text).unwrap();
        let kind = list["kind"].as_str().unwrap().trim_end_matches("List");
        for mut item in list["items"].as_array().unwrap().clone() {
            item["kind"] = json!(kind);
            item["apiVersion"] = list["apiVersion"].clone();
            store.put(item).unwrap();
        }
    }
}

fn labels(dice: &mut Dice) -> Value {
    let mut labels = json!({"app": dice.one(&["web", "db", "cache"])});
    if dice.chance(7) {
        labels["tier"] = json!(dice.one(&["front", "back"]));
    }
    if dice.chance(5) {
        labels["team"] = json!(dice.one(&["a", "b", ""]));
    }
    labels
}

fn node(dice: &mut Dice, number: u64, kubelet: u16) -> Value {
    let mut taints = vec![];
    if dice.chance(4) {
        taints
            .push(json!({"key": "dedicated", "value": dice.one(&["gpu", "batch"]), "effect": "NoSchedule"}));
    }
    let mut labels = labels(dice);
    if dice.chance(4) {
        labels["node-role.kubernetes.io/control-plane"] = json!("");
    }
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": format!("c-{number:02}"), "labels": labels}, "spec": {"taints": taints},
        // not Ready: nobody ends a pod there, on either server
        "status": {"conditions": [{"type": "Ready", "status": dice.one(&["False", "Unknown"])}],
            "capacity": {"cpu": "4", "pods": "110"}, "allocatable": {"cpu": "4", "pods": "110"},
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": kubelet}},
            "nodeInfo": {"kubeletVersion": "v1.37.1", "osImage": "Test 1", "kernelVersion": "6.1",
                "containerRuntimeVersion": "containerd://2.1.4", "machineID": "", "systemUUID": "", "bootID": "",
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64"}}})
}

fn pod(dice: &mut Dice, namespace: &str, name: &str) -> Value {
    let several = name != "c-01" && dice.chance(3);
    let mut containers = vec![json!({"name": "app", "image": "example.org/app:1"})];
    if several {
        containers.push(json!({"name": "side", "image": "example.org/side:1"}));
    }
    let mut spec = json!({"containers": containers});
    // the log's pod has a kubelet to ask
    if name == "c-01" || dice.chance(7) {
        spec["nodeName"] = json!(format!("c-{:02}", dice.below(5) + 1));
    }
    if dice.chance(3) {
        spec["readinessGates"] = json!([{"conditionType": "example.org/gate"}]);
    }
    if dice.chance(3) {
        spec["initContainers"] = json!([{"name": "init", "image": "example.org/init:1"}]);
    }
    let names: Vec<String> = spec["containers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["name"].as_str().unwrap().to_string())
        .collect();
    let statuses: Vec<Value> = names.iter().map(|name| container(dice, name)).collect();
    let mut status = json!({"phase": dice.one(&["Pending", "Running", "Running", "Succeeded", "Failed"]),
        "containerStatuses": statuses, "conditions": [{"type": "Ready", "status": dice.one(&["True", "False"])}]});
    if dice.chance(2) {
        status["reason"] = json!(dice.one(&["Evicted", "NodeLost"]));
    }
    if spec.get("initContainers").is_some() {
        status["initContainerStatuses"] = json!([container(dice, "init")]);
    }
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels(dice)}, "spec": spec, "status": status})
}

fn container(dice: &mut Dice, name: &str) -> Value {
    let end = json!({"exitCode": dice.below(3), "reason": dice.one(&["Error", "OOMKilled", "Completed"]),
        "startedAt": "2026-11-01T00:00:00Z", "finishedAt": "2026-11-01T00:10:00Z"});
    let state = match dice.below(3) {
        0 => {
            json!({"waiting": {"reason": dice.one(&["CrashLoopBackOff", "ImagePullBackOff", "PodInitializing"])}})
        }
        1 => json!({"running": {"startedAt": "2026-11-01T00:00:00Z"}}),
        _ => json!({"terminated": end.clone()}),
    };
    let restarts = dice.below(4);
    let mut status = json!({"name": name, "image": "example.org/app:1", "imageID": "", "ready": dice.chance(5),
        "restartCount": restarts, "state": state});
    if restarts > 0 {
        status["lastState"] = json!({"terminated": end});
    }
    status
}

/// Pods whose deletion is looked at.
fn special(name: &str) -> Value {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "conf-a", "labels": {"tier": "front"}},
        "spec": {"containers": [{"name": "app", "image": "example.org/app:1"}]}, "status": {"phase": "Pending"}});
    if name == "bound" {
        pod["spec"]["nodeName"] = json!("c-02");
    }
    if name == "held" {
        pod["metadata"]["finalizers"] = json!(["example.org/hold"]);
    }
    pod
}

fn others(dice: &mut Dice, number: u64) -> Vec<Value> {
    let metadata = |dice: &mut Dice| json!({"name": format!("c-{number:02}"), "namespace": "conf-a", "labels": labels(dice)});
    let template = json!({"metadata": {"labels": {"run": "x"}},
        "spec": {"containers": [{"name": "app", "image": "example.org/app:1"}]}});
    let selector = json!({"matchLabels": {"run": "x"}});
    let replicas = dice.below(4);
    let counts = json!({"replicas": replicas, "readyReplicas": dice.below(replicas + 1)});
    let workload = |kind: &str, dice: &mut Dice| {
        json!({"apiVersion": "apps/v1", "kind": kind, "metadata": metadata(dice),
            "spec": {"replicas": replicas, "selector": selector, "template": template}, "status": counts})
    };
    let mut stateful = workload("StatefulSet", dice);
    stateful["spec"]["serviceName"] = json!("x");
    let mut job = json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata(dice),
        "spec": {"template": template, "backoffLimit": dice.below(5)}});
    job["spec"]["template"]["spec"]["restartPolicy"] = json!("Never");
    let about = json!({"kind": "Pod", "namespace": "conf-a", "name": format!("c-{:02}", dice.below(4) + 1)});
    vec![
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(dice), "data": {"k": "v"}}),
        json!({"apiVersion": "v1", "kind": "Event", "metadata": metadata(dice), "involvedObject": about,
            "reason": "BackOff", "type": dice.one(&["Warning", "Normal"]), "message": "Back-off restarting",
            "count": dice.below(9) + 1, "firstTimestamp": "2026-11-01T00:00:00Z",
            "lastTimestamp": "2026-11-01T00:10:00Z", "source": {"component": "kubelet", "host": "c-01"}}),
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": metadata(dice),
            "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}},
                "storageClassName": "c-03"}}),
        workload("Deployment", dice),
        workload("ReplicaSet", dice),
        stateful,
        json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata(dice),
            "spec": {"selector": selector, "template": template}}),
        job,
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
            "metadata": {"name": format!("c-{number:02}"), "labels": labels(dice)}, "provisioner": "example.org/disk",
            "volumeBindingMode": dice.one(&["Immediate", "WaitForFirstConsumer"])}),
    ]
}
