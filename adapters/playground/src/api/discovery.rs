//! What there is: `/api`, `/apis`, and the resources of each group.
//! <https://kubernetes.io/docs/concepts/overview/kubernetes-api/#discovery-api>

use serde_json::{Value, json};

use crate::api::resources::Resource;
use crate::kinds::{served, version_of};

/// The version the playground speaks.
const VERSION: (&str, &str) = ("1", "37");

/// The answer to a path of discovery; `None` when it is none.
pub(crate) fn discover(path: &[&str], address: &str) -> Option<Value> {
    match path {
        ["version"] => Some(version()),
        ["api"] => Some(json!({"kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": address}]})),
        ["apis"] => {
            let groups: Vec<Value> = groups().into_iter().map(group).collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        ["apis", name] => groups().contains(name).then(|| {
            let mut group = group(name);
            group["kind"] = json!("APIGroup");
            group["apiVersion"] = json!("v1");
            group
        }),
        ["api", "v1"] => Some(resources("", "v1")),
        ["apis", name, version] if groups().contains(name) && *version == version_of(name) => {
            Some(resources(name, &format!("{name}/{version}")))
        }
        _ => None,
    }
}

fn version() -> Value {
    let (major, minor) = VERSION;
    json!({"major": major, "minor": minor, "gitVersion": format!("v{major}.{minor}.0+podwhy"), "gitCommit": "",
        "gitTreeState": "clean", "buildDate": "2026-01-01T00:00:00Z", "goVersion": "", "compiler": "rustc",
        "platform": "podwhy/playground"})
}

fn groups() -> Vec<&'static str> {
    let mut groups: Vec<&str> = served().map(|r| r.group).filter(|group| !group.is_empty()).collect();
    groups.dedup();
    groups
}

fn group(name: &str) -> Value {
    let version = version_of(name);
    let version = json!({"groupVersion": format!("{name}/{version}"), "version": version});
    json!({"name": name, "versions": [version], "preferredVersion": version})
}

fn resources(group: &str, group_version: &str) -> Value {
    let own = served().filter(|r| r.group == group);
    let listed: Vec<Value> = own.flat_map(entries).collect();
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": listed})
}

fn entries(resource: &Resource) -> Vec<Value> {
    let mut main = json!({"name": resource.plural, "singularName": resource.singular(),
        "namespaced": resource.namespaced, "kind": resource.kind, "verbs": resource.verbs()});
    if !resource.short.is_empty() {
        main["shortNames"] = json!(resource.short);
    }
    if resource.in_all {
        main["categories"] = json!(["all"]);
    }
    let sub = |name: &str, verbs: &[&str]| {
        json!({"name": format!("{}/{name}", resource.plural), "singularName": "",
            "namespaced": resource.namespaced, "kind": resource.kind, "verbs": verbs})
    };
    let mut entries = vec![main];
    if resource.plural == "pods" {
        entries.push(sub("log", &["get"]));
        let mut eviction = sub("eviction", &["create"]);
        eviction["kind"] = json!("Eviction");
        eviction["group"] = json!("policy");
        eviction["version"] = json!("v1");
        entries.push(eviction);
    }
    if resource.status {
        entries.push(sub("status", resource.status_verbs()));
    }
    entries
}
