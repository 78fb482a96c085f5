//! A change as the command that does it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::change::{Change, toleration};
use super::filters::is_device;
use crate::quantity::Milli;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::text::quote;

/// The command; `None` where no single command does it, and the words must do.
pub fn command(s: &Snapshot, change: &Change) -> Option<String> {
    match change {
        Change::LowerRequest { resource, container, to, .. } => {
            lower(s, resource, container.as_deref()?, *to)
        }
        Change::LabelNode { node, labels } => {
            let labels = labels.iter().map(|(key, value)| format!(" {}", quote(&format!("{key}={value}"))));
            Some(format!("kubectl label node {}{} --overwrite", quote(node), labels.collect::<String>()))
        }
        Change::Tolerate { taints, .. } => {
            let new: Vec<Value> = taints.iter().map(|taint| json!(toleration(taint))).collect();
            tolerate(s, new)
        }
        Change::Uncordon { node } => Some(format!("kubectl uncordon {}", quote(node))),
        Change::MovePods { pods, .. } => {
            let mut by_namespace: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for pod in pods {
                by_namespace.entry(&pod.namespace).or_default().push(quote(&pod.name));
            }
            let line = |(namespace, names): (&str, Vec<String>)| {
                format!("kubectl -n {} delete pod {}", quote(namespace), names.join(" "))
            };
            Some(by_namespace.into_iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
}

/// An amount as a command takes it: shown short, but never more than it is.
fn amount(resource: &str, amount: Milli) -> String {
    amount.show(resource)
}

/// Whether `kubectl` can change the owner's template, and new pods then follow it.
fn is_rolled(kind: &str) -> bool {
    matches!(kind, "Deployment" | "StatefulSet" | "DaemonSet")
}

fn lower(s: &Snapshot, resource: &str, container: &str, to: Milli) -> Option<String> {
    let owner = s.top_owner();
    if !is_rolled(&owner.kind) {
        return None;
    }
    let owner = quote(&format!("{}/{}", owner.kind.to_lowercase(), owner.name));
    let (namespace, to) = (quote(s.namespace()), quote(&format!("{resource}={}", amount(resource, to))));
    // a device's request is its limit, and both must be equal
    let flags = if is_device(resource) {
        format!("--limits={to} --requests={to}")
    } else {
        format!("--requests={to}")
    };
    Some(format!("kubectl -n {namespace} set resources {owner} -c {} {flags}", quote(container)))
}

/// A pod takes more tolerations while it waits; a template's list is replaced as a whole, so its own are repeated.
fn tolerate(s: &Snapshot, new: Vec<Value>) -> Option<String> {
    let owner = s.top_owner();
    if owner.kind == "Pod" {
        let mut all: Vec<Value> = s.spec()?.tolerations.iter().flatten().map(|t| json!(t)).collect();
        all.extend(new);
        return Some(patch(s, &format!("pod/{}", s.name()), &json!({"spec": {"tolerations": all}})));
    }
    let top = s.owners.last().filter(|top| top.kind.camel() == owner.kind && is_rolled(&owner.kind))?;
    let template = top.template.as_ref().filter(|_| top.kind != Kind::Pod)?;
    let mut all: Vec<Value> = template.tolerations.iter().flatten().map(|t| json!(t)).collect();
    all.extend(new);
    let patched = json!({"spec": {"template": {"spec": {"tolerations": all}}}});
    Some(patch(s, &format!("{}/{}", owner.kind.to_lowercase(), owner.name), &patched))
}

fn patch(s: &Snapshot, object: &str, patch: &Value) -> String {
    let (namespace, object) = (quote(s.namespace()), quote(object));
    format!("kubectl -n {namespace} patch {object} --type=merge -p {}", quote(&patch.to_string()))
}
