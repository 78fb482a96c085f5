//! Ten thousand pods in twenty namespaces, a thousand of them failing: half Pending, half crashing, half of them in two
//! namespaces, of fourteen causes.

use serde_json::{Value, json};

pub const NAMESPACES: usize = 20;
pub const NODES: usize = 100;
pub const PODS: usize = 10_000;
pub const FAILING: usize = 1_000;

/// How a failing pod fails.
pub const PENDING: [&str; 7] = [
    "insufficient-cpu",
    "insufficient-memory",
    "insufficient-extended-resource",
    "node-selector-unmatched",
    "taint-not-tolerated",
    "scheduling-gated",
    "insufficient-ephemeral-storage",
];
pub const CRASHING: [&str; 7] = [
    "oom-killed",
    "app-exited",
    "liveness-probe-killing",
    "image-name-wrong",
    "registry-plain-http",
    "config-map-missing",
    "secret-missing",
];

/// One pod as it is made: itself, its status, its events.
pub struct Made {
    pub cause: Option<&'static str>,
    pub pod: Value,
    pub status: Value,
    pub events: Vec<Value>,
}

pub fn namespace(number: usize) -> String {
    format!("team-{number:02}")
}

pub fn nodes() -> Vec<Value> {
    (0..NODES)
        .map(|number| {
            let batch = number % 10 == 0;
            let room = json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "500Gi", "pods": "250"});
            let taints = if batch {
                json!([{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}])
            } else {
                json!([])
            };
            json!({"apiVersion": "v1", "kind": "Node",
                "metadata": {"name": format!("node-{number:03}"),
                    "labels": {"pool": if batch { "batch" } else { "general" }}},
                "spec": {"taints": taints},
                "status": {"allocatable": room, "capacity": room, "conditions": [{"type": "Ready", "status": "True",
                    "reason": "KubeletReady", "message": "ok", "lastTransitionTime": "2026-11-01T00:00:00Z"}]}})
        })
        .collect()
}

/// Every pod, in the order it is made.
pub fn pods(now: &str) -> Vec<Made> {
    let mut made = Vec::with_capacity(PODS);
    let mut failing = 0;
    for number in 0..PODS {
        let in_namespace = number % NAMESPACES;
        // half of the failing in two namespaces, the rest spread
        let quota = if in_namespace < 2 { FAILING / 4 } else { FAILING / 2 / (NAMESPACES - 2) };
        let rank = number / NAMESPACES;
        let fails = rank < quota
            || (in_namespace >= 2
                && rank == quota
                && failing < FAILING
                && in_namespace < 2 + FAILING / 2 % (NAMESPACES - 2));
        if fails {
            let causes = if failing % 2 == 0 { &PENDING } else { &CRASHING };
            made.push(broken(number, causes[failing / 2 % causes.len()], now));
            failing += 1;
        } else {
            made.push(well(number, now));
        }
    }
    made
}

fn base(number: usize, node: Option<usize>, extra: Value) -> Value {
    let name = format!("app-{number:05}");
    let env: Vec<Value> = (0..8)
        .map(|k| json!({"name": format!("SETTING_{k}"), "value": "some-value-of-normal-length"}))
        .collect();
    let mut container = json!({"name": "app", "image": "registry.example.com/team/app:v1.2.3", "env": env,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "500m", "memory": "512Mi"}, "limits": {"memory": "1Gi"}},
        "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10},
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}}});
    for (field, value) in extra.get("container").and_then(Value::as_object).into_iter().flatten() {
        container[field] = value.clone();
    }
    let mut spec = json!({"containers": [container]});
    if let Some(node) = node {
        spec["nodeName"] = json!(format!("node-{node:03}"));
    }
    for (field, value) in extra.get("spec").and_then(Value::as_object).into_iter().flatten() {
        spec[field] = value.clone();
    }
    json!({"apiVersion": "v1", "kind": "Pod", "spec": spec,
        "metadata": {"name": name, "namespace": namespace(number % NAMESPACES), "labels": {"app": "app", "tier": "backend"}}})
}

fn conditions(ready: bool, now: &str) -> Value {
    let ready = if ready { "True" } else { "False" };
    json!([{"type": "Initialized", "status": "True", "lastTransitionTime": now},
        {"type": "Ready", "status": ready, "lastTransitionTime": now},
        {"type": "ContainersReady", "status": ready, "lastTransitionTime": now},
        {"type": "PodScheduled", "status": "True", "lastTransitionTime": now}])
}

fn container_status(ready: bool, restarts: i64, state: Value, last: Value) -> Value {
    json!([{"name": "app", "image": "registry.example.com/team/app:v1.2.3", "imageID": "", "ready": ready,
        "restartCount": restarts, "state": state, "lastState": last}])
}

/// A node that takes any pod.
fn general(number: usize) -> usize {
    let node = number % NODES;
    if node.is_multiple_of(10) { node + 1 } else { node }
}

/// One of those that do not fail.
pub fn well(number: usize, now: &str) -> Made {
    let running = json!({"running": {"startedAt": now}});
    let status = json!({"phase": "Running", "conditions": conditions(true, now), "startTime": now,
        "containerStatuses": container_status(true, 0, running, json!({}))});
    Made { cause: None, pod: base(number, Some(general(number)), json!({})), status, events: Vec::new() }
}

fn broken(number: usize, cause: &'static str, now: &str) -> Made {
    if PENDING.contains(&cause) { pending(number, cause, now) } else { crashing(number, cause, now) }
}

fn pending(number: usize, cause: &'static str, now: &str) -> Made {
    let (extra, words) = match cause {
        "insufficient-cpu" => {
            (json!({"container": {"resources": {"requests": {"cpu": "128"}}}}), "90 Insufficient cpu")
        }
        "insufficient-memory" => {
            (json!({"container": {"resources": {"requests": {"memory": "900Gi"}}}}), "90 Insufficient memory")
        }
        "insufficient-ephemeral-storage" => (
            json!({"container": {"resources": {"requests": {"ephemeral-storage": "900Gi"}}}}),
            "90 Insufficient ephemeral-storage",
        ),
        "insufficient-extended-resource" => (
            json!({"container": {"resources": {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}}}),
            "90 Insufficient example.com/gpu",
        ),
        "node-selector-unmatched" => (
            json!({"spec": {"nodeSelector": {"disk": "nvme"}}}),
            "90 node(s) didn't match Pod's node affinity/selector",
        ),
        "taint-not-tolerated" => (
            json!({"spec": {"nodeSelector": {"pool": "batch"}}}),
            "90 node(s) didn't match Pod's node affinity/selector",
        ),
        _ => (json!({"spec": {"schedulingGates": [{"name": "example.com/quota"}]}}), ""),
    };
    let pod = base(number, None, extra);
    let (reason, message) = if cause == "scheduling-gated" {
        ("SchedulingGated", "Scheduling is blocked due to non-empty scheduling gates".to_string())
    } else {
        let message = format!(
            "0/100 nodes are available: {words}, 10 node(s) had untolerated taint(s). preemption: 0/100 nodes are available: 100 Preemption is not helpful for scheduling."
        );
        ("Unschedulable", message)
    };
    let scheduled = json!([{"type": "PodScheduled", "status": "False", "reason": reason, "message": message, "lastTransitionTime": now}]);
    let events = vec![event(&pod, "FailedScheduling", "Warning", &message, now)];
    Made { cause: Some(cause), status: json!({"phase": "Pending", "conditions": scheduled}), events, pod }
}

fn crashing(number: usize, cause: &'static str, now: &str) -> Made {
    let image = format!("registry-{}.example.com/team/app:v1.2.l", number % 7);
    let waits = |reason: &str, message: &str| json!({"waiting": {"reason": reason, "message": message}});
    let ended = |reason: &str, code: i64| json!({"terminated": {"reason": reason, "exitCode": code, "startedAt": now, "finishedAt": now}});
    let back_off = waits("CrashLoopBackOff", "back-off 5m0s restarting failed container=app");
    let (extra, state, last, reason, message) = match cause {
        "oom-killed" => (
            json!({}),
            back_off,
            ended("OOMKilled", 137),
            "BackOff",
            "Back-off restarting failed container app".to_string(),
        ),
        "app-exited" => (
            json!({"container": {"livenessProbe": null}}),
            back_off,
            ended("Error", 3),
            "BackOff",
            "Back-off restarting failed container app".to_string(),
        ),
        "liveness-probe-killing" => (
            json!({}),
            back_off,
            ended("Error", 137),
            "Killing",
            "Container app failed liveness probe, will be restarted".to_string(),
        ),
        "image-name-wrong" => {
            let words = format!("failed to resolve reference \"{image}\": {image}: not found");
            (
                json!({"container": {"image": image}}),
                waits("ImagePullBackOff", &words),
                json!({}),
                "Failed",
                words,
            )
        }
        "registry-plain-http" => {
            let words = "http: server gave HTTP response to HTTPS client".to_string();
            (
                json!({"container": {"image": image}}),
                waits("ImagePullBackOff", &words),
                json!({}),
                "Failed",
                words,
            )
        }
        "config-map-missing" => {
            let words = "configmap \"settings\" not found".to_string();
            let env =
                json!([{"name": "A", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "a"}}}]);
            (
                json!({"container": {"env": env}}),
                waits("CreateContainerConfigError", &words),
                json!({}),
                "Failed",
                words,
            )
        }
        _ => {
            let words = "secret \"login\" not found".to_string();
            let env = json!([{"name": "A", "valueFrom": {"secretKeyRef": {"name": "login", "key": "a"}}}]);
            (
                json!({"container": {"env": env}}),
                waits("CreateContainerConfigError", &words),
                json!({}),
                "Failed",
                words,
            )
        }
    };
    let pod = base(number, Some(general(number)), extra);
    let restarts = if state.pointer("/waiting/reason") == Some(&json!("CrashLoopBackOff")) { 7 } else { 0 };
    let phase = if restarts > 0 { "Running" } else { "Pending" };
    let status = json!({"phase": phase, "conditions": conditions(false, now), "startTime": now,
        "containerStatuses": container_status(false, restarts, state, last)});
    let kind = if reason == "Killing" { "Normal" } else { "Warning" };
    let mut events = vec![event(&pod, reason, kind, &message, now)];
    if reason == "Killing" {
        events.push(event(
            &pod,
            "Unhealthy",
            "Warning",
            "Liveness probe failed: HTTP probe failed with statuscode: 503",
            now,
        ));
    }
    Made { cause: Some(cause), pod, status, events }
}

fn event(pod: &Value, reason: &str, kind: &str, message: &str, now: &str) -> Value {
    let (namespace, name) = (&pod["metadata"]["namespace"], &pod["metadata"]["name"]);
    let own = format!("{}.{}", name.as_str().unwrap_or_default(), reason.to_ascii_lowercase());
    json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": own, "namespace": namespace},
        "involvedObject": {"apiVersion": "v1", "kind": "Pod", "namespace": namespace, "name": name,
            "fieldPath": if reason == "FailedScheduling" { "" } else { "spec.containers{app}" }},
        "type": kind, "reason": reason, "message": message, "count": 12,
        "firstTimestamp": now, "lastTimestamp": now, "source": {"component": "bench"}})
}
