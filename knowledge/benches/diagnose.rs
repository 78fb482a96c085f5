//! How long one pod takes: diagnosing it, and rendering its page. Parsing is not counted.

#![expect(clippy::expect_used, reason = "a broken bench must stop")]

use std::sync::Arc;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
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
}

criterion_group!(benches, bench);
criterion_main!(benches);
