//! What RBAC says.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/plugin/pkg/auth/authorizer/rbac/rbac.go>,
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/rbac/validation/rule.go>

use serde_json::Value;

use crate::api::{Key, Store, find, text};
use crate::rights::{Attributes, User};

const RBAC: &str = "rbac.authorization.k8s.io";

/// Whether something is allowed, and why; the reason may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decision {
    pub(super) allowed: bool,
    pub(super) reason: String,
}

/// Decides by the bindings of the cluster, then by those of the namespace.
pub(super) fn decide(store: &Store, user: &User, wanted: &Attributes) -> Decision {
    if user.groups.iter().any(|group| group == "system:masters") {
        return Decision { allowed: true, reason: String::new() };
    }
    let mut missing = Vec::new();
    let places: &[(&str, &str)] = match wanted.namespace.as_str() {
        "" => &[("clusterrolebindings", "")],
        namespace => &[("clusterrolebindings", ""), ("rolebindings", namespace)],
    };
    for (plural, namespace) in places {
        let Some(bindings) = find(RBAC, "v1", plural) else { continue };
        for binding in store.list(bindings, namespace).0 {
            let subjects = binding["subjects"].as_array();
            let subject = subjects.into_iter().flatten().find(|subject| is_meant(user, subject, namespace));
            let Some(subject) = subject else { continue };
            match role(store, &binding["roleRef"], namespace) {
                Ok(role) if list(&role, "rules").any(|rule| allows(rule, wanted)) => {
                    let reason = format!("RBAC: allowed by {}", source(&binding, subject, namespace));
                    return Decision { allowed: true, reason };
                }
                Ok(_) => {}
                Err(why) => missing.push(why),
            }
        }
    }
    let reason = match missing.as_slice() {
        [] => String::new(),
        [one] => format!("RBAC: {one}"),
        several => format!("RBAC: [{}]", several.join(", ")),
    };
    Decision { allowed: false, reason }
}

fn is_meant(user: &User, subject: &Value, namespace: &str) -> bool {
    let name = text(subject, "/name");
    match text(subject, "/kind") {
        "User" => user.name == name,
        "Group" => user.groups.iter().any(|group| group == name),
        "ServiceAccount" => {
            let own = text(subject, "/namespace");
            let namespace = if own.is_empty() { namespace } else { own };
            !namespace.is_empty() && user.name == format!("system:serviceaccount:{namespace}:{name}")
        }
        _ => false,
    }
}

fn role(store: &Store, reference: &Value, namespace: &str) -> Result<Value, String> {
    let name = text(reference, "/name");
    let (plural, namespace) = match text(reference, "/kind") {
        "ClusterRole" => ("clusterroles", ""),
        "Role" => ("roles", namespace),
        kind => return Err(format!("unsupported role reference kind: {kind:?}")),
    };
    let role = find(RBAC, "v1", plural).and_then(|roles| store.get(&Key::new(roles, namespace, name)));
    let singular = plural.trim_end_matches('s');
    role.map(|role| Value::clone(&role)).ok_or_else(|| format!("{singular}.{RBAC} {name:?} not found"))
}

/// Names a namespaced binding and a service account as RBAC does, the name before the namespace.
fn source(binding: &Value, subject: &Value, namespace: &str) -> String {
    let name = text(binding, "/metadata/name");
    let binding_name = match namespace {
        "" => format!("ClusterRoleBinding {name:?}"),
        _ => format!("RoleBinding {:?}", format!("{name}/{namespace}")),
    };
    let (kind, mut who) = (text(subject, "/kind"), text(subject, "/name").to_string());
    if kind == "ServiceAccount" {
        let own = text(subject, "/namespace");
        who = format!("{who}/{}", if own.is_empty() { namespace } else { own });
    }
    let (role_kind, role) = (text(binding, "/roleRef/kind"), text(binding, "/roleRef/name"));
    format!("{binding_name} of {role_kind} {role:?} to {kind} {who:?}")
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/rbac/v1/evaluation_helpers.go>
fn allows(rule: &Value, wanted: &Attributes) -> bool {
    let any = |field: &str, value: &str| texts(rule, field).any(|known| known == "*" || known == value);
    if !any("verbs", &wanted.verb) {
        return false;
    }
    if let Some(path) = &wanted.path {
        let begins = |known: &str| known.ends_with('*') && path.starts_with(known.trim_end_matches('*'));
        return any("nonResourceURLs", path) || texts(rule, "nonResourceURLs").any(begins);
    }
    let (combined, every) = match wanted.sub.as_str() {
        "" => (wanted.resource.clone(), None),
        sub => (format!("{}/{sub}", wanted.resource), Some(format!("*/{sub}"))),
    };
    let resource = any("resources", &combined)
        || every.is_some_and(|every| texts(rule, "resources").any(|known| known == every));
    let names = texts(rule, "resourceNames").next().is_none()
        || texts(rule, "resourceNames").any(|known| known == wanted.name);
    any("apiGroups", &wanted.group) && resource && names
}

fn list<'v>(object: &'v Value, field: &str) -> impl Iterator<Item = &'v Value> {
    object[field].as_array().into_iter().flatten()
}

fn texts<'v>(object: &'v Value, field: &str) -> impl Iterator<Item = &'v str> {
    list(object, field).filter_map(Value::as_str)
}

#[cfg(test)]
mod tests;
