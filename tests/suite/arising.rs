//! Causes that arise: plain manifests, a real scheduler and controller manager, and no status written by hand.

use std::time::Duration;

use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::Target;
use podwhy_kubernetes::{Connection, LiveCluster};
use podwhy_tests::bridge::{FakeKubelet, Server, apply};
use podwhy_tests::control_plane::{Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::{Value, json};

const NAMESPACE: &str = "shop";

/// What is asked about, and what must have become of it.
const ARISE: &[(&str, &str)] = &[
    ("pod/wants-ssd", "node-selector-unmatched"),
    ("pod/wants-cpu", "insufficient-cpu"),
    ("pod/wants-memory", "insufficient-memory"),
    ("pod/wants-disk", "insufficient-ephemeral-storage"),
    ("pod/wants-gpu", "insufficient-extended-resource"),
    ("pod/wants-batch", "taint-not-tolerated"),
    ("pod/wants-port-too", "host-port-conflict"),
    ("pod/wants-claim", "pvc-unbound"),
    ("pod/gated", "scheduling-gated"),
    ("deploy/at-zero", "workload-paused-or-zero"),
    ("cronjob/asleep", "workload-paused-or-zero"),
    ("pod/held", "finalizer-stuck"),
    ("deploy/web", "healthy"),
];

fn node(name: &str, cpu: &str, extra: Value) -> Value {
    let room = json!({"cpu": cpu, "memory": "8Gi", "ephemeral-storage": "100Gi", "pods": "110"});
    let mut node = json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, "pool": name}},
        "spec": {}, "status": {"allocatable": room, "capacity": room}});
    node["spec"] = extra;
    node
}

fn pod(name: &str, extra: Value, requests: Value) -> Value {
    let mut spec = json!({"containers": [{"name": "app", "image": "example.org/app:1",
        "resources": {"requests": requests}}]});
    for (field, value) in extra.as_object().into_iter().flatten() {
        spec[field] = value.clone();
    }
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec})
}

fn port(name: &str) -> Value {
    let mut pod = pod(name, json!({"nodeSelector": {"pool": "general"}}), json!({}));
    pod["spec"]["containers"][0]["ports"] = json!([{"containerPort": 9100, "hostPort": 9100}]);
    pod
}

fn workload(kind: &str, name: &str, spec: Value) -> Value {
    let group = if kind == "CronJob" { "batch/v1" } else { "apps/v1" };
    json!({"apiVersion": group, "kind": kind, "metadata": {"name": name, "namespace": NAMESPACE}, "spec": spec})
}

fn deployment(name: &str, replicas: i64) -> Value {
    let template = json!({"metadata": {"labels": {"app": name}},
        "spec": {"nodeSelector": {"pool": "general"}, "containers": [{"name": "app", "image": "example.org/app:1"}]}});
    let spec =
        json!({"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template});
    workload("Deployment", name, spec)
}

/// What is there before: nodes, a holder of the port, and a pod that is going to be deleted.
fn before() -> Vec<Value> {
    let mut held = pod("held", json!({"nodeSelector": {"pool": "general"}}), json!({}));
    held["metadata"]["finalizers"] = json!(["example.com/backup"]);
    vec![
        node("general", "4", json!({})),
        node("small", "1", json!({})),
        node(
            "batch",
            "4",
            json!({"taints": [{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]}),
        ),
        port("wants-port"),
        held,
    ]
}

fn after() -> Vec<Value> {
    let volumes = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": NAMESPACE},
        "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}});
    let job = json!({"template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "app", "image": "example.org/app:1"}]}}});
    let mut gpu = pod("wants-gpu", json!({}), json!({"example.com/gpu": "1"}));
    gpu["spec"]["containers"][0]["resources"]["limits"] = json!({"example.com/gpu": "1"});
    vec![
        pod("wants-ssd", json!({"nodeSelector": {"disk": "ssd"}}), json!({})),
        pod("wants-cpu", json!({}), json!({"cpu": "64"})),
        pod("wants-memory", json!({}), json!({"memory": "64Gi"})),
        pod("wants-disk", json!({}), json!({"ephemeral-storage": "900Gi"})),
        gpu,
        pod("wants-batch", json!({"nodeSelector": {"pool": "batch"}}), json!({})),
        port("wants-port-too"),
        claim,
        pod("wants-claim", json!({"volumes": volumes}), json!({})),
        pod("gated", json!({"schedulingGates": [{"name": "example.com/quota"}]}), json!({})),
        deployment("at-zero", 0),
        deployment("web", 1),
        workload(
            "CronJob",
            "asleep",
            json!({"schedule": "0 3 * * *", "suspend": true, "jobTemplate": {"spec": job}}),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn causes_arise_from_plain_manifests() {
    let Some(control_plane) = control_plane_or_say("causes that arise", Options::cluster()) else { return };
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let kubelet = FakeKubelet::start().await.unwrap();
    let connection = Connection { namespace: Some(NAMESPACE.to_string()), ..Connection::default() };
    let cluster = live(control_plane.admin_kubeconfig(), connection).await.unwrap();
    let put = async |objects: Vec<Value>| {
        let applied = apply(&server, &objects, &kubelet).await.unwrap();
        assert_eq!(applied.refused, Vec::<String>::new());
    };
    put(before()).await;
    for name in ["wants-port", "held"] {
        let target: Target = format!("pod/{name}").parse().unwrap();
        wait(&cluster, &target, "healthy").await;
    }
    server.end("Pod", NAMESPACE, "held").await.unwrap();
    put(after()).await;
    for (target, cause) in ARISE {
        wait(&cluster, &target.parse().unwrap(), cause).await;
    }
}

async fn wait(cluster: &LiveCluster, target: &Target, cause: &str) {
    let mut last = String::new();
    let found = eventually(&format!("{target}: {cause}"), Duration::from_secs(60), async || {
        let collected = cluster.subject(target).await?;
        let world = std::sync::Arc::new(collected.into_world());
        let Ok(snapshot) = podwhy_knowledge::resolve::resolve(&world, target, Some(NAMESPACE)) else {
            return Ok(None);
        };
        let diagnosis = podwhy_knowledge::diagnose(&snapshot);
        last = format!("{:?}", diagnosis.top());
        Ok((diagnosis.top().cause == cause).then_some(diagnosis.top().confidence))
    })
    .await;
    match found {
        Ok(confidence) => println!("{target}: {cause} ({confidence:?})"),
        Err(error) => panic!("{error:#}; last it was {last}"),
    }
}
