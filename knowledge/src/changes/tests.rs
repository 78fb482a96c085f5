//! Changes around a pod, from objects as the API writes them.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Changed, What, of};
use crate::lang::Lang;
use crate::snapshot::Snapshot;
use crate::world::World;

const PODS: &str = "2026-06-11T07:30:00Z";

fn replica_set(hash: &str, revision: &str, made: &str, image: &str, memory: &str, env: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": {"name": format!("cart-{hash}"), "namespace": "shop", "uid": hash, "creationTimestamp": made,
            "annotations": {"deployment.kubernetes.io/revision": revision},
            "ownerReferences": [{"kind": "Deployment", "name": "cart", "controller": true}]},
        "spec": {"template": {"metadata": {"labels": {"app": "cart", "pod-template-hash": hash}},
            "spec": {"containers": [{"name": "app", "image": image, "env": [{"name": "DB_HOST", "value": env}],
                "resources": {"limits": {"memory": memory}}}]}}}})
}

fn objects() -> Vec<Value> {
    vec![
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "cart", "namespace": "shop",
            "creationTimestamp": "2026-03-01T00:00:00Z"}, "spec": {}, "status": {}}),
        replica_set("aaa", "3", "2026-06-01T08:00:00Z", "reg.example/cart:1", "256Mi", "db"),
        replica_set("bbb", "4", "2026-06-11T07:29:58Z", "reg.example/cart:2", "128Mi", "dbx"),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cart", "namespace": "shop",
            "creationTimestamp": "2026-01-01T00:00:00Z",
            "managedFields": [{"manager": "kubectl", "time": "2026-06-11T07:35:00Z"}]}, "data": {"a": "b"}}),
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "creationTimestamp": "2026-06-11T06:30:00Z"},
            "status": {"conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-06-11T06:31:00Z"}],
                "nodeInfo": {"kubeletVersion": "v1.35.0", "architecture": "", "bootID": "", "containerRuntimeVersion": "",
                    "kernelVersion": "", "kubeProxyVersion": "", "machineID": "", "operatingSystem": "", "osImage": "",
                    "systemUUID": ""}}}),
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "cart-bbb-x", "namespace": "shop", "uid": "u", "creationTimestamp": PODS,
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "cart-bbb", "uid": "bbb", "controller": true}]},
            "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "reg.example/cart:2",
                "envFrom": [{"configMapRef": {"name": "cart"}}]}]},
            "status": {"phase": "Running", "qosClass": "Burstable",
                "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-06-11T07:30:05Z"}],
                "containerStatuses": [{"name": "app", "image": "", "imageID": "", "ready": false, "restartCount": 2,
                    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2026-06-11T07:31:00Z",
                        "finishedAt": "2026-06-11T07:31:02Z"}}}]}}),
    ]
}

fn changes(objects: Vec<Value>) -> Vec<Changed> {
    let mut world = World::default();
    for object in objects {
        world.add(object).unwrap();
    }
    world.finish(None);
    of(&Snapshot::of_pod(&Arc::new(world), "shop", "cart-bbb-x").unwrap())
}

#[test]
fn a_rollout_a_config_and_a_new_node_are_told_with_their_times() {
    let found = changes(objects());
    let texts: Vec<String> = found.iter().map(|change| change.text(Lang::En)).collect();
    assert_eq!(
        texts,
        [
            "ConfigMap shop/cart was changed, 4m55s after the first sign of the failure, after the container had started: what it took into its environment is still the old state.",
            "Deployment shop/cart was rolled out as revision 4, 7s before the first sign of the failure: image of app: reg.example/cart:1 → reg.example/cart:2; limits.memory of app: 256Mi → 128Mi; environment variables of app differ: DB_HOST.",
            "Node n1 joined the cluster, 1h before the first sign of the failure.",
        ]
    );
    assert!(found.iter().all(|change| !change.text(Lang::Zh).is_empty() && change.at.is_some()));
    assert_eq!(
        found[1].text(Lang::Zh),
        "Deployment shop/cart 发布了 revision 4，比故障最早的迹象早 7s：容器 app 的镜像 reg.example/cart:1 → reg.example/cart:2；容器 app 的 limits.memory 256Mi → 128Mi；容器 app 的环境变量有变化：DB_HOST。"
    );
}

#[test]
fn what_is_old_is_not_told() {
    let mut objects = objects();
    objects[3]["metadata"]["managedFields"] = json!([]);
    objects[4]["metadata"]["creationTimestamp"] = "2026-05-01T00:00:00Z".into();
    objects[4]["status"]["conditions"][0]["lastTransitionTime"] = "2026-05-01T00:00:30Z".into();
    let found = changes(objects);
    assert_eq!(found.len(), 1);
    assert!(matches!(found[0].what, What::Rollout { revision: 4, back: false, .. }));
}

#[test]
fn a_pod_of_an_older_revision_was_not_changed_by_the_newest() {
    let mut objects = objects();
    objects.push(replica_set("ccc", "5", "2026-06-11T08:00:00Z", "reg.example/cart:3", "256Mi", "db"));
    assert!(!changes(objects).iter().any(|change| matches!(change.what, What::Rollout { .. })));
}

#[test]
fn a_revision_put_back_is_told_as_such() {
    let mut objects = objects();
    objects[1]["metadata"]["creationTimestamp"] = "2026-06-11T07:00:00Z".into();
    objects[2]["metadata"]["creationTimestamp"] = "2026-05-01T07:00:00Z".into();
    objects[0]["status"] = json!({"conditions": [{"type": "Progressing", "status": "True",
        "lastUpdateTime": "2026-06-11T07:29:59Z"}]});
    let found = changes(objects);
    let rollout =
        found.iter().find(|change| matches!(change.what, What::Rollout { back: true, .. })).unwrap();
    assert_eq!(rollout.at, "2026-06-11T07:29:59Z".parse().ok());
}

#[test]
fn a_revision_of_a_stateful_set_is_compared_with_the_one_before() {
    let revision = |name: &str, number: i64, made: &str, image: &str| {
        json!({"apiVersion": "apps/v1", "kind": "ControllerRevision", "revision": number,
            "metadata": {"name": name, "namespace": "shop", "creationTimestamp": made,
                "ownerReferences": [{"kind": "StatefulSet", "name": "cart", "controller": true}]},
            "data": {"spec": {"template": {"$patch": "replace", "spec": {"containers": [{"name": "app", "image": image}]}}}}})
    };
    let mut objects = objects();
    objects[0]["kind"] = "StatefulSet".into();
    objects[5]["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "cart", "uid": "s", "controller": true}]);
    objects[5]["metadata"]["labels"] = json!({"controller-revision-hash": "cart-5d"});
    objects.push(revision("cart-4c", 1, "2026-06-01T00:00:00Z", "a:1"));
    objects.push(revision("cart-5d", 2, "2026-06-11T07:29:00Z", "a:2"));
    let found = changes(objects);
    assert!(
        found.iter().any(|change| change.text(Lang::En).contains("image of app: a:1 → a:2")),
        "{found:?}"
    );
}

#[test]
fn another_version_is_told_of_a_node_that_is_new() {
    let node = |name: &str, version: &str, made: &str| {
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "creationTimestamp": made},
            "status": {"nodeInfo": {"kubeletVersion": version, "architecture": "", "bootID": "",
                "containerRuntimeVersion": "", "kernelVersion": "", "kubeProxyVersion": "", "machineID": "",
                "operatingSystem": "", "osImage": "", "systemUUID": ""}}})
    };
    let mut objects = objects();
    objects.push(node("n2", "v1.34.2", "2026-01-01T00:00:00Z"));
    objects.push(node("n3", "v1.34.2", "2026-01-01T00:00:00Z"));
    let told = |objects: &[Value]| {
        let found = changes(objects.to_vec());
        found
            .iter()
            .any(|change| change.text(Lang::En) == "Node n1 runs kubelet v1.35.0, most nodes run v1.34.2.")
    };
    assert!(told(&objects));
    objects[4]["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z".into();
    objects[4]["status"]["conditions"][0]["lastTransitionTime"] = "2026-01-01T00:01:00Z".into();
    assert!(!told(&objects));
}
