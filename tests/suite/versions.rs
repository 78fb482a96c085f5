//! The oldest Kubernetes that podwhy reads: that a test can have its API server, and nodes on it.

use std::fs;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use kube::api::{Api, PostParams};
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::recordings::repository;
use serde_json::json;

/// What the module of the oldest server pins: `1.20.15`.
fn pinned() -> String {
    let text = fs::read_to_string(repository().join("tests/control-plane/oldest/go.mod")).unwrap();
    text.lines().find_map(|line| line.strip_prefix("require k8s.io/kubernetes v")).unwrap().to_string()
}

#[tokio::test]
async fn the_oldest_server_starts_and_says_its_version() {
    let options = Options { oldest: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("the oldest server", options) else { return };
    let client = control_plane.client(control_plane.admin()).unwrap();
    let said = client.apiserver_version().await.unwrap();
    let pinned = pinned();
    let numbers: Vec<&str> = pinned.split('.').collect();
    assert_eq!([said.major.as_str(), said.minor.as_str()], numbers[..2]);
    assert_eq!(said.git_version, format!("v{pinned}"));
}

#[tokio::test]
async fn a_pod_runs_on_the_oldest_server() {
    let options = Options { oldest: true, kwok: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("a pod on the oldest server", options) else { return };
    let client = control_plane.client(control_plane.admin()).unwrap();
    let (namespaces, nodes): (Api<Namespace>, Api<Node>) =
        (Api::all(client.clone()), Api::all(client.clone()));
    let pods: Api<Pod> = Api::namespaced(client, "shop");
    let given = PostParams::default();
    let shop = serde_json::from_value(json!({"metadata": {"name": "shop"}})).unwrap();
    namespaces.create(&given, &shop).await.unwrap();
    let node = serde_json::from_value(json!({"metadata": {"name": "node-1"}})).unwrap();
    nodes.create(&given, &node).await.unwrap();
    let containers = json!([{"name": "app", "image": "example.org/app:1"}]);
    let pod = json!({"metadata": {"name": "app"}, "spec": {"nodeName": "node-1", "containers": containers}});
    pods.create(&given, &serde_json::from_value(pod).unwrap()).await.unwrap();

    eventually("a running pod", Duration::from_secs(60), async || {
        let phase = pods.get("app").await?.status.and_then(|status| status.phase);
        Ok((phase.as_deref() == Some("Running")).then_some(()))
    })
    .await
    .unwrap();
}
