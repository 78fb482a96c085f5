//! What was read back against what was put on the server, field by field.
//!
//! Left out of both: what a server sets itself (uids, versions, creation times, managed fields), and what putting the
//! object there replaced (the node's address, values of Secrets and what is said about them). Beyond the original a server may only add defaults.

use jiff::Timestamp;
use podwhy_knowledge::quantity::Milli;
use serde_json::{Map, Value};

/// Set by the server or by the bridge, in any object.
const METADATA: [&str; 9] = [
    "uid",
    "resourceVersion",
    "managedFields",
    "creationTimestamp",
    "generation",
    "selfLink",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "finalizers",
];

/// Fields a server fills in, by the end of their path; `*` stands for an index.
/// <https://github.com/kubernetes/kubernetes/tree/v1.37.0/pkg/apis> (`defaults.go` of each group)
const DEFAULTS: &[&str] = &[
    // of a pod's spec, its own or a template's
    "spec/dnsPolicy",
    "spec/enableServiceLinks",
    "spec/preemptionPolicy",
    "spec/restartPolicy",
    "spec/schedulerName",
    "spec/terminationGracePeriodSeconds",
    "spec/tolerations",
    "volumes/*/configMap/defaultMode",
    "volumes/*/secret/defaultMode",
    // of a container
    "containers/*/imagePullPolicy",
    "containers/*/terminationMessagePath",
    "containers/*/terminationMessagePolicy",
    "initContainers/*/imagePullPolicy",
    "initContainers/*/terminationMessagePath",
    "initContainers/*/terminationMessagePolicy",
    "ports/*/protocol",
    "livenessProbe/successThreshold",
    "livenessProbe/failureThreshold",
    "livenessProbe/periodSeconds",
    "livenessProbe/timeoutSeconds",
    "livenessProbe/httpGet/scheme",
    "readinessProbe/successThreshold",
    "readinessProbe/failureThreshold",
    "readinessProbe/periodSeconds",
    "readinessProbe/timeoutSeconds",
    "readinessProbe/httpGet/scheme",
    "startupProbe/successThreshold",
    "startupProbe/failureThreshold",
    "startupProbe/periodSeconds",
    "startupProbe/timeoutSeconds",
    "startupProbe/httpGet/scheme",
    "resources/requests",
    "spec/serviceAccount",
    "spec/priority",
    "spec/type",
    // of a pod's status, from podIP and the containers' requests
    "status/podIPs",
    "status/qosClass",
    // of a pod on a node with a zone, of a volume, of a node, of a webhook, of a claim for devices
    "metadata/labels/topology.kubernetes.io/zone",
    "metadata/labels/topology.kubernetes.io/region",
    "metadata/labels",
    "status/lastPhaseTransitionTime",
    "spec/podCIDRs",
    "spec/volumeMode",
    "webhooks/*/matchPolicy",
    "webhooks/*/reinvocationPolicy",
    "webhooks/*/timeoutSeconds",
    "webhooks/*/namespaceSelector",
    "webhooks/*/objectSelector",
    "exactly/count",
    "exactly/allocationMode",
    // of workloads
    "spec/concurrencyPolicy",
    "spec/backoffLimit",
    "spec/completionMode",
    "spec/completions",
    "spec/failedJobsHistoryLimit",
    "spec/parallelism",
    "spec/persistentVolumeClaimRetentionPolicy",
    "spec/podManagementPolicy",
    "spec/podReplacementPolicy",
    "spec/progressDeadlineSeconds",
    "spec/revisionHistoryLimit",
    "spec/strategy",
    "spec/successfulJobsHistoryLimit",
    "spec/updateStrategy",
    "spec/updateStrategy/rollingUpdate/maxUnavailable",
    "volumeClaimTemplates/*/apiVersion",
    "volumeClaimTemplates/*/kind",
    "volumeClaimTemplates/*/spec/volumeMode",
    "volumeClaimTemplates/*/status",
];

/// What a server writes into a Job so that its pods can be found.
const OF_JOBS: [&str; 4] =
    ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"];

/// How what was read differs from the original, one line a field.
pub fn differences(original: &Value, read: &Value) -> Vec<String> {
    let (original, read) = (normalised(original), normalised(read));
    let mut found = Vec::new();
    walk("", &original, &read, &mut found);
    found
}

fn normalised(object: &Value) -> Value {
    let mut object = object.clone();
    let kind = object["kind"].as_str().unwrap_or_default().to_string();
    let mut drop = |at: &str, fields: &[&str]| {
        if let Some(map) = object.pointer_mut(at).and_then(Value::as_object_mut) {
            for field in fields {
                map.remove(*field);
            }
        }
    };
    drop("", &["apiVersion", "kind"]);
    drop("/metadata", &METADATA);
    drop("/involvedObject", &["uid", "resourceVersion"]);
    drop("/regarding", &["uid", "resourceVersion"]);
    match kind.as_str() {
        "Node" => {
            drop("/status", &["addresses", "daemonEndpoints", "images"]);
        }
        "Pod" => {
            drop("/status", &["qosClass"]);
            drop("/metadata/labels", &OF_JOBS);
        }
        "Service" => drop(
            "/spec",
            &["clusterIPs", "internalTrafficPolicy", "ipFamilies", "ipFamilyPolicy", "sessionAffinity"],
        ),
        // it has finalizers of its own until nothing is in it
        "Namespace" => drop("", &["spec"]),
        "ReplicaSet" => {
            // the API has no such field there; dumps of Deployments have
            let conditions = object.pointer_mut("/status/conditions").and_then(Value::as_array_mut);
            for condition in conditions.into_iter().flatten().filter_map(Value::as_object_mut) {
                condition.remove("lastUpdateTime");
            }
        }
        "Secret" | "ConfigMap" => {
            drop("", &["data", "binaryData", "stringData", "type"]);
            drop("/metadata", &["annotations"]);
        }
        "DaemonSet" => drop("/metadata/annotations", &["deprecated.daemonset.template.generation"]),
        "Job" => {
            drop("/spec", &["manualSelector", "selector"]);
            drop("/metadata/labels", &OF_JOBS);
            drop("/spec/template/metadata/labels", &OF_JOBS);
        }
        _ => {}
    }
    let owners = object.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut);
    for owner in owners.into_iter().flatten().filter_map(Value::as_object_mut) {
        owner.remove("uid");
    }
    object
}

fn walk(path: &str, original: &Value, read: &Value, found: &mut Vec<String>) {
    match (original, read) {
        (Value::Object(original), Value::Object(read)) => fields(path, original, read, found),
        (Value::Array(original), Value::Array(read)) if original.len() == read.len() => {
            for (number, (original, read)) in original.iter().zip(read).enumerate() {
                walk(&format!("{path}/{number}"), original, read, found);
            }
        }
        _ if is_same(original, read) => {}
        _ => found.push(format!("{path}: {original} became {read}")),
    }
}

fn fields(path: &str, original: &Map<String, Value>, read: &Map<String, Value>, found: &mut Vec<String>) {
    for (name, value) in original {
        match read.get(name) {
            Some(read) => walk(&format!("{path}/{name}"), value, read, found),
            None if is_empty(value) => {}
            None => found.push(format!("{path}/{name}: {value} is gone")),
        }
    }
    for (name, value) in read {
        let at = format!("{path}/{name}");
        if !original.contains_key(name) && !is_empty(value) && !DEFAULTS.iter().any(|d| fits(d, &at)) {
            found.push(format!("{at}: {value} was added"));
        }
    }
}

/// An empty value is not written.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_empty),
    }
}

/// The same quantity or the same moment, written in another way.
fn is_same(original: &Value, read: &Value) -> bool {
    if original == read {
        return true;
    }
    if is_empty(original) && is_empty(read) {
        return true;
    }
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (original, read) = (text(original), text(read));
    let same_time = match (original.parse::<Timestamp>(), read.parse::<Timestamp>()) {
        (Ok(original), Ok(read)) => original == read,
        _ => false,
    };
    let quantity = |text: &str| Milli::parse(text);
    same_time || quantity(&original).is_some_and(|original| quantity(&read) == Some(original))
}

fn fits(pattern: &str, path: &str) -> bool {
    let mut path = path.rsplit('/');
    pattern.rsplit('/').all(|wanted| path.next().is_some_and(|got| wanted == "*" || wanted == got))
}
