//! A change as the command that does it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Taint, Toleration};

use super::change::{Change, toleration};
use super::filters::is_device;
use crate::quantity::Milli;
use crate::snapshot::Snapshot;
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
        Change::Tolerate { taints, .. } => tolerate(s, taints),
        Change::Uncordon { node } => Some(format!("kubectl uncordon {}", quote(node))),
        Change::MovePods { pods, .. } => {
            let mut by_namespace: BTreeMap<&str, Vec<String>> = BTreeMap::new();
            for pod in pods {
                by_namespace.entry(&pod.namespace).or_default().push(quote(&pod.name));
            }
            let line = |(namespace, names): (&str, Vec<String>)| {
                // a name that is a word is told for a pod's only with its namespace, where such names are concealed
                let word = |name: &&String| !name.contains(|c: char| "-.".contains(c) || c.is_ascii_digit());
                let words = names.iter().filter(word).map(|name| format!("   # {namespace}/{name}"));
                let words: String = words.collect();
                format!("kubectl -n {} delete pod {}{words}", quote(namespace), names.join(" "))
            };
            Some(by_namespace.into_iter().map(line).collect::<Vec<_>>().join("\n"))
        }
    }
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
    // shown in round units, an amount is never more than it is
    let (namespace, to) = (quote(s.namespace()), quote(&format!("{resource}={}", to.show(resource))));
    // a device's request is its limit, and both must be equal
    let flags = if is_device(resource) {
        format!("--limits={to} --requests={to}")
    } else {
        format!("--requests={to}")
    };
    Some(format!("kubectl -n {namespace} set resources {owner} -c {} {flags}", quote(container)))
}

/// A pod takes more tolerations while it waits; a template's list is replaced as a whole, so its own are repeated.
fn tolerate(s: &Snapshot, taints: &[Taint]) -> Option<String> {
    let owner = s.top_owner();
    let (known, object) = if owner.kind == "Pod" {
        (s.spec()?.tolerations.clone(), format!("pod/{}", s.name()))
    } else {
        let top = s.owners.last().filter(|top| top.kind.camel() == owner.kind && is_rolled(&owner.kind))?;
        (top.template.as_ref()?.tolerations.clone(), format!("{}/{}", owner.kind.to_lowercase(), owner.name))
    };
    let all = known.into_iter().flatten().chain(taints.iter().map(toleration));
    let list = all.map(|toleration| flow(&toleration)).collect::<Option<Vec<_>>>()?.join(", ");
    let spec = format!("spec: {{tolerations: [{list}]}}");
    let patch = if owner.kind == "Pod" { spec } else { format!("spec: {{template: {{{spec}}}}}") };
    let (namespace, object) = (quote(s.namespace()), quote(&object));
    Some(format!("kubectl -n {namespace} patch {object} --type=merge -p {}", quote(&patch)))
}

/// As YAML: in JSON a `"key"` with its value is taken for a credential wherever pages are shown. `None` for a key that
/// YAML would read as something else than text.
fn flow(toleration: &Toleration) -> Option<String> {
    let mut fields = Vec::new();
    if let Some(key) = toleration.key.as_deref().filter(|key| !key.is_empty()) {
        let other = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
        let starts = key.starts_with(|c: char| c.is_ascii_alphabetic());
        if !starts || other.contains(&key.to_ascii_lowercase().as_str()) {
            return None;
        }
        fields.push(format!("key: {key}"));
    }
    for (name, value) in
        [("operator", &toleration.operator), ("value", &toleration.value), ("effect", &toleration.effect)]
    {
        fields.extend(value.as_ref().map(|value| format!("{name}: \"{value}\"")));
    }
    fields.extend(toleration.toleration_seconds.map(|seconds| format!("tolerationSeconds: {seconds}")));
    Some(format!("{{{}}}", fields.join(", ")))
}
