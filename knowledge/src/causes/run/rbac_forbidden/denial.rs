//! The authorizer's sentence, taken apart.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use serde_json::Value;

use crate::snapshot::Snapshot;

/// What was refused, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Denial {
    pub(super) user: String,
    pub(super) verb: String,
    /// `pods`, `pods/log`, or a path.
    pub(super) name: String,
    pub(super) group: String,
    pub(super) path: bool,
    /// The object asked for, where one was named.
    pub(super) object: Option<String>,
    /// `None` at the cluster scope.
    pub(super) namespace: Option<String>,
    pub(super) missing_role: Option<String>,
}

/// From 1.12 the resource is quoted and has its group beside it; before, it stood bare.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go>
/// (`ForbiddenStatusError`, `forbiddenMessage`)
static SENTENCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r#"(?:(?:"(?P<object>[^"]+)" is )?forbidden: |\b)User "(?P<user>[^"]+)" cannot (?P<verb>[A-Za-z*]+) "#,
        r#"(?:path "?(?P<path>/[^"\s:]*)|resource "(?P<resource>[^"]+)"(?: in API group "(?P<group>[^"]*)")?|(?P<bare>[a-z][a-z0-9./-]*))"#,
        r#"(?:.{0,4}? ?in the namespace "(?P<namespace>[^"]+)")?"#,
    ))
    .ok()
});

static MISSING_ROLE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"RBAC: \[?(?:cluster)?role\.rbac\.authorization\.k8s\.io "([^"]+)" not found"#).ok()
});

/// The denial a text speaks of.
pub(super) fn denial_in(text: &str) -> Option<Denial> {
    // within a quoted text its own quotes are escaped
    let plain = text.replace("\\\"", "\"");
    let found = SENTENCE.as_ref()?.captures(&plain)?;
    let group = |name: &str| found.name(name).map(|m| m.as_str().to_string());
    let (name, api_group) = resource_of(&found)?;
    let missing_role =
        MISSING_ROLE.as_ref().and_then(|regex| regex.captures(&plain)).map(|c| c[1].to_string());
    Some(Denial {
        user: group("user")?,
        verb: group("verb")?,
        path: found.name("path").is_some(),
        name,
        group: api_group,
        object: group("object"),
        namespace: group("namespace"),
        missing_role,
    })
}

fn resource_of(found: &Captures<'_>) -> Option<(String, String)> {
    let group = |name: &str| found.name(name).map(|m| m.as_str().to_string());
    if let Some(path) = group("path") {
        return Some((path, String::new()));
    }
    if let Some(resource) = group("resource") {
        return Some((resource, group("group").unwrap_or_default()));
    }
    let bare = group("bare")?;
    // 1.7 wrote `deployments.extensions`
    Some(match bare.trim_end_matches('.').split_once('.') {
        Some((resource, api_group)) => (resource.to_string(), api_group.to_string()),
        None => (bare.trim_end_matches('.').to_string(), String::new()),
    })
}

impl Denial {
    /// The (namespace, name) of the ServiceAccount, if the user is one.
    pub(super) fn account(&self) -> Option<(&str, &str)> {
        self.user.strip_prefix("system:serviceaccount:")?.split_once(':')
    }

    /// As `kubectl create role --resource` takes it: `deployments.apps/scale`, `pods/log`.
    pub(super) fn resource(&self) -> String {
        match self.name.split_once('/').filter(|_| !self.path) {
            _ if self.group.is_empty() => self.name.clone(),
            Some((resource, part)) => format!("{resource}.{}/{part}", self.group),
            None => format!("{}.{}", self.name, self.group),
        }
    }
}

impl Denial {
    /// The subresource, where one was asked for: `log` of `pods/log`.
    pub(super) fn part(&self) -> Option<&str> {
        self.name.split_once('/').filter(|_| !self.path).map(|(_, part)| part)
    }

    /// The resource without its part, with its group.
    pub(super) fn whole(&self) -> String {
        let name =
            if self.path { self.name.as_str() } else { self.name.split('/').next().unwrap_or_default() };
        if self.group.is_empty() { name.to_string() } else { format!("{name}.{}", self.group) }
    }
}

/// The bindings read that name the account, or the groups every account belongs to.
pub(super) fn bindings(s: &Snapshot, namespace: &str, name: &str) -> Vec<String> {
    bindings_of(s, namespace, name).map(|(place, object)| shown(place, object)).take(5).collect()
}

/// The kind, namespace and name of an object.
type Place = (String, String, String);

fn bindings_of<'s>(
    s: &'s Snapshot,
    namespace: &'s str,
    name: &'s str,
) -> impl Iterator<Item = (&'s Place, &'s Value)> {
    let names = move |object: &Value| {
        let subjects = object.pointer("/subjects").and_then(Value::as_array);
        subjects.into_iter().flatten().any(|subject| {
            let group = text(subject, "/kind") == "Group";
            let account = text(subject, "/kind") == "ServiceAccount"
                && text(subject, "/name") == name
                && text(subject, "/namespace") == namespace;
            account || group && text(subject, "/name") == format!("system:serviceaccounts:{namespace}")
        })
    };
    s.world
        .others
        .iter()
        .filter(move |((kind, ..), object)| {
            matches!(kind.as_str(), "RoleBinding" | "ClusterRoleBinding") && names(object)
        })
        .map(|(place, object)| (place, object.as_ref()))
}

fn shown((kind, namespace, binding): &Place, object: &Value) -> String {
    let place = if namespace.is_empty() { binding.clone() } else { format!("{namespace}/{binding}") };
    format!("{kind} {place} → {}", text(object, "/roleRef/name"))
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// What the roles bound to the account say of what was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Granted {
    /// This binding allows it now, so the right is newer than the refusal.
    By(String),
    /// Every role was read, and none allows it.
    No,
    /// Not every role was read.
    Unknown,
}

/// Whether a role bound to the account allows what was refused.
/// <https://kubernetes.io/docs/reference/access-authn-authz/rbac/#role-and-clusterrole>
pub(super) fn granted(s: &Snapshot, denial: &Denial) -> Granted {
    let Some((namespace, name)) = denial.account() else { return Granted::Unknown };
    let mut all_read = true;
    for (place, binding) in bindings_of(s, namespace, name) {
        // a RoleBinding counts in its namespace, whatever kind of role it names
        let counts = place.1.is_empty() || denial.namespace.as_deref() == Some(place.1.as_str());
        if !counts {
            continue;
        }
        let kind = text(binding, "/roleRef/kind");
        let home = if kind == "Role" { place.1.as_str() } else { "" };
        match s.other(kind, home, text(binding, "/roleRef/name")) {
            Some(role) if allows(role, denial) => return Granted::By(shown(place, binding)),
            Some(_) => {}
            None => all_read = false,
        }
    }
    if all_read { Granted::No } else { Granted::Unknown }
}

fn allows(role: &Value, denial: &Denial) -> bool {
    let rules = role.pointer("/rules").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let list = |key: &str| rule.get(key).and_then(Value::as_array);
        let has = |key: &str, wanted: &str| {
            list(key).into_iter().flatten().filter_map(Value::as_str).any(|one| one == "*" || one == wanted)
        };
        let part = denial.part().is_some_and(|part| has("resources", &format!("*/{part}")));
        let object = list("resourceNames").is_none_or(Vec::is_empty)
            || denial.object.as_deref().is_some_and(|name| has("resourceNames", name));
        if denial.path {
            return has("verbs", &denial.verb) && has("nonResourceURLs", &denial.name);
        }
        has("verbs", &denial.verb)
            && has("apiGroups", &denial.group)
            && (has("resources", &denial.name) || part)
            && object
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wordings_of_every_version_are_taken_apart() {
        let read = |text: &str| {
            denial_in(text).map(|d| (d.verb.clone(), d.resource(), d.namespace.clone(), d.object.clone()))
        };
        let some = |verb: &str, resource: &str, namespace: Option<&str>, object: Option<&str>| {
            Some((
                verb.to_string(),
                resource.to_string(),
                namespace.map(str::to_string),
                object.map(str::to_string),
            ))
        };
        assert_eq!(
            read(
                r#"failed to list *v1.Secret: secrets is forbidden: User "system:serviceaccount:rbac-a:default" cannot list resource "secrets" in API group "" at the cluster scope"#
            ),
            some("list", "secrets", None, None)
        );
        assert_eq!(
            read(
                r#"deployments.apps "cart" is forbidden: User "system:serviceaccount:shop:ci" cannot patch resource "deployments/scale" in API group "apps" in the namespace "shop""#
            ),
            some("patch", "deployments.apps/scale", Some("shop"), Some("cart"))
        );
        assert_eq!(
            read(
                r#"User "system:serviceaccount:kube-system:default" cannot list pods at the cluster scope."#
            ),
            some("list", "pods", None, None)
        );
        assert_eq!(
            read(
                r#"pods is forbidden: User "system:serviceaccount:shop:default" cannot list pods in the namespace "shop": RBAC: clusterrole.rbac.authorization.k8s.io "reader" not found"#
            ),
            some("list", "pods", Some("shop"), None)
        );
        assert_eq!(
            read(
                r#"{"err":"leases.coordination.k8s.io \"l\" is forbidden: User \"system:serviceaccount:a:b\" cannot get resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"a\""}"#
            ),
            some("get", "leases.coordination.k8s.io", Some("a"), Some("l"))
        );
        assert_eq!(
            read(r#"forbidden: User "system:anonymous" cannot get path "/metrics""#),
            some("get", "/metrics", None, None)
        );
        assert_eq!(read("nothing"), None);
    }
}
