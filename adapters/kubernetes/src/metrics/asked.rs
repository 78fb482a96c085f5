//! What a request asks for, in few words: a label's values must be few.

use http::Method;

/// Every resource that is asked for, as RBAC has it; of others only that they are.
const RESOURCES: [&str; 41] = [
    "apiservices",
    "configmaps",
    "cronjobs",
    "csidrivers",
    "csinodes",
    "customresourcedefinitions",
    "daemonsets",
    "deployments",
    "endpoints",
    "endpointslices",
    "events",
    "incidents",
    "jobs",
    "leases",
    "limitranges",
    "mutatingwebhookconfigurations",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "pods/eviction",
    "pods/log",
    "priorityclasses",
    "remediations",
    "replicasets",
    "replicationcontrollers",
    "resourceclaims",
    "resourceclaimtemplates",
    "resourcequotas",
    "rolebindings",
    "runtimeclasses",
    "secrets",
    "serviceaccounts",
    "services",
    "statefulsets",
    "storageclasses",
    "subjectaccessreviews",
    "validatingwebhookconfigurations",
    "volumeattachments",
];

/// A request's verb and resource, as Kubernetes' audit log names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) verb: &'static str,
    pub(crate) resource: &'static str,
}

impl Asked {
    /// Of a method, and a path with its query:
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris>
    pub(crate) fn of(method: &Method, path: &str) -> Asked {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut parts = path.trim_matches('/').split('/');
        // api/v1 or apis/GROUP/VERSION
        let above = if parts.next() == Some("apis") { 2 } else { 1 };
        let parts: Vec<&str> = parts.skip(above).collect();
        // a namespace of its own is an object like others
        let parts = match parts.as_slice() {
            ["namespaces", _, rest @ ..] if !rest.is_empty() => rest,
            parts => parts,
        };
        let (resource, is_one) = match parts {
            ["pods", _, "log"] => ("pods/log", true),
            ["pods", _, "eviction"] => ("pods/eviction", false),
            [resource, rest @ ..] => (*resource, !rest.is_empty()),
            [] => ("", false),
        };
        let resource = RESOURCES.into_iter().find(|known| *known == resource).unwrap_or("other");
        let watches = query.split('&').any(|part| matches!(part, "watch=true" | "watch=1"));
        let verb = match *method {
            Method::GET if watches => "watch",
            Method::GET if is_one => "get",
            Method::GET => "list",
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => "other",
        };
        Asked { verb, resource }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_named_as_the_audit_log_does() {
        for (method, path, wanted) in [
            (Method::GET, "/api/v1/namespaces/shop/pods/cart-0", "get pods"),
            (
                Method::GET,
                "/api/v1/namespaces/shop/pods/cart-0/log?container=c&previous=true",
                "get pods/log",
            ),
            (Method::GET, "/api/v1/namespaces/shop/pods?limit=500", "list pods"),
            (Method::GET, "/api/v1/pods?watch=true&resourceVersion=7", "watch pods"),
            (Method::GET, "/api/v1/namespaces/shop", "get namespaces"),
            (Method::GET, "/api/v1/namespaces", "list namespaces"),
            (Method::GET, "/apis/apps/v1/deployments", "list deployments"),
            (Method::POST, "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents", "create incidents"),
            (
                Method::PUT,
                "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/incidents/x/status",
                "update incidents",
            ),
            (Method::DELETE, "/apis/coordination.k8s.io/v1/namespaces/podwhy/leases/x", "delete leases"),
            (
                Method::POST,
                "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                "create subjectaccessreviews",
            ),
            (Method::GET, "/apis/anyone.example/v1/namespaces/shop/anything/x", "get other"),
            (Method::GET, "/version", "list other"),
            (Method::GET, "", "list other"),
        ] {
            let asked = Asked::of(&method, path);
            assert_eq!(format!("{} {}", asked.verb, asked.resource), wanted, "{path}");
        }
    }
}
