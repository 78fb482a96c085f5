//! Deployments and their pod templates: what a roll back writes, and when nobody should touch a rollout. Pure.

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::manager::manager;

/// The label that the Deployment controller gives what it makes.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label>
const HASH: &str = "pod-template-hash";

/// Why a rollout is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// Something manages it: its name.
    Managed(String),
    /// It is paused: somebody is not done.
    Paused,
    /// It goes on: what it brings is not known yet.
    GoesOn,
}

/// What is in the way of rolling a workload out again, as its object says.
pub fn hindrance(object: &Value) -> Option<Hindrance> {
    if let Some(name) = manager(object) {
        return Some(Hindrance::Managed(name));
    }
    if object.pointer("/spec/paused") == Some(&Value::Bool(true)) {
        return Some(Hindrance::Paused);
    }
    goes_on(object).then_some(Hindrance::GoesOn)
}

/// Whether a rollout was begun and has neither ended nor been given up.
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status>
fn goes_on(object: &Value) -> bool {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
    if number("/status/observedGeneration") < number("/metadata/generation") {
        return true;
    }
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let progressing = conditions.into_iter().flatten().find(|one| one["type"] == "Progressing");
    match progressing {
        Some(one) => one["status"] != "False" && one["reason"] != "NewReplicaSetAvailable",
        // other kinds have no such condition, and say how many pods are of the newest revision
        None => {
            let revisions =
                ["/status/currentRevision", "/status/updateRevision"].map(|path| object.pointer(path));
            revisions[0] != revisions[1] || {
                let (updated, all) =
                    (number("/status/updatedNumberScheduled"), number("/status/desiredNumberScheduled"));
                all.is_some() && updated < all
            }
        }
    }
}

/// Whether everything that a rollout brings is there and ready.
/// <https://github.com/kubernetes/kubectl/blob/v0.37.0/pkg/polymorphichelpers/rollout_status.go>
pub fn is_complete(object: &Value) -> bool {
    let number = |path: &str| object.pointer(path).and_then(Value::as_i64).unwrap_or(0);
    if number("/status/observedGeneration") < number("/metadata/generation") {
        return false;
    }
    if object.get("kind") == Some(&json!("DaemonSet")) {
        let wanted = number("/status/desiredNumberScheduled");
        return number("/status/updatedNumberScheduled") >= wanted && number("/status/numberReady") >= wanted;
    }
    let wanted = object.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    let is_of_one = number("/status/replicas") <= number("/status/updatedReplicas").max(wanted);
    number("/status/updatedReplicas") >= wanted && number("/status/readyReplicas") >= wanted && is_of_one
}

/// The pod template of a Deployment, or of a ReplicaSet without its own mark.
pub fn template(object: &Value) -> Option<Value> {
    let mut template = object.pointer("/spec/template")?.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(HASH);
    }
    Some(template)
}

/// A digest of a template: of two that mean the same, the same.
pub fn digest(template: &Value) -> String {
    // the keys of a JSON object are kept in order here
    let bytes = serde_json::to_vec(&lean(template)).unwrap_or_default();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without what is null: older API servers write it out, newer ones leave it away. An empty object may mean something.
fn lean(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(kept.map(|(key, value)| (key.clone(), lean(value))).collect::<Map<_, _>>())
        }
        Value::Array(items) => Value::Array(items.iter().map(lean).collect()),
        other => other.clone(),
    }
}

/// What puts a template in the place of the one that stands: nothing, if another stands there by then.
pub fn put_back(current: &Value, template: &Value) -> Vec<Value> {
    vec![
        json!({"op": "test", "path": "/spec/template", "value": current}),
        json!({"op": "replace", "path": "/spec/template", "value": template}),
    ]
}

#[cfg(test)]
mod tests;
