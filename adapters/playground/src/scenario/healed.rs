//! An object once what was wrong with it is mended: as controllers and kubelets would then write it.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::text;

/// The object, well.
pub(super) fn healed(mut object: Value, now: Timestamp, nodes: &[String]) -> Value {
    if let Some(annotations) = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        // what was applied is what runs
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    match text(&object, "/kind").to_string().as_str() {
        "Pod" => pod(&mut object, now, nodes),
        "Node" => node(&mut object, now),
        "Lease" => object["spec"]["renewTime"] = json!(format!("{now:.6}")),
        "PersistentVolumeClaim" => object["status"]["phase"] = json!("Bound"),
        "Deployment" | "ReplicaSet" | "StatefulSet" => replicas(&mut object),
        "DaemonSet" => daemons(&mut object),
        "Job" => job(&mut object),
        "PersistentVolume" => object["status"]["phase"] = json!("Bound"),
        "Namespace" => namespace(&mut object),
        _ => {}
    }
    object
}

/// A running pod of which nothing is told but its phase.
pub(super) fn is_brief(object: &Value) -> bool {
    let told = ["/status/containerStatuses", "/status/conditions", "/status/qosClass", "/status/reason"];
    object["kind"] == "Pod"
        && text(object, "/status/phase") == "Running"
        && told.iter().all(|path| object.pointer(path).is_none())
}

fn pod(pod: &mut Value, now: Timestamp, nodes: &[String]) {
    let since = json!(format!("{now:.0}"));
    if let Some(metadata) = pod["metadata"].as_object_mut() {
        for field in ["deletionTimestamp", "deletionGracePeriodSeconds", "finalizers"] {
            metadata.remove(field);
        }
    }
    if let Some(spec) = pod["spec"].as_object_mut() {
        spec.remove("schedulingGates");
        if let Some(node) = nodes.first() {
            spec.entry("nodeName").or_insert_with(|| json!(node));
        }
    }
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastTransitionTime": since});
    let gates = pod.pointer("/spec/readinessGates").and_then(Value::as_array).cloned().unwrap_or_default();
    let gates = gates.iter().map(|gate| text(gate, "/conditionType").to_string());
    let own = ["PodScheduled", "Initialized", "ContainersReady", "Ready"].map(str::to_string);
    let conditions: Vec<Value> = own.into_iter().chain(gates).map(|kind| condition(&kind)).collect();
    let running = |container: &Value| {
        json!({"name": container["name"], "image": container["image"], "imageID": "sha256:0", "ready": true,
            "started": true, "restartCount": 0, "state": {"running": {"startedAt": since}}})
    };
    let of = |list: &str| pod.pointer(list).and_then(Value::as_array).cloned().unwrap_or_default();
    let containers: Vec<Value> = of("/spec/containers").iter().map(running).collect();
    let (side, init): (Vec<Value>, Vec<Value>) =
        of("/spec/initContainers").into_iter().partition(|c| c["restartPolicy"] == "Always");
    let done = |container: &Value| {
        let end = json!({"reason": "Completed", "exitCode": 0, "startedAt": since, "finishedAt": since});
        json!({"name": container["name"], "image": container["image"], "imageID": "sha256:0", "ready": true,
            "restartCount": 0, "state": {"terminated": end}})
    };
    let init: Vec<Value> = init.iter().map(done).chain(side.iter().map(running)).collect();
    let mut status = json!({"phase": "Running", "startTime": since, "conditions": conditions,
        "containerStatuses": containers});
    for field in ["qosClass", "hostIP", "podIP", "podIPs"] {
        if let Some(value) = pod["status"].get(field) {
            status[field] = value.clone();
        }
    }
    if !init.is_empty() {
        status["initContainerStatuses"] = json!(init);
    }
    pod["status"] = status;
}

fn node(node: &mut Value, now: Timestamp) {
    let since = json!(format!("{now:.0}"));
    for condition in
        node.pointer_mut("/status/conditions").and_then(Value::as_array_mut).into_iter().flatten()
    {
        let good = if condition["type"] == "Ready" { "True" } else { "False" };
        if condition["status"] != good {
            condition["status"] = json!(good);
            condition["lastTransitionTime"] = since.clone();
        }
        condition["lastHeartbeatTime"] = since.clone();
    }
    // what the node controller had put on it goes with the reason
    if let Some(taints) = node.pointer_mut("/spec/taints").and_then(Value::as_array_mut) {
        taints.retain(|taint| !text(taint, "/key").starts_with("node.kubernetes.io/"));
    }
}

fn replicas(workload: &mut Value) {
    let wanted = workload.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    if !workload["status"].is_object() {
        workload["status"] = json!({});
    }
    for field in ["replicas", "readyReplicas", "availableReplicas", "updatedReplicas", "currentReplicas"] {
        let known = matches!(field, "replicas" | "readyReplicas" | "availableReplicas");
        if known || workload["status"].get(field).is_some() {
            workload["status"][field] = json!(wanted);
        }
    }
    if let Some(status) = workload["status"].as_object_mut() {
        status.remove("unavailableReplicas");
    }
    let conditions = workload.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
    for condition in conditions.into_iter().flatten() {
        let good = if condition["type"] == "ReplicaFailure" { "False" } else { "True" };
        condition["status"] = json!(good);
        if good == "True" {
            condition["reason"] = json!(match text(condition, "/type") {
                "Available" => "MinimumReplicasAvailable",
                _ => "NewReplicaSetAvailable",
            });
            condition["message"] = json!("");
        }
    }
}

/// At work again: its pods run.
fn job(job: &mut Value) {
    let wanted = job.pointer("/spec/parallelism").and_then(Value::as_i64).unwrap_or(1);
    job["status"] = json!({"active": wanted, "ready": wanted});
}

fn namespace(namespace: &mut Value) {
    if let Some(metadata) = namespace["metadata"].as_object_mut() {
        metadata.remove("deletionTimestamp");
    }
    namespace["status"] = json!({"phase": "Active"});
}

/// A Service that selects the case's pods and leads to a port they have.
pub(super) fn service(service: &mut Value, pods: &[&Value]) {
    let Some(pod) = pods.first() else { return };
    if let Some(labels) = pod.pointer("/metadata/labels").and_then(Value::as_object) {
        let shared = labels
            .iter()
            .filter(|(key, _)| *key != "pod-template-hash" && *key != "controller-revision-hash");
        service["spec"]["selector"] =
            shared.map(|(k, v)| (k.clone(), v.clone())).collect::<serde_json::Map<_, _>>().into();
    }
    let declared = pod.pointer("/spec/containers/0/ports/0/containerPort").cloned();
    let ports = service.pointer_mut("/spec/ports").and_then(Value::as_array_mut);
    for (port, declared) in ports.into_iter().flatten().zip(std::iter::repeat(declared)) {
        if let Some(declared) = declared {
            port["targetPort"] = declared;
        }
    }
}

fn daemons(workload: &mut Value) {
    let wanted = workload.pointer("/status/desiredNumberScheduled").and_then(Value::as_i64).unwrap_or(1);
    for field in ["currentNumberScheduled", "numberReady", "numberAvailable", "updatedNumberScheduled"] {
        workload["status"][field] = json!(wanted);
    }
    workload["status"]["numberUnavailable"] = json!(0);
}
