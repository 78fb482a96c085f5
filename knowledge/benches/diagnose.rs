//! How long one pod takes: diagnosing it, and rendering its page. Parsing is not counted.

#![expect(clippy::expect_used, reason = "a broken bench must stop")]

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use podwhy_knowledge::schedule::evaluate;
use podwhy_knowledge::schedule::filters::Filters;
use podwhy_knowledge::schedule::fix::search;
use podwhy_knowledge::schedule::scene::Scene;
use podwhy_knowledge::schedule::wanted::Wanted;
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
    let log: String = (0..200)
        .map(|n| format!("2026-05-04T09:10:{:02}Z level=error msg=\"could not load row {n} of the ledger, giving up after 3 tries\" trace={n:08x}\n", n % 60))
        .collect();
    let key = ("shop".to_string(), "cart-0".to_string(), "app".to_string());
    world.logs.entry(key).or_default().previous = Some(log.into());
    world.finish(None);
    Arc::new(world)
}

/// 10,000 pods on 1,000 nodes, each kept apart from its like and spread over the zones; one more waits.
fn crowd() -> Arc<World> {
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

fn bench(c: &mut Criterion) {
    let crowd = crowd();
    let waiting = Snapshot::of_pod(&crowd, "shop", "waiting").expect("the bench's own pod");
    let wanted = Wanted::of(waiting.pod().expect("a pod"));
    let scene = Scene::of(&crowd);
    let rows = Filters::of(&scene, &wanted).rows();
    c.bench_function("pending among 10,000 pods on 1,000 nodes", |b| {
        b.iter(|| Filters::of(&scene, &wanted).rows());
    });
    c.bench_function("pending, its smallest change", |b| b.iter(|| search(&scene, &wanted, &rows)));
    c.bench_function("pending, as its kin", |b| {
        b.iter(|| {
            let waiting = Snapshot::of_pod(&crowd, "shop", "waiting").expect("the bench's own pod");
            evaluate(&waiting).map(|table| table.rows.len())
        });
    });
    let world = world();
    let snapshot = Snapshot::of_pod(&world, "shop", "cart-0").expect("the bench's own pod");
    let found = diagnose(&snapshot);
    assert_eq!(found.top().cause, "app-exited");
    c.bench_function("snapshot", |b| b.iter(|| Snapshot::of_pod(&world, "shop", "cart-0")));
    c.bench_function("diagnose", |b| b.iter(|| diagnose(&snapshot)));
    c.bench_function("page/en", |b| b.iter(|| page(found.top(), Lang::En)));
    c.bench_function("page/zh", |b| b.iter(|| page(found.top(), Lang::Zh)));
}

criterion_group!(benches, bench);
criterion_main!(benches);
