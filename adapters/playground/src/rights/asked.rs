//! What a request wants, and its refusal.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go>

use axum::http::Method;

use crate::api::{Failure, Query, Store, flag};
use crate::rights::rules::decide;
use crate::rights::{Attributes, Caller};

/// Whether the caller may make a request, before anybody looks whether there is what it is about.
///
/// # Errors
/// 403 in the API server's words.
pub(crate) fn check(
    store: &Store,
    caller: &Caller,
    method: &Method,
    path: &[&str],
    query: &Query,
) -> Result<(), Failure> {
    let Caller::User(user) = caller else { return Ok(()) };
    let wanted = attributes(method, path, query);
    let decision = decide(store, user, &wanted);
    if decision.allowed {
        return Ok(());
    }
    let mut why = message(&user.name, &wanted);
    if !decision.reason.is_empty() {
        why = format!("{why}: {}", decision.reason);
    }
    Err(Failure::forbidden_of(&wanted.resource, &wanted.group, &wanted.name, &why))
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go>
/// (`forbiddenMessage`)
fn message(user: &str, wanted: &Attributes) -> String {
    let Attributes { verb, group, resource, sub, namespace, .. } = wanted;
    if let Some(path) = &wanted.path {
        return format!("User {user:?} cannot {verb} path {path:?}");
    }
    let resource = if sub.is_empty() { resource.clone() } else { format!("{resource}/{sub}") };
    let place = match namespace.as_str() {
        "" => "at the cluster scope".to_string(),
        namespace => format!("in the namespace {namespace:?}"),
    };
    format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?} {place}")
}

fn attributes(method: &Method, path: &[&str], query: &Query) -> Attributes {
    let (group, rest) = match path {
        ["api", _, rest @ ..] if !rest.is_empty() => ("", rest),
        ["apis", group, _, rest @ ..] if !rest.is_empty() => (*group, rest),
        _ => {
            let (verb, path) = (method.as_str().to_lowercase(), format!("/{}", path.join("/")));
            return Attributes { verb, path: Some(path), ..Attributes::default() };
        }
    };
    // a namespace is a thing of itself
    let (namespace, rest) = match rest {
        ["namespaces", namespace, after @ ..]
            if after.is_empty() || matches!(after[0], "status" | "finalize") =>
        {
            (*namespace, rest)
        }
        ["namespaces", namespace, after @ ..] => (*namespace, after),
        rest => ("", rest),
    };
    let part = |at: usize| rest.get(at).copied().unwrap_or_default().to_string();
    let mut name = part(1);
    let verb = match (method.as_str(), name.as_str()) {
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", "") => "deletecollection",
        ("DELETE", _) => "delete",
        (_, "") if flag(query, "watch") => "watch",
        (_, "") => "list",
        _ => "get",
    };
    // a list of one name is allowed to whoever may list that name
    if matches!(verb, "list" | "watch") {
        name = named(query).unwrap_or_default();
    }
    let (group, namespace, verb) = (group.to_string(), namespace.to_string(), verb.to_string());
    Attributes { verb, group, resource: part(0), sub: part(2), namespace, name, path: None }
}

fn named(query: &Query) -> Option<String> {
    let mut terms = query.get("fieldSelector")?.split(',');
    let name = terms.find_map(|term| term.strip_prefix("metadata.name="))?;
    Some(name.trim_start_matches('=').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_what_it_wants() {
        let get = |path: &str, query: &[(&str, &str)], method: Method| {
            let path: Vec<&str> = path.split('/').collect();
            let query = query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
            let wanted = attributes(&method, &path, &query);
            format!("{} | {} | {}", message("jane", &wanted), wanted.name, wanted.path.is_some())
        };
        let pods = "in API group \"\" in the namespace \"shop\"";
        for (method, path, query, wanted) in [
            (Method::DELETE, "api/v1/namespaces/shop/pods/x", &[][..], format!("User \"jane\" cannot delete resource \"pods\" {pods} | x | false")),
            (Method::DELETE, "api/v1/namespaces/shop/pods", &[], format!("User \"jane\" cannot deletecollection resource \"pods\" {pods} |  | false")),
            (Method::POST, "api/v1/namespaces/shop/pods/x/eviction", &[], format!("User \"jane\" cannot create resource \"pods/eviction\" {pods} | x | false")),
            (Method::GET, "api/v1/namespaces/shop/pods", &[("watch", "1"), ("fieldSelector", "metadata.name=x")], format!("User \"jane\" cannot watch resource \"pods\" {pods} | x | false")),
            (Method::PATCH, "apis/apps/v1/namespaces/shop/deployments/web", &[], "User \"jane\" cannot patch resource \"deployments\" in API group \"apps\" in the namespace \"shop\" | web | false".into()),
            (Method::GET, "api/v1/nodes", &[], "User \"jane\" cannot list resource \"nodes\" in API group \"\" at the cluster scope |  | false".into()),
            (Method::GET, "api/v1/namespaces/shop", &[], "User \"jane\" cannot get resource \"namespaces\" in API group \"\" in the namespace \"shop\" | shop | false".into()),
            (Method::PUT, "api/v1/namespaces/shop/status", &[], "User \"jane\" cannot update resource \"namespaces/status\" in API group \"\" in the namespace \"shop\" | shop | false".into()),
            (Method::GET, "apis/apps/v1", &[], "User \"jane\" cannot get path \"/apis/apps/v1\" |  | true".into()),
        ] {
            assert_eq!(get(path, query, method), wanted, "{path}");
        }
    }
}
