//! A live cluster: rights in part, servers that hang, secrets that must not leave, and the command line on a kubeconfig.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ports::{ClusterError, ClusterRead};
use podwhy_knowledge::{Diagnosis, GapReason, Target};
use podwhy_kubernetes::{Connection, LiveCluster, Secrets, Timeouts};
use podwhy_tests::bridge::{FakeKubelet, Server, apply};
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say};
use podwhy_tests::live::live;
use serde_json::{Value, json};

use crate::terminal::binary;

const CANARY: &str = "c4n4ryS3cretV4lue9";

async fn cluster(control_plane: &ControlPlane, kubeconfig: &Path, secrets: Secrets) -> LiveCluster {
    let _running = control_plane;
    live(kubeconfig, Connection { secrets, ..Connection::default() }).await.unwrap()
}

fn diagnose(collected: Collected, target: &str) -> Diagnosis {
    let world = Arc::new(collected.into_world());
    let target: Target = target.parse().unwrap();
    podwhy_knowledge::diagnose(&podwhy_knowledge::resolve::resolve(&world, &target, None).unwrap())
}

/// A pod that waits for a Secret that is not there, beside ones full of canaries, on a node of its own.
fn objects() -> Vec<Value> {
    let waiting = json!({"reason": "CreateContainerConfigError", "message": "secret \"paymnts\" not found"});
    let containers = json!([{"name": "app", "image": "example.org/app:1",
        "args": ["--token", CANARY],
        "env": [{"name": "PLAIN", "value": CANARY},
            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "paymnts", "key": "k"}}}]}]);
    let applied = json!({"kind": "Pod", "spec": {"containers": containers}}).to_string();
    let ended = json!({"terminated": {"exitCode": 3, "reason": "Error",
        "startedAt": "2026-11-24T09:00:00Z", "finishedAt": "2026-11-24T09:00:05Z"}});
    vec![
        json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}, "status": {"conditions":
            [{"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "ok",
              "lastTransitionTime": "2026-11-24T08:00:00Z"}]}}),
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "payments", "namespace": "shop"},
            "type": "Opaque", "data": {"k": CANARY}}),
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings", "namespace": "shop"},
            "data": {"k": CANARY}}),
        json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "cart-0", "namespace": "shop",
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": applied}},
            "spec": {"nodeName": "n1", "containers": containers},
            "status": {"phase": "Pending", "containerStatuses": [{"name": "app", "image": "example.org/app:1",
                "imageID": "", "ready": false, "restartCount": 0, "state": {"waiting": waiting}}]}}),
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "worker-0", "namespace": "shop"},
            "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "example.org/app:1"}]},
            "status": {"phase": "Running", "containerStatuses": [{"name": "app", "image": "example.org/app:1",
                "imageID": "", "ready": false, "restartCount": 4,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
                "lastState": ended}]}}),
    ]
}

pub async fn shop(control_plane: &ControlPlane) -> FakeKubelet {
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let kubelet = FakeKubelet::start().await.unwrap();
    let log = format!("connecting to postgres://app:{CANARY}@db:5432/shop\nerror: cannot connect\n");
    let key = ("shop".to_string(), "worker-0".to_string(), "app".to_string());
    let log = podwhy_knowledge::world::ContainerLog { current: None, previous: Some(log.into()) };
    kubelet.set(BTreeMap::from([(key, log)])).unwrap();
    let applied = apply(&server, &objects(), &kubelet).await.unwrap();
    assert_eq!(applied.refused, Vec::<String>::new());
    // the bridge fills Secrets with values of its own: the canary goes in by hand
    let value = json!({"stringData": {"k": CANARY}, "data": {"k": null}});
    server.merge("Secret", "shop", "payments", &value).await.unwrap();
    server.merge("ConfigMap", "shop", "settings", &json!({"data": {"k": CANARY}})).await.unwrap();
    kubelet
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves_and_a_dump_says_the_same() {
    let Some(control_plane) = control_plane_or_say("secrets and dumps", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    for secrets in [Secrets::None, Secrets::Names, Secrets::Keys] {
        let cluster = cluster(&control_plane, control_plane.admin_kubeconfig(), secrets).await;
        for (target, cause) in [("shop/cart-0", "secret-missing"), ("shop/worker-0", "app-exited")] {
            let collected = cluster.subject(&target.parse().unwrap()).await.unwrap();
            let live = diagnose(collected.clone(), target);
            assert_eq!(live.top().cause, cause, "{secrets:?} {live:?}");
            assert!(!format!("{live:?}").contains(CANARY), "{secrets:?} {live:?}");
            let nearest = live.top().facts.get("nearest").cloned().unwrap_or_default();
            if cause == "secret-missing" {
                // the kubelet's own words prove it without any right on Secrets; names need the right
                assert_eq!(live.top().confidence.unwrap().as_str(), "certain");
                assert_eq!(nearest == json!("payments"), secrets != Secrets::None, "{secrets:?} {nearest}");
            }
            let folder = tempfile::tempdir().unwrap();
            let files = podwhy_files::write(&collected, folder.path()).unwrap();
            for file in &files {
                let text = std::fs::read_to_string(file).unwrap();
                assert!(!text.contains(CANARY), "{} holds the canary", file.display());
            }
            let dump = podwhy_files::read(folder.path(), &podwhy_files::Options::default()).unwrap();
            assert_eq!(dump.warnings, Vec::<String>::new());
            let world = Arc::new(dump.world);
            let target: Target = target.parse().unwrap();
            let again = podwhy_knowledge::resolve::resolve(&world, &target, None).unwrap();
            let again = podwhy_knowledge::diagnose(&again);
            let short = |d: &Diagnosis| {
                format!(
                    "{:?} {:?}",
                    d.findings.iter().map(|f| (f.cause, f.confidence, f.blame.clone())).collect::<Vec<_>>(),
                    d.gaps
                )
            };
            assert_eq!(short(&again), short(&live), "{secrets:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rights_in_one_namespace_answer_for_it_and_the_rest_is_a_gap() {
    let Some(control_plane) = control_plane_or_say("rights in one namespace", Options::default()) else {
        return;
    };
    let _kubelet = shop(&control_plane).await;
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let reader = control_plane.client_certificate("reader", &[]).unwrap();
    let rules = json!([{"apiGroups": ["", "apps", "batch"], "verbs": ["get", "list"],
        "resources": ["pods", "events", "configmaps", "deployments", "statefulsets", "daemonsets", "replicasets", "jobs", "cronjobs"]}]);
    server.grant("shop", "reader", &rules).await.unwrap();
    let connection = Connection { namespaces: vec!["shop".to_string()], ..Connection::default() };
    let cluster = live(reader.kubeconfig(), connection).await.unwrap();
    let collected = cluster.subject(&"shop/worker-0".parse().unwrap()).await.unwrap();
    let found = diagnose(collected, "shop/worker-0");
    assert_eq!(found.top().cause, "app-exited", "{found:?}");
    for what in ["Node n1", "log of container app in Pod shop/worker-0"] {
        let gap = found.gaps.iter().find(|gap| gap.what == what);
        assert_eq!(gap.map(|gap| gap.why), Some(GapReason::Forbidden), "{what}: {:?}", found.gaps);
    }
    let collected = cluster.failing(None).await.unwrap();
    let triage = podwhy_knowledge::triage::triage(&Arc::new(collected.into_world()), |_| true);
    let causes: Vec<&str> = triage.groups.iter().map(|group| group.finding.cause).collect();
    assert_eq!(causes, ["secret-missing", "app-exited"]);
    let elsewhere = cluster.subject(&"kube-system/x".parse().unwrap()).await;
    assert!(matches!(elsewhere, Err(ClusterError::Forbidden { .. })), "{elsewhere:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_hangs_ends_by_itself_and_delays_no_other() {
    let Some(control_plane) = control_plane_or_say("a cluster that hangs", Options::default()) else {
        return;
    };
    let _kubelet = shop(&control_plane).await;
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let url = format!("http://{}", silent.local_addr().unwrap());
    let text = json!({"apiVersion": "v1", "kind": "Config", "current-context": "silent",
        "clusters": [{"name": "silent", "cluster": {"server": url}}], "users": [{"name": "u", "user": {}}],
        "contexts": [{"name": "silent", "context": {"cluster": "silent", "user": "u"}}]});
    std::fs::write(&file, text.to_string()).unwrap();
    let timeouts = Timeouts { request: Duration::from_secs(8), ..Timeouts::default() };
    let hanging = live(&file, Connection { timeouts, ..Connection::default() }).await.unwrap();
    let well = cluster(&control_plane, control_plane.admin_kubeconfig(), Secrets::None).await;
    let target: Target = "shop/cart-0".parse().unwrap();
    let asked = target.clone();
    let hangs = tokio::spawn(async move { hanging.subject(&asked).await });
    let answer = diagnose(well.subject(&target).await.unwrap(), "shop/cart-0");
    assert_eq!(answer.top().cause, "secret-missing");
    // the other had its answer while this one was still being waited for
    assert!(!hangs.is_finished());
    let silent_answer = hangs.await.unwrap();
    assert!(matches!(silent_answer, Err(ClusterError::Unreachable { .. })), "{silent_answer:?}");
}

fn podwhy(kubeconfig: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(binary("podwhy"))
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        .env("PODWHY_CONFIG", "/dev/null")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_command_line_asks_a_kubeconfig() {
    let Some(control_plane) = control_plane_or_say("the command line", Options::default()) else { return };
    let _kubelet = shop(&control_plane).await;
    let kubeconfig = control_plane.admin_kubeconfig();
    let (code, out, err) = podwhy(kubeconfig, &["why", "cart-0", "-n", "shop", "-o", "json"]);
    assert_eq!((code, err.as_str()), (1, ""), "{out}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(answer["findings"][0]["cause"], json!("secret-missing"));
    assert_eq!(answer["target"]["cluster"], json!("test"));
    let (code, out, _) = podwhy(kubeconfig, &["triage"]);
    assert_eq!(code, 1);
    assert!(out.starts_with("2 failing") && !out.contains(CANARY), "{out}");
    let (code, out, err) = podwhy(kubeconfig, &["why", "shop/crat-0"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("did you mean shop/cart-0"), "{err}");
    let (code, out, err) = podwhy(kubeconfig, &["why", "shop/cart-0", "--context", "tset"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("did you mean test"), "{err}");
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("dump");
    let (code, _, err) = podwhy(kubeconfig, &["dump", "shop/cart-0", "-o", target.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (0, ""));
    let (code, out, _) =
        podwhy(Path::new("/nonexistent"), &["why", "shop/cart-0", "--from", target.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(out.contains("secret-missing · certain"), "{out}");
    let (code, out, err) = podwhy(Path::new("/nonexistent"), &["why", "shop/cart-0"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("no cluster to ask"), "{err}");
}
