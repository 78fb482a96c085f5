//! One request → the part of the API it is for.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt;

use crate::api::discovery::discover;
use crate::api::failure::Failure;
use crate::api::resources::{Resource, find};
use crate::api::{read, watch};
use crate::change::{delete::delete, patch::patch};
use crate::life::Life;
use crate::rights::{Caller, caller, check, review};
use crate::server::Clusters;
use crate::{custom, evict};

/// A request's body is a patch or the options of a deletion.
const MAX_BODY: usize = 3 * 1024 * 1024;

/// A request about one kind: `/api/v1/namespaces/shop/pods/cart-0/log`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) resource: &'static Resource,
    /// Empty for all, and for kinds without.
    pub(crate) namespace: String,
    /// Empty for a list.
    pub(crate) name: String,
    /// `log`, `status`, `eviction`; empty for the object itself.
    pub(crate) sub: String,
}

/// A query's parameters, the last of a name.
pub(crate) type Query = HashMap<String, String>;

/// Every request to every simulated cluster: `/clusters/<name>/api/…`.
pub(crate) async fn serve(State(clusters): State<Arc<Clusters>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    match answer(&clusters, &parts, body).await {
        Ok(response) => response,
        Err(failure) => failure.into_response(),
    }
}

async fn answer(clusters: &Clusters, parts: &Parts, body: Body) -> Result<Response, Failure> {
    clusters.check_caller(&parts.headers)?;
    let path: Vec<&str> = parts.uri.path().split('/').filter(|part| !part.is_empty()).collect();
    let ["clusters", cluster, path @ ..] = path.as_slice() else { return Err(Failure::no_such_resource()) };
    let life = clusters.get(cluster).ok_or_else(Failure::no_such_resource)?;
    let caller = caller(&parts.headers)?;
    let query = query(parts.uri.query().unwrap_or_default());
    check(&life.store, &caller, &parts.method, path, &query)?;
    if let ["healthz" | "livez" | "readyz", ..] = path {
        return Ok("ok".into_response());
    }
    if let Some(found) = discover(path, clusters.address()) {
        return if parts.method == Method::GET {
            Ok(Json(found).into_response())
        } else {
            Err(Failure::method_not_allowed())
        };
    }
    let asked = asked(path).ok_or_else(Failure::no_such_resource)?;
    if parts.method != Method::POST && asked.resource.is_asked_only() {
        return Err(Failure::method_not_allowed());
    }
    match parts.method {
        Method::GET if asked.sub != "eviction" => get(life, &asked, &query, &parts.headers),
        Method::POST => post(life, &asked, &query, &caller, &whole(body).await?),
        Method::PUT if matches!(asked.sub.as_str(), "" | "status") => {
            custom::replace(life, &asked, &query, &whole(body).await?)
        }
        Method::DELETE if !asked.name.is_empty() && asked.sub.is_empty() => {
            delete(life, &asked, &query, &whole(body).await?)
        }
        Method::PATCH if !asked.name.is_empty() && matches!(asked.sub.as_str(), "" | "status") => {
            patch(life, &asked, &query, &parts.headers, &whole(body).await?)
        }
        _ => Err(Failure::method_not_allowed()),
    }
}

fn post(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    caller: &Caller,
    body: &[u8],
) -> Result<Response, Failure> {
    if asked.sub == "eviction" {
        return evict::evict(life, asked, query, body);
    }
    if !asked.name.is_empty() {
        return Err(Failure::method_not_allowed());
    }
    match review(&life.store, asked.resource, caller, body)? {
        Some(answer) => Ok(answer),
        None => custom::create(life, asked, query, body),
    }
}

fn get(life: &Life, asked: &Asked, query: &Query, headers: &HeaderMap) -> Result<Response, Failure> {
    if asked.sub == "log" {
        return read::log(&life.store, asked, query);
    }
    if asked.name.is_empty() && flag(query, "watch") {
        let lines = watch::watch(Arc::clone(&life.store), asked, query, headers)?;
        let body = Body::from_stream(lines.map(Ok::<Bytes, std::convert::Infallible>));
        return Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response());
    }
    let answer = if asked.name.is_empty() {
        read::list(life, asked, query, headers)?
    } else {
        read::one(&life.store, asked, query, headers)?
    };
    Ok(Json(answer).into_response())
}

async fn whole(body: Body) -> Result<Bytes, Failure> {
    to_bytes(body, MAX_BODY).await.map_err(|error| Failure::bad_request(error.to_string()))
}

pub(crate) fn flag(query: &Query, name: &str) -> bool {
    query.get(name).is_some_and(|value| value == "true" || value == "1")
}

fn asked(path: &[&str]) -> Option<Asked> {
    let (group, version, rest) = match path {
        ["api", version, rest @ ..] => ("", version, rest),
        ["apis", group, version, rest @ ..] => (*group, version, rest),
        _ => return None,
    };
    let (namespace, rest) = match rest {
        ["namespaces", namespace, rest @ ..] if !rest.is_empty() && *rest != ["status"] => (*namespace, rest),
        rest => ("", rest),
    };
    let (plural, name, sub) = match rest {
        [plural] => (plural, "", ""),
        [plural, name] => (plural, *name, ""),
        [plural, name, sub] => (plural, *name, *sub),
        _ => return None,
    };
    let resource = find(group, version, plural)?;
    let placed = resource.namespaced != namespace.is_empty() || (resource.namespaced && name.is_empty());
    let known = match sub {
        "" => true,
        "log" | "eviction" => resource.plural == "pods",
        "status" => resource.status,
        _ => false,
    };
    (placed && known).then(|| Asked {
        resource,
        namespace: namespace.to_string(),
        name: name.to_string(),
        sub: sub.to_string(),
    })
}

fn query(text: &str) -> Query {
    let pairs = text.split('&').filter_map(|pair| pair.split_once('=').or(Some((pair, ""))));
    pairs.map(|(name, value)| (decoded(name), decoded(value))).collect()
}

/// `%2C` and `+` as what they stand for; what is no such escape stays.
pub(crate) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            (b'+', _) => {
                bytes.push(b' ');
                rest = after;
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_says_what_is_asked() {
        let shown = |path: &str| {
            let parts: Vec<&str> = path.split('/').collect();
            asked(&parts).map(|a| format!("{}|{}|{}|{}", a.resource.plural, a.namespace, a.name, a.sub))
        };
        for (path, wanted) in [
            ("api/v1/pods", Some("pods|||")),
            ("api/v1/namespaces/shop/pods", Some("pods|shop||")),
            ("api/v1/namespaces/shop/pods/a/log", Some("pods|shop|a|log")),
            ("api/v1/namespaces/shop", Some("namespaces||shop|")),
            ("api/v1/namespaces/shop/status", Some("namespaces||shop|status")),
            ("api/v1/nodes/n1", Some("nodes||n1|")),
            ("apis/apps/v1/namespaces/shop/deployments/web/status", Some("deployments|shop|web|status")),
            ("apis/apps/v1/deployments", Some("deployments|||")),
            ("api/v1/namespaces/shop/nodes", None),
            ("api/v1/pods/a", None),
            ("api/v1/namespaces/shop/pods/a/exec", None),
            ("apis/apps/v1beta1/deployments", None),
            ("api/v1/widgets", None),
        ] {
            assert_eq!(shown(path).as_deref(), wanted, "{path}");
        }
    }

    #[test]
    fn a_query_is_decoded() {
        let query = query("labelSelector=a%3Db%2Cc+in+%28x%29&watch=1&watch=true&x=%zz&");
        assert_eq!(query["labelSelector"], "a=b,c in (x)");
        assert_eq!((query["watch"].as_str(), query["x"].as_str()), ("true", "%zz"));
    }
}
