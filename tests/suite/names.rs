//! The names of pods, watched on a real API server and on the playground: what a completion is made of.

use std::time::Duration;

use podwhy_flow::ports::ClusterRead;
use podwhy_kubernetes::{Connection, LiveCluster};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::json;

use crate::live::shop;

const SOON: Duration = Duration::from_secs(20);

async fn cluster(file: &std::path::Path, namespaces: &[&str]) -> LiveCluster {
    let namespaces = namespaces.iter().map(|name| (*name).to_string()).collect();
    live(file, Connection { namespaces, ..Connection::default() }).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_follow_the_cluster_and_cost_no_request() {
    let Some(control_plane) = control_plane_or_say("watched names", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespaces in [&[][..], &["shop"]] {
        let cluster = cluster(control_plane.admin_kubeconfig(), namespaces).await;
        assert!(cluster.places_of("cart-0").is_empty(), "nothing is watched yet");
        let watching = cluster.watch_names();
        let known = async |name: &str, wanted: bool| {
            eventually(name, SOON, async || {
                Ok((cluster.places_of(name).contains(&"shop".to_string()) == wanted).then_some(()))
            })
            .await
            .unwrap();
        };
        known("cart-0", true).await;
        let listed = async || Ok((cluster.names(Some("shop")).await == ["cart-0", "worker-0"]).then_some(()));
        eventually("the list", SOON, listed).await.unwrap();
        let before = cluster.requests_made();
        assert_eq!(cluster.names(Some("shop")).await, ["cart-0", "worker-0"]);
        assert_eq!(cluster.seen_like("work", &|_| true, 10), [("shop".to_string(), "worker-0".to_string())]);
        assert_eq!(cluster.requests_made(), before, "a completion asks nobody");
        let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "late-0", "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "image": "app:1"}]}});
        server.put(&pod).await.unwrap();
        known("late-0", true).await;
        server.end("Pod", "shop", "late-0").await.unwrap();
        known("late-0", false).await;
        drop(watching);
    }
}
