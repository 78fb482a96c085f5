//! A right to do one thing.

use crate::act::record::Target;
use crate::act::remedy::Remedy;

/// A verb on a resource, as RBAC knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Access {
    /// `create`, `delete`, `patch`, …
    pub verb: String,
    /// The API group; empty for the core.
    pub group: String,
    /// The plural name: `pods`.
    pub resource: String,
    /// `eviction`, where it is about a part.
    pub subresource: Option<String>,
    /// The namespace; `None` where it has none.
    pub namespace: Option<String>,
    /// The object's name.
    pub name: Option<String>,
}

impl Access {
    /// This verb on this object, or on a part of it.
    pub fn to(verb: &str, target: &Target, subresource: Option<&str>) -> Access {
        let (group, resource) = place_of(&target.kind);
        Access {
            verb: verb.to_string(),
            group: group.to_string(),
            resource,
            subresource: subresource.map(str::to_string),
            namespace: Some(target.namespace.clone()).filter(|namespace| !namespace.is_empty()),
            name: Some(target.name.clone()),
        }
    }

    /// What the agent of this node is told to do: a resource that no API server has, which people are given rights to all the same.
    pub fn to_agent(remedy: Remedy, node: &Target) -> Access {
        let (verb, part) = match remedy {
            Remedy::RemoveImage => ("delete", "images"),
            Remedy::RestartRuntime => ("restart", "runtime"),
            _ => ("restart", "kubelet"),
        };
        Access {
            verb: verb.to_string(),
            group: "podwhy.dev".to_string(),
            resource: "nodes".to_string(),
            subresource: Some(part.to_string()),
            namespace: None,
            name: Some(node.name.clone()),
        }
    }

    /// Everything, everywhere: what nobody may have on whose behalf podwhy writes.
    pub fn everything() -> Access {
        let any = || "*".to_string();
        Access { verb: any(), group: any(), resource: any(), subresource: None, namespace: None, name: None }
    }

    /// `delete pods/eviction in shop`: as a refusal tells it.
    pub fn told(&self) -> String {
        let part = self.subresource.as_ref().map(|part| format!("/{part}")).unwrap_or_default();
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let place = self.namespace.as_ref().map(|name| format!(" in {name}")).unwrap_or_default();
        format!("{} {}{group}{part}{place}", self.verb, self.resource)
    }
}

/// The namespace and the name of a user that is a service account:
/// <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens>
pub fn service_account(user: &str) -> Option<(&str, &str)> {
    user.strip_prefix("system:serviceaccount:")?.split_once(':')
}

/// The API group of the kinds that podwhy changes, and their plural name.
pub fn place_of(kind: &str) -> (&'static str, String) {
    let group = match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" => "apps",
        "Job" | "CronJob" => "batch",
        _ => "",
    };
    (group, format!("{}s", kind.to_lowercase()))
}
