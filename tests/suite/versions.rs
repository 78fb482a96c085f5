//! The oldest Kubernetes that podwhy reads: what it does there, and what it says that it cannot. What it answers there: `bridge`.

use std::fs;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use kube::api::{Api, PostParams};
use podwhy_fakes::slack::FakeSlack;
use podwhy_flow::act::record::Target;
use podwhy_flow::ports::{ClusterWrite, KubernetesUser, Write};
use podwhy_kubernetes::Connection;
use podwhy_tests::bridge::Server;
use podwhy_tests::chat::{Bot, SOON, channel};
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use podwhy_tests::recordings::repository;
use serde_json::{Value, json};

use crate::slack::{said, subscribed, whispered};
use crate::terminal::binary;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_of_the_oldest_server_is_evicted_as_the_person() {
    let options = Options { oldest: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("an eviction on the oldest server", options) else {
        return;
    };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    server.ensure_namespace("shop").await.unwrap();
    let containers = json!([{"name": "app", "image": "example.org/app:1"}]);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "shop", "name": "app"},
        "spec": {"containers": containers}});
    let made = server.make(&pod).await.unwrap();
    let rules = json!([{"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}]);
    server.grant("shop", "ann", &rules).await.unwrap();
    let cluster = live(control_plane.admin_kubeconfig(), Connection::default()).await.unwrap();
    let [kind, namespace, name] = ["Pod", "shop", "app"].map(str::to_string);
    let uid = made["metadata"]["uid"].as_str().unwrap().to_string();
    let target = Target { kind, namespace, name, uid };
    let evict = Write::Evict(target.clone());
    let user = |name: &str| KubernetesUser { name: name.to_string(), groups: Vec::new() };
    assert!(cluster.write(&user("bob"), &evict, true, SOON).await.is_err());
    assert_eq!(cluster.write(&user("ann"), &evict, true, SOON).await, Ok(()));
    assert!(cluster.look(&target).await.unwrap().is_some(), "a dry run evicts nothing");
    assert_eq!(cluster.write(&user("ann"), &evict, false, SOON).await, Ok(()));
    assert_eq!(cluster.look(&target).await, Ok(None));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_oldest_server_cannot_have_is_said_and_everything_else_works() {
    let options = Options { oldest: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("a bot at home on the oldest server", options) else {
        return;
    };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    for namespace in ["podwhy", "shop"] {
        server.ensure_namespace(namespace).await.unwrap();
    }
    server.put(&crate::races::evicted("shop")).await.unwrap();
    server.put(&crate::rbac::lost("worker-3")).await.unwrap();
    let kubeconfig = control_plane.admin_kubeconfig();
    let more = format!(
        "{}[[clusters]]\nname = \"prod\"\nkubeconfig = {kubeconfig:?}\n[incidents]\nnamespace = \"podwhy\"\n\
         [[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"prod:*\"]\nwatch = true\n\
         [[people]]\nslack = \"U0ANN\"\nuser = \"ann\"\n\
         [remediation]\nsigning_key = {{ env = \"PODWHY_REMEDIATION_KEY\" }}\nof = [\"prod:*\"]\n",
        channel("slack", "C0OPS").replace("playground:", "prod:")
    );
    let slack = FakeSlack::start(subscribed()).await.unwrap();
    let config = control_plane.folder().join("podwhy.toml");
    let tokens = "[slack]\nbot_token = { env = \"A\" }\napp_token = { env = \"B\" }\n";
    fs::write(&config, format!("{tokens}{more}")).unwrap();
    let mut setup = std::process::Command::new(binary("podwhy"));
    setup.args(["setup", "-o", "json", "--slack-api", &slack.api_url(), "--config"]).arg(&config);
    setup.envs([("A", "xoxb-fake"), ("B", "xapp-fake")]);
    let output = tokio::task::spawn_blocking(move || setup.output().unwrap()).await.unwrap();
    let parts: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let checks = &parts.iter().find(|part| part["name"] == "cluster prod").unwrap()["checks"];
    let of = |what: &str| checks.as_array().unwrap().iter().find(|check| check["what"] == what).unwrap();
    let (minor, off) = (pinned().split('.').nth(1).unwrap().to_string(), json!("off"));
    assert_eq!(of("answers")["found"], format!("Kubernetes 1.{minor}"));
    for (what, words) in [
        ("incidents", "take Kubernetes 1.29"),
        ("remediations", "take Kubernetes 1.30"),
        ("the guard of remediations", "no ValidatingAdmissionPolicy v1"),
    ] {
        let check = of(what);
        assert!(check["outcome"] == off && check["why"].as_str().unwrap().contains(words), "{check}");
    }

    let running = Bot { slack: Some(&slack), more, ..Bot::default() }.start().await.unwrap();
    slack.wait_for(SOON, |state| (state.sockets() >= 2).then_some(())).await.unwrap();
    said(&slack, "C0OPS", "worker-3").await;
    slack.slash("U0ANN", "C0OPS", "why shop/ranker-x-1").unwrap();
    said(&slack, "C0OPS", "evicted").await;
    slack.slash("U0ANN", "C0OPS", "fix shop/ranker-x-1").unwrap();
    whispered(&slack, "U0ANN", "the cluster lacks what that takes").await;
    running.stop(SOON).await;
    assert_eq!(slack.violations(), []);
}
