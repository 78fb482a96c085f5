//! A template that changed: pods that run the old one are replaced.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/deployment/rolling.go>
//!
//! # When not
//! All at once and at once, without a surge. What was wrong with the pods is wrong with the new ones: only their template's
//! labels, annotations and containers are others.

use serde_json::{Map, Value, json};

use crate::api::{Fate, Key, find, text};
use crate::life::nodes::Move;
use crate::life::{Life, controller, suffix};

const REVISION: &str = "deployment.kubernetes.io/revision";

/// Fields of a container that a pod takes from its template; its mounts have more than the template's.
const OF_TEMPLATE: [&str; 11] = [
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "env",
    "envFrom",
    "resources",
    "lifecycle",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
];

impl Life {
    /// A workload was changed: whoever owns its pods has new ones made.
    pub(super) fn workload_changed(&self, before: &Value, after: &Value) {
        let template = |workload: &Value| workload.pointer("/spec/template").cloned();
        let waits = text(after, "/spec/updateStrategy/type") == "OnDelete";
        if template(before) == template(after) || waits || after["spec"]["paused"] == true {
            return;
        }
        let serial = self.store.serial();
        let hash = format!("{}{}", suffix(serial), suffix(serial.wrapping_mul(31)));
        let (label, old, owner) = if after["kind"] == "Deployment" {
            let old = self.replica_sets(after);
            let owner = self.new_replica_set(after, &old, &hash);
            (
                "pod-template-hash",
                old.iter().map(|set| text(set, "/metadata/uid").to_string()).collect(),
                owner,
            )
        } else {
            let hash = format!("{}-{hash}", text(after, "/metadata/name"));
            self.note(after, |status| status["updateRevision"] = json!(hash));
            ("controller-revision-hash", vec![text(after, "/metadata/uid").to_string()], Some(after.clone()))
        };
        let (Some(pods), Some(owner)) = (find("", "v1", "pods"), owner) else { return };
        for pod in self.store.list(pods, text(after, "/metadata/namespace")).0 {
            if old.iter().any(|uid: &String| uid == controller(&pod)) {
                self.store.discard(&pod);
                self.succeed(&pod, text(&owner, "/metadata/name"), after["kind"] == "StatefulSet", |pod| {
                    dress(pod, &after["spec"]["template"]);
                    pod["metadata"]["labels"][label] = json!(hash);
                    adopt(pod, &owner);
                    Move::AsItWas
                });
            }
        }
    }

    fn replica_sets(&self, deployment: &Value) -> Vec<Value> {
        let Some(sets) = find("apps", "v1", "replicasets") else { return Vec::new() };
        let (sets, _) = self.store.list(sets, text(deployment, "/metadata/namespace"));
        let uid = text(deployment, "/metadata/uid");
        sets.iter().filter(|set| controller(set) == uid).map(|set| Value::clone(set)).collect()
    }

    /// The set of the new template; the others have no pods any more.
    fn new_replica_set(&self, deployment: &Value, old: &[Value], hash: &str) -> Option<Value> {
        let revision = |set: &Value| set["metadata"]["annotations"][REVISION].as_str()?.parse::<u64>().ok();
        let last = old.iter().max_by_key(|set| revision(set).unwrap_or(0))?;
        let next = json!((revision(last).unwrap_or(1) + 1).to_string());
        let mut set = last.clone();
        let (name, template) = (text(deployment, "/metadata/name"), &deployment["spec"]["template"]);
        for field in ["uid", "resourceVersion", "creationTimestamp"] {
            set["metadata"].as_object_mut().and_then(|metadata| metadata.remove(field));
        }
        set["metadata"]["name"] = json!(format!("{name}-{hash}"));
        set["metadata"]["annotations"][REVISION] = next.clone();
        set["spec"]["template"] = template.clone();
        for labels in ["/metadata", "/spec/template/metadata"] {
            if let Some(metadata) = set.pointer_mut(labels) {
                metadata["labels"]["pod-template-hash"] = json!(hash);
            }
        }
        set["spec"]["selector"]["matchLabels"]["pod-template-hash"] = json!(hash);
        let set = self.store.put(set)?;
        self.descends(text(&set, "/metadata/uid"), text(last, "/metadata/uid"));
        for set in old {
            self.note(set, |status| *status = json!({"replicas": 0}));
            self.change(set, |set| set["spec"]["replicas"] = json!(0));
        }
        self.change(deployment, |deployment| deployment["metadata"]["annotations"][REVISION] = next);
        self.note(deployment, |_| {});
        Some(Value::clone(&set))
    }

    /// The controller has seen what is wished, and writes what it made of it.
    fn note(&self, workload: &Value, change: impl FnOnce(&mut Value)) {
        self.change(workload, |workload| {
            if !workload["status"].is_object() {
                workload["status"] = json!({});
            }
            let is_counted = workload["kind"] != "ReplicaSet";
            let (generation, status) = (workload["metadata"]["generation"].clone(), &mut workload["status"]);
            change(status);
            if generation.is_number() {
                status["observedGeneration"] = generation;
            }
            for (all, updated) in
                [("replicas", "updatedReplicas"), ("desiredNumberScheduled", "updatedNumberScheduled")]
            {
                if let (Some(all), true) = (status.get(all).cloned(), is_counted) {
                    status[updated] = all;
                }
            }
        });
    }

    fn change(&self, object: &Value, change: impl FnOnce(&mut Value)) {
        if let Some(key) = Key::of(object) {
            let _changed = self.store.update(&key, |object| {
                change(object);
                Ok::<_, std::convert::Infallible>(Fate::Stays)
            });
        }
    }
}

/// As the template has it.
fn dress(pod: &mut Value, template: &Value) {
    for field in ["labels", "annotations"] {
        let told = template["metadata"][field].as_object().cloned().unwrap_or_default();
        for (key, value) in told {
            pod["metadata"][field][key] = value;
        }
    }
    let wanted = template.pointer("/spec/containers").and_then(Value::as_array).cloned().unwrap_or_default();
    let containers = pod.pointer_mut("/spec/containers").and_then(Value::as_array_mut);
    for container in containers.into_iter().flatten().filter_map(Value::as_object_mut) {
        if let Some(wanted) = wanted.iter().find(|wanted| wanted.get("name") == container.get("name")) {
            take(container, wanted);
        }
    }
}

fn take(container: &mut Map<String, Value>, wanted: &Value) {
    for field in OF_TEMPLATE {
        match wanted.get(field) {
            Some(value) => drop(container.insert(field.to_string(), value.clone())),
            None => drop(container.remove(field)),
        }
    }
}

fn adopt(pod: &mut Value, owner: &Value) {
    let references = pod["metadata"]["ownerReferences"].as_array_mut();
    for reference in references.into_iter().flatten().filter(|reference| reference["controller"] == true) {
        reference["name"] = owner["metadata"]["name"].clone();
        reference["uid"] = owner["metadata"]["uid"].clone();
    }
}
