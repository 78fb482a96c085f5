//! How long one pod takes: diagnosing it, and rendering its page. Parsing is not counted.

#![expect(clippy::expect_used, reason = "a broken bench must stop")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use podwhy_knowledge::schedule::evaluate;
use podwhy_knowledge::schedule::filters::Filters;
use podwhy_knowledge::schedule::fix::search;
use podwhy_knowledge::schedule::scene::Scene;
use podwhy_knowledge::schedule::wanted::Wanted;
use podwhy_knowledge::triage::triage;
use podwhy_knowledge::{Lang, Snapshot, World, diagnose, page};
use serde_json::{Value, json};

/// A crash-looping pod with 20 events and a log of 200 lines.
fn world() -> Arc<World> {
    let mut world = World::default();
    let pod = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "cart-0", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-05-04T09:00:00Z"},
        "spec": {"nodeName": "n1", "containers": [{"name": "app", "image": "registry.example/cart:1"}]},
        "status": {"phase": "Running", "qosClass": "BestEffort",
            "conditions": [{"type": "Ready", "status": "False", "reason": "ContainersNotReady"}],
            "containerStatuses": [{"name": "app", "image": "", "imageID": "", "ready": false, "restartCount": 7,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=app"}},
                "lastState": {"terminated": {"exitCode": 2, "reason": "Error", "startedAt": "2026-05-04T09:10:00Z",
                    "finishedAt": "2026-05-04T09:10:03Z"}}}]},
    });
    let events = (0..20).map(|n| {
        json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": format!("e{n}"), "namespace": "shop"},
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "cart-0", "uid": "u",
                "fieldPath": "spec.containers{app}"},
            "reason": "BackOff", "type": "Warning", "count": n + 1,
            "message": format!("Back-off restarting failed container app in pod cart-0_shop({n})"),
            "lastTimestamp": format!("2026-05-04T09:{:02}:00Z", n + 10)})
    });
    for object in std::iter::once(pod).chain(events).collect::<Vec<Value>>() {
        world.add(object).expect("the bench's own objects");
    }
    let key = ("shop".to_string(), "cart-0".to_string(), "app".to_string());
    world.logs.entry(key).or_default().previous = Some(include_str!("cart.log").into());
    world.finish(None);
    Arc::new(world)
}

/// Ten thousand pods of five hundred Deployments on two hundred nodes; one in ten fails in one of four ways.
fn crowd() -> Arc<World> {
    let mut world = World::default();
    for n in 0..200 {
        let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("n{n}")},
            "status": {"allocatable": {"cpu": "16", "memory": "64Gi", "pods": "110"},
                "conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}]}});
        world.add(node).expect("the bench's own objects");
    }
    for n in 0..10_000 {
        world.add(one_of_many(n)).expect("the bench's own objects");
    }
    world.finish(None);
    Arc::new(world)
}

/// 10,000 pods on 1,000 nodes, each kept apart from its like and spread over the zones; one more waits.
fn apart() -> Arc<World> {
    let mut world = World::default();
    world.lean = true;
    let like = |app: usize| json!({"matchLabels": {"app": format!("app-{app}")}});
    let apart = |app: usize| {
        json!({"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution":
            [{"topologyKey": "kubernetes.io/hostname", "labelSelector": like(app)}]}})
    };
    for n in 0..1_000 {
        let labels = json!({"kubernetes.io/hostname": format!("n{n}"), "topology.kubernetes.io/zone": format!("z{}", n % 3)});
        let allocatable = json!({"cpu": "8", "memory": "32Gi", "pods": "110"});
        world
            .add(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": format!("n{n}"), "labels": labels},
                "status": {"allocatable": allocatable}}))
            .expect("the bench's own node");
    }
    for n in 0..10_000 {
        let app = n / 1_000;
        world
            .add(json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": format!("p{n}"), "namespace": "shop", "labels": {"app": format!("app-{app}")}},
                "spec": {"nodeName": format!("n{}", n % 1_000), "affinity": apart(app), "containers": [
                    {"name": "app", "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}}}]},
                "status": {"phase": "Running"}}))
            .expect("the bench's own pod");
    }
    let spread = json!([{"topologyKey": "topology.kubernetes.io/zone", "maxSkew": 1,
        "whenUnsatisfiable": "DoNotSchedule", "labelSelector": like(3)}]);
    let said = "0/1000 nodes are available: 1000 node(s) didn't match pod anti-affinity rules.";
    world
        .add(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "waiting", "namespace": "shop", "labels": {"app": "app-3"}},
            "spec": {"affinity": apart(3), "topologySpreadConstraints": spread, "containers": [{"name": "app"}]},
            "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
                "reason": "Unschedulable", "message": said}]}}))
        .expect("the bench's own pod");
    world.finish(None);
    Arc::new(world)
}

fn one_of_many(n: usize) -> Value {
    let waiting = |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
    let ended = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "startedAt": "2026-05-04T09:10:00Z",
        "finishedAt": "2026-05-04T09:12:00Z"}});
    let (ready, state, last) = match n % 40 {
        0 => (false, waiting("CrashLoopBackOff", "back-off 5m0s restarting failed container=app"), ended),
        10 => (false, waiting("ErrImagePull", "failed to resolve reference: not found"), json!({})),
        20 => (false, waiting("CreateContainerConfigError", "configmap \"settings\" not found"), json!({})),
        _ => (n % 40 != 30, json!({"running": {"startedAt": "2026-05-04T09:00:00Z"}}), json!({})),
    };
    let status = if ready { "True" } else { "False" };
    let team = n / 20;
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": format!("app-{team}-{n}"), "namespace": format!("team-{}", team % 50), "uid": format!("u{n}"),
            "creationTimestamp": "2026-05-04T08:00:00Z", "labels": {"app": format!("app-{team}")}},
        "spec": {"nodeName": format!("n{}", n % 200), "containers": [{"name": "app", "image": "registry.example/app:1",
            "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "256Mi"}}}]},
        "status": {"phase": "Running", "qosClass": "Burstable",
            "conditions": [{"type": "PodScheduled", "status": "True"}, {"type": "Ready", "status": status}],
            "containerStatuses": [{"name": "app", "image": "", "imageID": "", "ready": ready, "restartCount": 0,
                "state": state, "lastState": last}]}});
    if n % 40 == 30 {
        // waits for a node
        pod["spec"]["nodeName"] = Value::Null;
        pod["status"] = json!({"phase": "Pending", "qosClass": "Burstable", "conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "Unschedulable", "message": "0/200 nodes are available: 200 Insufficient cpu."}]});
    }
    pod
}

/// A log in which hardly a line is like another.
fn varied() -> String {
    let words = [
        "socket", "ledger", "orders", "denied", "cache", "timeout", "retry", "config", "loaded", "error",
        "warn", "info",
    ];
    let word = |n: usize| words[n % words.len()];
    let line = |n: usize| {
        format!(
            "2026-05-04 09:10:{:02} {} {}-{} {} of {} {}: dial tcp 10.0.{n}.7:5432: {} after {} {}\n",
            n % 60,
            word(n * 7),
            word(n),
            word(n * 5 + 1),
            word(n / 3),
            word(n * 11),
            word(n / 12),
            word(n * 13 + 2),
            word(n / 7),
            word(n / 5)
        )
    };
    (0..200).map(line).collect()
}

fn bench(c: &mut Criterion) {
    let apart = apart();
    let waiting = Snapshot::of_pod(&apart, "shop", "waiting").expect("the bench's own pod");
    let wanted = Wanted::of(waiting.pod().expect("a pod"));
    let scene = Scene::of(&apart);
    let rows = Filters::of(&scene, &wanted).rows();
    c.bench_function("pending among 10,000 pods on 1,000 nodes", |b| {
        b.iter(|| Filters::of(&scene, &wanted).rows());
    });
    c.bench_function("pending, its smallest change", |b| b.iter(|| search(&scene, &wanted, &rows)));
    c.bench_function("pending, as its kin", |b| {
        b.iter(|| {
            let waiting = Snapshot::of_pod(&apart, "shop", "waiting").expect("the bench's own pod");
            evaluate(&waiting).map(|table| table.rows.len())
        });
    });
    let world = world();
    let snapshot = Snapshot::of_pod(&world, "shop", "cart-0").expect("the bench's own pod");
    let found = diagnose(&snapshot);
    assert_eq!(found.top().cause, "app-exited");
    c.bench_function("snapshot", |b| b.iter(|| Snapshot::of_pod(&world, "shop", "cart-0")));
    // a fresh snapshot each time: what it works out once is part of the work
    let cut = || Snapshot::of_pod(&world, "shop", "cart-0").expect("the bench's own pod");
    c.bench_function("diagnose", |b| b.iter_batched(cut, |s| diagnose(&s), BatchSize::SmallInput));
    let log = snapshot.log("app").and_then(|log| log.previous.clone()).expect("the bench's own log");
    c.bench_function("log", |b| b.iter(|| podwhy_knowledge::logs::read(&log)));
    let varied = varied();
    c.bench_function("log/varied", |b| b.iter(|| podwhy_knowledge::logs::read(&varied)));
    let line = podwhy_knowledge::logs::read(&varied).expect("the bench's own log").line;
    c.bench_function("log/hosts", |b| b.iter(|| podwhy_knowledge::logs::names::hosts_in(&line)));
    c.bench_function("page/en", |b| b.iter(|| page(found.top(), Lang::En)));
    c.bench_function("page/zh", |b| b.iter(|| page(found.top(), Lang::Zh)));
    let crowd = crowd();
    let found = triage(&crowd, |_| true);
    assert_eq!((found.failing + found.healthy, found.failing >= 750), (10_000, true));
    c.bench_function("triage/10000", |b| b.iter(|| triage(&crowd, |_| true)));
}

criterion_group!(benches, bench);
criterion_main!(benches);
