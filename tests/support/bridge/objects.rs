//! An object as a server takes it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// (kind, namespace, name)
pub type Key = (String, String, String);

/// Holds a pod that is being deleted, as the kubelet would.
pub(super) const HELD: &str = "podwhy.dev/held";

pub(super) fn key_of(object: &Value) -> Key {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string();
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}

/// Owners before what they own, events last.
pub(super) fn order_of(object: &Value) -> usize {
    const ORDER: [&str; 23] = [
        "PriorityClass",
        "StorageClass",
        "PersistentVolume",
        "Node",
        "ServiceAccount",
        "ConfigMap",
        "Secret",
        "PersistentVolumeClaim",
        "CronJob",
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "ReplicaSet",
        "Pod",
        "Event",
        "Lease",
        "Service",
        // what refuses others comes after them
        "LimitRange",
        "ResourceQuota",
        "Namespace",
        "ValidatingWebhookConfiguration",
        "MutatingWebhookConfiguration",
    ];
    let kind = object["kind"].as_str().unwrap_or_default();
    // what has no place of its own is referred to, not referring
    ORDER.iter().position(|known| *known == kind).map_or(0, |place| place + 1)
}

/// Without what the server sets, and without what only it may set later.
pub(super) fn for_creation(object: &Value) -> Value {
    let mut object = object.clone();
    let kind = object["kind"].as_str().unwrap_or_default().to_string();
    let deleting = object.pointer("/metadata/deletionTimestamp").is_some();
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        for field in [
            "resourceVersion",
            "uid",
            "creationTimestamp",
            "generation",
            "managedFields",
            "selfLink",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
        ] {
            metadata.remove(field);
        }
        if deleting && kind == "Pod" {
            let held = metadata.entry("finalizers").or_insert_with(|| json!([]));
            if let Some(list) = held.as_array_mut() {
                list.push(json!(HELD));
            }
        }
    }
    match kind.as_str() {
        // a dump's Job has the selector the server made for it
        "Job" if object.pointer("/spec/selector").is_some() => object["spec"]["manualSelector"] = json!(true),
        // a dump keeps the keys; a server wants a value for each
        "Secret" | "ConfigMap" => fill(&mut object),
        _ => {}
    }
    object
}

fn fill(object: &mut Value) {
    for field in ["data", "binaryData"] {
        let values = object.get_mut(field).and_then(Value::as_object_mut);
        for value in values.into_iter().flat_map(|map| map.values_mut()) {
            // base64 of a JSON object, so that a registry's Secret is taken as well
            *value = json!("e30=");
        }
    }
    if object["type"] == json!("kubernetes.io/dockerconfigjson") {
        object["data"] = json!({".dockerconfigjson": "eyJhdXRocyI6e319"});
    } else if object["kind"] == json!("Secret") && object["type"] != json!("Opaque") {
        // types with rules of their own need not be those here
        object["type"] = json!("Opaque");
    }
}

/// A Job finds its pods by a label with its uid, which a case cannot know.
pub(super) fn mark_jobs_pod(object: &mut Value, namespace: &str, uids: &BTreeMap<Key, String>) {
    if object["kind"] != "Pod" {
        return;
    }
    let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let job = owners.into_iter().flatten().find(|owner| owner["kind"] == "Job");
    let name = job.and_then(|job| job["name"].as_str()).unwrap_or_default().to_string();
    let labels = &object["metadata"]["labels"];
    let marked =
        ["batch.kubernetes.io/controller-uid", "controller-uid"].iter().any(|key| labels.get(key).is_some());
    if let Some(uid) = uids.get(&("Job".to_string(), namespace.to_string(), name)).filter(|_| !marked) {
        object["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] = json!(uid);
    }
}

/// Owner references point at the objects the server just made.
pub(super) fn rewrite_owners(object: &mut Value, namespace: &str, uids: &BTreeMap<Key, String>) {
    let owners = object.pointer_mut("/metadata/ownerReferences").and_then(Value::as_array_mut);
    for owner in owners.into_iter().flatten() {
        let text = |field: &str| owner[field].as_str().unwrap_or_default().to_string();
        let here = |namespace: &str| (text("kind"), namespace.to_string(), text("name"));
        if let Some(uid) = uids.get(&here(namespace)).or_else(|| uids.get(&here(""))) {
            owner["uid"] = json!(uid);
        }
    }
}

/// An event that was about an object by its uid still is; one about a predecessor is still not.
pub(super) fn rewrite_event(event: &mut Value, old: &BTreeMap<Key, String>, uids: &BTreeMap<Key, String>) {
    let field = if event.get("regarding").is_some() { "regarding" } else { "involvedObject" };
    let about = &event[field];
    let text = |field: &str| about[field].as_str().unwrap_or_default().to_string();
    let key = (text("kind"), text("namespace"), text("name"));
    let uid = text("uid");
    if !uid.is_empty()
        && old.get(&key) == Some(&uid)
        && let Some(new) = uids.get(&key)
    {
        event[field]["uid"] = json!(new);
    }
}
