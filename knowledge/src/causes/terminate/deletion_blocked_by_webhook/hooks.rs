//! The webhooks that are called when a pod that terminates is updated or deleted.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::service::endpoints;
use crate::snapshot::{Snapshot, labels_at};

/// One webhook of a configuration.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) kind: &'static str,
    pub(super) config: String,
    pub(super) name: String,
    pub(super) mutating: bool,
    /// Nothing stands behind its service, and it must not be skipped.
    pub(super) down: bool,
    what: String,
    service: Option<String>,
}

impl Hook {
    /// What its configuration says, in short.
    pub(super) fn says(&self) -> String {
        let down = match (&self.service, self.down) {
            (Some(service), true) => format!("; service {service} has no ready endpoint, failurePolicy Fail"),
            _ => String::new(),
        };
        format!("webhook {} is called on {}{down}", self.name, self.what)
    }
}

/// Those that are called for this pod: for an update where finalizers are to be taken off, for the kubelet's status
/// update and its delete where none are left.
pub(super) fn hooks_on(s: &Snapshot, has_finalizers: bool) -> Vec<Hook> {
    let mut found = Vec::new();
    for kind in ["MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"] {
        for (config, object) in s.others(kind, "") {
            for hook in list(object, "/webhooks") {
                let selected = selects(hook.get("namespaceSelector"), &namespace_labels(s))
                    && selects(hook.get("objectSelector"), &Some(labels(s)));
                if selected && let Some(what) = called_on(hook, has_finalizers) {
                    found.push(of(s, kind, config, hook, what));
                }
            }
        }
    }
    found
}

fn of(s: &Snapshot, kind: &'static str, config: &str, hook: &Value, what: String) -> Hook {
    let text = |path: &str| hook.pointer(path).and_then(Value::as_str).map(str::to_string);
    let service = text("/clientConfig/service/namespace").zip(text("/clientConfig/service/name"));
    let must = text("/failurePolicy").is_none_or(|policy| policy == "Fail");
    Hook {
        kind,
        config: config.to_string(),
        name: text("/name").unwrap_or_default(),
        mutating: kind.starts_with("Mutating"),
        down: must && service.as_ref().is_some_and(|(ns, name)| has_no_endpoint(s, ns, name)),
        service: service.map(|(ns, name)| format!("{ns}/{name}")),
        what,
    }
}

/// The first operation that matters here.
fn called_on(hook: &Value, has_finalizers: bool) -> Option<String> {
    let wanted: &[(&str, &str)] =
        if has_finalizers { &[("UPDATE", "pods")] } else { &[("UPDATE", "pods/status"), ("DELETE", "pods")] };
    for rule in list(hook, "/rules") {
        let has = |path: &str, value: &str| {
            list(rule, path).iter().filter_map(|v| v.as_str()).any(|v| v == "*" || v == value)
        };
        let covers = |resource: &str| {
            list(rule, "/resources").iter().filter_map(|v| v.as_str()).any(|v| {
                v == resource
                    || v == "*/*"
                    || (v == "*" && !resource.contains('/'))
                    || (v == "pods/*" && resource.contains('/'))
                    || (v == "*/status" && resource == "pods/status")
            })
        };
        let core = has("/apiGroups", "");
        let hit = wanted.iter().find(|(verb, resource)| core && has("/operations", verb) && covers(resource));
        if let Some((verb, resource)) = hit {
            return Some(format!("{verb} of {resource}"));
        }
    }
    None
}

/// Whether the world holds the service's endpoints and none of them is ready.
fn has_no_endpoint(s: &Snapshot, namespace: &str, name: &str) -> bool {
    if s.is_absent("Service", namespace, name) {
        return true;
    }
    let found = endpoints(&s.world, namespace, name);
    found.read && found.ready == 0
}

fn list<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    value.pointer(path).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn labels(s: &Snapshot) -> BTreeMap<String, String> {
    s.pod().and_then(|pod| pod.metadata.labels.clone()).unwrap_or_default()
}

/// The namespace's labels; `None` where it was not read.
fn namespace_labels(s: &Snapshot) -> Option<BTreeMap<String, String>> {
    let object = s.other("Namespace", "", s.namespace())?;
    Some(labels_at(object, "/metadata/labels"))
}

/// Whether a label selector selects; what cannot be told does.
fn selects(selector: Option<&Value>, labels: &Option<BTreeMap<String, String>>) -> bool {
    let (Some(selector), Some(labels)) = (selector, labels) else { return true };
    let wanted = selector.get("matchLabels").and_then(Value::as_object);
    let equal = wanted
        .is_none_or(|w| w.iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str()));
    let expressions = list(selector, "/matchExpressions").iter().all(|e| {
        let value = labels.get(e.get("key").and_then(Value::as_str).unwrap_or_default());
        let among =
            || list(e, "/values").iter().any(|v| v.as_str() == value.map(String::as_str) && value.is_some());
        match e.get("operator").and_then(Value::as_str) {
            Some("In") => among(),
            Some("NotIn") => !among(),
            Some("Exists") => value.is_some(),
            Some("DoesNotExist") => value.is_none(),
            _ => true,
        }
    });
    equal && expressions
}
