//! A change of podwhy's done to the real cluster, and undone; and the same change one step smaller.

use anyhow::Context;
use podwhy_knowledge::quantity::Milli;
use podwhy_knowledge::schedule::change::{Change, toleration};
use serde_json::{Value, json};

use crate::api::Api;

/// Every way to do one step less: what must not be enough. None where less than the change is nothing.
#[must_use]
pub fn smaller(change: &Change) -> Vec<Change> {
    let without = |count: usize, less: &dyn Fn(usize) -> Change| {
        if count > 1 { (0..count).map(less).collect() } else { Vec::new() }
    };
    match change {
        Change::LowerRequest { resource, container, from, to, node } => {
            let step = if resource == "cpu" { 1 } else { 1000 };
            let (resource, container, node) = (resource.clone(), container.clone(), node.clone());
            vec![Change::LowerRequest { resource, container, from: *from, to: Milli(to.0 + step), node }]
        }
        Change::LabelNode { node, labels } => without(labels.len(), &|place| Change::LabelNode {
            node: node.clone(),
            labels: all_but(labels, place),
        }),
        Change::Tolerate { node, taints } => without(taints.len(), &|place| Change::Tolerate {
            node: node.clone(),
            taints: all_but(taints, place),
        }),
        Change::MovePods { node, pods } => {
            without(pods.len(), &|place| Change::MovePods { node: node.clone(), pods: all_but(pods, place) })
        }
        Change::Uncordon { .. } => Vec::new(),
    }
}

fn all_but<T: Clone>(all: &[T], place: usize) -> Vec<T> {
    all.iter().enumerate().filter(|(at, _)| *at != place).map(|(_, item)| item.clone()).collect()
}

/// The pod as it would be made after the change.
#[must_use]
pub fn changed_pod(change: &Change, pod: &Value) -> Value {
    let mut pod = pod.clone();
    match change {
        Change::LowerRequest { resource, container, to, .. } => {
            let amount = json!(to.to_string());
            match container {
                None => pod["spec"]["resources"]["requests"][resource.as_str()] = amount,
                Some(name) => lower(&mut pod, name, resource, &amount),
            }
        }
        Change::Tolerate { taints, .. } => {
            let new = taints.iter().map(|taint| json!(toleration(taint)));
            match pod["spec"]["tolerations"].as_array_mut() {
                Some(known) => known.extend(new),
                None => pod["spec"]["tolerations"] = new.collect(),
            }
        }
        Change::LabelNode { .. } | Change::Uncordon { .. } | Change::MovePods { .. } => {}
    }
    pod
}

fn lower(pod: &mut Value, name: &str, resource: &str, amount: &Value) {
    for list in ["containers", "initContainers"] {
        for container in pod["spec"][list].as_array_mut().into_iter().flatten() {
            if container["name"] == name {
                container["resources"]["requests"][resource] = amount.clone();
                if container["resources"]["limits"].get(resource).is_some() {
                    container["resources"]["limits"][resource] = amount.clone();
                }
            }
        }
    }
}

/// What was done to the cluster.
pub struct Undo(Vec<Step>);

enum Step {
    Merge(String, Value),
    Create(String, Value),
}

/// Does to the cluster what the change says.
///
/// # Errors
/// When the API server refuses.
pub fn apply(api: &Api, change: &Change) -> anyhow::Result<Undo> {
    let mut undo = Vec::new();
    match change {
        Change::LabelNode { node, labels } => {
            let path = format!("/api/v1/nodes/{node}");
            let known = api.get(&path)?;
            let (mut new, mut old) = (json!({}), json!({}));
            for (key, value) in labels {
                new[key.as_str()] = json!(value);
                old[key.as_str()] = known["metadata"]["labels"][key.as_str()].clone();
            }
            api.merge(&path, &json!({"metadata": {"labels": new}}))?;
            undo.push(Step::Merge(path, json!({"metadata": {"labels": old}})));
        }
        Change::Uncordon { node } => {
            let path = format!("/api/v1/nodes/{node}");
            api.merge(&path, &json!({"spec": {"unschedulable": null}}))?;
            undo.push(Step::Merge(path, json!({"spec": {"unschedulable": true}})));
        }
        Change::MovePods { pods, .. } => {
            for pod in pods {
                let list = format!("/api/v1/namespaces/{}/pods", pod.namespace);
                let path = format!("{list}/{}", pod.name);
                let known = api.get(&path).context("a pod to move")?;
                api.delete(&path)?;
                undo.push(Step::Create(list, anew(&known)));
            }
        }
        Change::LowerRequest { .. } | Change::Tolerate { .. } => {}
    }
    Ok(Undo(undo))
}

impl Undo {
    /// Makes the cluster as it was.
    ///
    /// # Errors
    /// When the API server refuses.
    pub fn undo(self, api: &Api) -> anyhow::Result<()> {
        for step in self.0 {
            match step {
                Step::Merge(path, patch) => drop(api.merge(&path, &patch)?),
                Step::Create(list, object) => drop(api.create(&list, &object)?),
            }
        }
        Ok(())
    }
}

/// An object as it was before the server took it.
fn anew(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        for field in ["uid", "resourceVersion", "creationTimestamp", "generation", "managedFields"] {
            metadata.remove(field);
        }
    }
    if let Some(object) = object.as_object_mut() {
        object.remove("status");
    }
    drop_merged(&mut object);
    object
}

/// The server has merged these into the selectors, and refuses to do it twice.
fn drop_merged(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| !matches!(name.as_str(), "matchLabelKeys" | "mismatchLabelKeys"));
            fields.values_mut().for_each(drop_merged);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_merged),
        _ => {}
    }
}
