//! What stands as it is meant to beside what looks like it, and what must not be advised.

use std::sync::Arc;

use podwhy_knowledge::moment::Moment;
use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::triage::triage;
use podwhy_knowledge::{Diagnosis, Lang, Target, Verdict, World, diagnose, page};
use serde_json::{Value, json};

fn world(objects: &[Value]) -> Arc<World> {
    let mut world = World::default();
    objects.iter().for_each(|object| world.add(object.clone()).unwrap());
    let at = "2026-06-10T12:00:00Z".parse().unwrap();
    world.finish(Some(Moment { at, exact: true }));
    Arc::new(world)
}

fn ask(objects: &[Value], target: &str) -> Diagnosis {
    let world = world(objects);
    let target: Target = target.parse().unwrap();
    diagnose(&resolve(&world, &target, Some("shop")).unwrap())
}

/// Everything the page of the first finding says, commands included.
fn said(diagnosis: &Diagnosis) -> String {
    let page = page(&diagnosis.findings[0], Lang::En).unwrap();
    let steps =
        page.remedies.iter().map(|r| format!("{} {}", r.title, r.command.clone().unwrap_or_default()));
    format!("{} {} {}", page.summary, page.explanation, steps.collect::<Vec<_>>().join(" "))
}

fn owned(kind: &str, name: &str) -> Value {
    json!([{"apiVersion": "x/v1", "kind": kind, "name": name, "uid": name, "controller": true}])
}

fn meta(name: &str, labels: Value) -> Value {
    json!({"name": name, "namespace": "shop", "uid": name, "creationTimestamp": "2026-06-01T12:00:00Z", "labels": labels})
}

fn pod(name: &str, labels: Value, owner: (&str, &str)) -> Value {
    let mut meta = meta(name, labels);
    meta["ownerReferences"] = owned(owner.0, owner.1);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": meta,
        "spec": {"nodeName": "wrk-1", "containers": [{"name": "app", "image": "r.example/app:1"}]},
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-06-01T12:00:05Z"}],
            "containerStatuses": [{"name": "app", "image": "r.example/app:1", "imageID": "x", "ready": true, "restartCount": 0,
                "state": {"running": {"startedAt": "2026-06-01T12:00:03Z"}}}]}})
}

fn workload(kind: &str, name: &str, labels: Value, spec: Value, status: Value) -> Value {
    let mut object = json!({"apiVersion": "apps/v1", "kind": kind, "metadata": meta(name, json!({})), "spec": spec, "status": status});
    object["spec"]["template"] = json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "r.example/app:1"}]}});
    object
}

fn service(name: &str, selector: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Service", "metadata": meta(name, json!({})),
        "spec": {"clusterIP": "10.0.0.9", "selector": selector, "ports": [{"port": 80}]}})
}

fn slice(service: &str, address: Option<&str>) -> Value {
    let endpoints: Vec<Value> =
        address.iter().map(|ip| json!({"addresses": [ip], "conditions": {"ready": true}})).collect();
    json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
        "metadata": meta(&format!("{service}-x"), json!({"kubernetes.io/service-name": service})), "endpoints": endpoints})
}

#[test]
fn a_service_for_one_pod_of_a_set_is_not_sent_to_another() {
    let name = "statefulset.kubernetes.io/pod-name";
    let set = workload(
        "StatefulSet",
        "kafka",
        json!({"app": "kafka"}),
        json!({"replicas": 1}),
        json!({"replicas": 1, "readyReplicas": 1}),
    );
    let objects = [
        set,
        pod("kafka-0", json!({"app": "kafka", name: "kafka-0"}), ("StatefulSet", "kafka")),
        service("kafka-2-out", json!({"app": "kafka", name: "kafka-2"})),
        slice("kafka-2-out", None),
    ];
    assert_eq!(ask(&objects, "pod/kafka-0").verdict, Verdict::Healthy);
    let alone = said(&ask(&objects, "svc/kafka-2-out"));
    assert!(
        alone.contains("StatefulSet kafka has no pod kafka-2 any more") && !alone.contains("patch"),
        "{alone}"
    );
}

#[test]
fn a_service_of_another_version_is_not_sent_to_this_one() {
    let set = workload(
        "ReplicaSet",
        "checkout-v2",
        json!({"app": "checkout-v2"}),
        json!({"replicas": 1}),
        json!({"replicas": 1, "readyReplicas": 1}),
    );
    let objects = [
        set,
        pod("checkout-v2-a", json!({"app": "checkout-v2"}), ("ReplicaSet", "checkout-v2")),
        service("checkout-v1", json!({"app": "checkout-v1"})),
        slice("checkout-v1", None),
    ];
    assert_eq!(ask(&objects, "pod/checkout-v2-a").verdict, Verdict::Healthy);
    assert!(!said(&ask(&objects, "svc/checkout-v1")).contains("patch"));
}

#[test]
fn a_workload_of_an_operator_is_counted() {
    let refused = json!([{"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate",
        "message": "pods \"agent-\" is forbidden: error looking up service account shop/agent: serviceaccount \"agent\" not found"}]);
    let mut set = workload(
        "Deployment",
        "agent",
        json!({"app": "agent"}),
        json!({"replicas": 1}),
        json!({"replicas": 0, "conditions": refused}),
    );
    set["metadata"]["ownerReferences"] = owned("Telemetry", "main");
    let found = triage(&world(&[set.clone()]), |_| true);
    assert_eq!((found.failing, found.groups[0].finding.cause), (1, "service-account-missing"));
    // and its pods tell it once
    let mut waiting = pod("agent-a", json!({"app": "agent"}), ("Deployment", "agent"));
    waiting["status"] = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}],
        "containerStatuses": [{"name": "app", "image": "r.example/app:1", "imageID": "", "ready": false, "restartCount": 0,
            "state": {"waiting": {"reason": "CreateContainerConfigError", "message": "configmap \"agent\" not found"}}}]});
    set["status"] = json!({"replicas": 1});
    assert_eq!(triage(&world(&[set, waiting]), |_| true).failing, 1);
}

#[test]
fn a_pod_of_a_bad_revision_is_not_led_back_to_it() {
    let set = workload(
        "StatefulSet",
        "db",
        json!({"app": "db"}),
        json!({"replicas": 1}),
        json!({"replicas": 1, "updateRevision": "db-good"}),
    );
    let mut stuck =
        pod("db-0", json!({"app": "db", "controller-revision-hash": "db-bad"}), ("StatefulSet", "db"));
    stuck["spec"]["containers"][0]["image"] = json!("r.example/app:typo");
    stuck["status"] = json!({"phase": "Pending", "containerStatuses": [{"name": "app", "image": "r.example/app:typo", "imageID": "", "ready": false,
        "restartCount": 0, "state": {"waiting": {"reason": "ImagePullBackOff",
            "message": "Back-off pulling image \"r.example/app:typo\": ErrImagePull: rpc error: code = NotFound desc = failed to pull and unpack image \"r.example/app:typo\": failed to resolve reference \"r.example/app:typo\": r.example/app:typo: not found"}}}]});
    let diagnosis = ask(&[set, stuck], "pod/db-0");
    let said = said(&diagnosis);
    assert_eq!(diagnosis.top().cause, "image-name-wrong");
    assert!(
        said.contains("delete pod db-0") && !said.contains("undo") && !said.contains("set image"),
        "{said}"
    );
}

#[test]
fn what_a_queue_holds_back_is_not_to_be_resumed() {
    let mut job = workload("Job", "train", json!({}), json!({"suspend": true, "parallelism": 1}), json!({}));
    job["apiVersion"] = json!("batch/v1");
    job["metadata"]["labels"] = json!({"kueue.x-k8s.io/queue-name": "gpu"});
    let diagnosis = ask(&[job], "job/train");
    let said = said(&diagnosis);
    assert_eq!(diagnosis.verdict, Verdict::Expected);
    assert!(said.contains("Kueue (gpu)") && !said.contains("suspend\":false"), "{said}");
}

#[test]
fn a_cron_job_whose_times_cannot_be_read_is_not_well() {
    let cron = json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": meta("night", json!({})), "spec": {"schedule": "0 2 * * *", "timeZone": "Europe/Berln"}, "status": {}});
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "night.1", "namespace": "shop"},
        "involvedObject": {"kind": "CronJob", "namespace": "shop", "name": "night", "uid": "night"}, "type": "Warning",
        "reason": "UnknownTimeZone", "message": "invalid timeZone: \"Europe/Berln\"", "lastTimestamp": "2026-06-10T11:59:00Z"});
    assert_eq!(ask(std::slice::from_ref(&cron), "cronjob/night").verdict, Verdict::Healthy);
    assert_eq!(ask(&[cron, event], "cronjob/night").verdict, Verdict::Unknown);
}

#[test]
fn a_service_that_waits_for_its_load_balancer_says_so() {
    let mut front = service("web", json!({"app": "web"}));
    front["spec"]["type"] = json!("LoadBalancer");
    let objects =
        [front, pod("web-a", json!({"app": "web"}), ("ReplicaSet", "web")), slice("web", Some("10.1.0.4"))];
    let diagnosis = ask(&objects, "svc/web");
    assert!(
        diagnosis.verdict == Verdict::Healthy
            && said(&diagnosis).contains("its load balancer has no address")
    );
}
