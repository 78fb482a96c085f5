//! Rights in some namespaces, and none beyond them: what is there is answered, and the rest is a gap.

use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::GapReason;
use podwhy_kubernetes::{Agents, Connection};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;

use super::{NAMESPACE, PATIENCE, PODWHY, printed};

const CONFIGURATION: &str =
    "clusters = [{ name = \"prod\", in_cluster = true, namespaces = [\"shop\", \"search\"] }]\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_in_them_is_answered_and_what_is_beyond_is_a_gap() {
    let options = Options { audit: true, kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("rights in some namespaces", options) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespace in [NAMESPACE, "shop", "search", "secret"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    for namespace in ["shop", "secret"] {
        server.put(&crate::races::evicted(namespace)).await.unwrap();
    }
    let account = control_plane.account(NAMESPACE, "podwhy").unwrap();
    let rights = printed(CONFIGURATION, &["--no-cluster-read", "--no-cluster-remediate"]);
    control_plane.apply(&rights).unwrap();
    eventually("podwhy may read", PATIENCE, async || {
        Ok(control_plane
            .say(&["auth", "can-i", "list", "pods", "-n", "search", "--as", PODWHY])?
            .0
            .then_some(()))
    })
    .await
    .unwrap();
    let connection = Connection {
        name: "prod".to_string(),
        namespaces: vec!["shop".to_string(), "search".to_string()],
        agents: Agents::none(),
        ..Connection::default()
    };
    let cluster = live(&account, connection).await.unwrap();
    let found = cluster.failing(None).await.unwrap();
    let pods: Vec<&str> = found
        .objects
        .iter()
        .filter(|object| object["kind"] == "Pod")
        .filter_map(|object| object["metadata"]["namespace"].as_str())
        .collect();
    assert_eq!(pods, ["shop"]);
    let read = cluster.subject(&"shop/ranker-x-1".parse().unwrap()).await.unwrap();
    let gaps: Vec<&str> = read.unread.keys().map(|(kind, ..)| kind.as_str()).collect();
    assert!(gaps.contains(&"Node"), "{gaps:?}");
    assert!(read.unread.values().all(|reason| *reason == GapReason::Forbidden), "{:?}", read.unread);
    assert!(cluster.subject(&"secret/ranker-x-1".parse().unwrap()).await.is_err());

    let (_, refused) = podwhy_tests::rights::tried(&control_plane, PODWHY).unwrap();
    for request in &refused {
        let about = request.about.as_ref().unwrap();
        let beyond = about.namespace.is_empty() || !["shop", "search"].contains(&about.namespace.as_str());
        assert!(beyond, "{request:?}");
    }
    let lists_all = |request: &&podwhy_tests::control_plane::Request| {
        let about = request.about.as_ref().unwrap();
        about.namespace.is_empty()
            && ["deployments", "jobs", "statefulsets"].contains(&about.resource.as_str())
    };
    assert_eq!(refused.iter().find(lists_all), None);
}
