//! What happens by itself after a remedy.

use serde_json::{Value, json};

use super::{Cluster, JSON, STRATEGIC, node, pod};

const TAINT: &str = "node.kubernetes.io/out-of-service";

fn owned(mut object: Value, kind: &str, name: &str, uid: &str) -> Value {
    object["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": true}]);
    object
}

fn workload(kind: &str, name: &str) -> Value {
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name, "namespace": "shop", "uid": format!("uid-{name}"), "generation": 1},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "web:1"}]}}},
        "status": {"replicas": 2, "observedGeneration": 1}})
}

fn restart() -> Value {
    json!({"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-24T12:00:00Z"}}}}})
}

fn shop() -> Vec<Value> {
    let mut objects = vec![node("n1", "True"), node("n2", "True"), workload("Deployment", "web")];
    objects.push(owned(workload("ReplicaSet", "web-1"), "Deployment", "web", "uid-web"));
    objects.extend(["web-1-a", "web-1-b"].map(|name| owned(pod(name), "ReplicaSet", "web-1", "uid-web-1")));
    objects
}

fn names(objects: &[Value]) -> Vec<String> {
    objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap().to_string()).collect()
}

#[tokio::test]
async fn a_restarted_deployment_has_new_pods() {
    let cluster = Cluster::with(shop()).await;
    let path = "/apis/apps/v1/namespaces/shop/deployments/web";
    assert_eq!(cluster.ask("PATCH", path, &[STRATEGIC], restart()).await.0, 200);
    let sets = cluster.items("/apis/apps/v1/namespaces/shop/replicasets").await;
    let new = sets.iter().find(|set| set["metadata"]["name"] != "web-1").unwrap();
    let old = sets.iter().find(|set| set["metadata"]["name"] == "web-1").unwrap();
    assert_eq!((sets.len(), &old["spec"]["replicas"], &new["spec"]["replicas"]), (2, &json!(0), &json!(2)));
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    assert_eq!(pods.len(), 2);
    for pod in &pods {
        assert!(!names(&pods).iter().any(|name| name.starts_with("web-1-")), "{pod}");
        assert_eq!(pod["metadata"]["ownerReferences"][0]["uid"], new["metadata"]["uid"]);
        assert!(pod["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"].is_string(), "{pod}");
    }
    let deployment = cluster.get(path).await.1;
    assert_eq!(
        (&deployment["status"]["observedGeneration"], &deployment["status"]["updatedReplicas"]),
        (&json!(2), &json!(2))
    );
    // the same template again is no rollout
    cluster.ask("PATCH", path, &[STRATEGIC], restart()).await;
    assert_eq!(names(&cluster.items("/api/v1/namespaces/shop/pods").await), names(&pods));
}

#[tokio::test]
async fn a_restarted_statefulset_keeps_its_names() {
    let pods = ["db-0", "db-1"].map(|name| owned(pod(name), "StatefulSet", "db", "uid-db"));
    let cluster =
        Cluster::with(pods.into_iter().chain([node("n1", "True"), workload("StatefulSet", "db")])).await;
    let before = cluster.items("/api/v1/namespaces/shop/pods").await;
    cluster.ask("PATCH", "/apis/apps/v1/namespaces/shop/statefulsets/db", &[STRATEGIC], restart()).await;
    let after = cluster.items("/api/v1/namespaces/shop/pods").await;
    assert_eq!(names(&before), names(&after));
    for (before, after) in before.iter().zip(&after) {
        assert_ne!(before["metadata"]["uid"], after["metadata"]["uid"]);
    }
}

#[tokio::test]
async fn a_node_that_is_given_up_loses_its_pods_and_volumes() {
    let mut stays = pod("stays");
    stays["spec"]["tolerations"] = json!([{"key": TAINT, "operator": "Exists"}]);
    let attachment = |name: &str, node: &str| json!({"apiVersion": "storage.k8s.io/v1", "kind": "VolumeAttachment", "metadata": {"name": name}, "spec": {"nodeName": node}});
    let more = [node("n1", "Unknown"), stays, pod("alone"), attachment("a", "n1"), attachment("b", "n2")];
    let cluster = Cluster::with(shop().into_iter().chain(more)).await;
    let patch = json!([{"op": "add", "path": "/spec/taints", "value": [{"key": TAINT, "value": "nodeshutdown", "effect": "NoExecute"}]}]);
    assert_eq!(cluster.ask("PATCH", "/api/v1/nodes/n1", &[JSON], patch).await.0, 200);
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    let on = |node: &str| pods.iter().filter(|pod| pod["spec"]["nodeName"] == node).count();
    assert_eq!((pods.len(), on("n1"), on("n2")), (3, 1, 2), "{:?}", names(&pods));
    assert_eq!(names(&cluster.items("/apis/storage.k8s.io/v1/volumeattachments").await), ["b"]);
}

#[tokio::test]
async fn a_deleted_node_takes_its_pods_away() {
    let daemon = owned(pod("agent-x"), "DaemonSet", "agent", "uid-agent");
    let cluster = Cluster::with(shop().into_iter().chain([daemon, workload("DaemonSet", "agent")])).await;
    assert_eq!(cluster.ask("DELETE", "/api/v1/nodes/n1", &[], Value::Null).await.0, 200);
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    assert_eq!(pods.len(), 2, "{:?}", names(&pods));
    assert!(pods.iter().all(|pod| pod["spec"]["nodeName"] == "n2" && pod["status"]["phase"] == "Running"));
    assert_eq!(cluster.ask("DELETE", "/api/v1/nodes/n2", &[], Value::Null).await.0, 200);
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    assert!(
        pods.iter().all(|pod| pod["status"]["phase"] == "Pending" && pod["spec"].get("nodeName").is_none())
    );
}

#[tokio::test]
async fn a_pod_of_a_cordoned_node_comes_back_elsewhere() {
    let cluster = Cluster::with(shop()).await;
    cluster.ask("PATCH", "/api/v1/nodes/n1", &[STRATEGIC], json!({"spec": {"unschedulable": true}})).await;
    let now = "/api/v1/namespaces/shop/pods/web-1-a?gracePeriodSeconds=0";
    assert_eq!(cluster.ask("DELETE", now, &[], Value::Null).await.0, 200);
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    let on = |node: &str| pods.iter().filter(|pod| pod["spec"]["nodeName"] == node).count();
    assert_eq!((on("n1"), on("n2")), (1, 1));
}

#[tokio::test]
async fn a_daemon_stays_with_its_node() {
    let daemon = owned(pod("agent-x"), "DaemonSet", "agent", "uid-agent");
    let nodes = [node("n1", "Unknown"), node("n2", "True")];
    let cluster = Cluster::with(nodes.into_iter().chain([daemon, workload("DaemonSet", "agent")])).await;
    let now = "/api/v1/namespaces/shop/pods/agent-x?gracePeriodSeconds=0";
    assert_eq!(cluster.ask("DELETE", now, &[], Value::Null).await.0, 200);
    let pods = cluster.items("/api/v1/namespaces/shop/pods").await;
    assert_eq!((pods.len(), &pods[0]["spec"]["nodeName"]), (1, &json!("n1")));
}
