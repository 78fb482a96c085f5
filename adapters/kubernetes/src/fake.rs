//! A small API server in memory, for tests: objects at paths, versions, the status subresource, lists in pages, and faults.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};

use crate::metrics::Metrics;
use crate::request::Requests;

/// What is listed: every object below it, whatever a selector says.
const LISTS: [&str; 9] = [
    "/apiservices",
    "/customresourcedefinitions",
    "/daemonsets",
    "/deployments",
    "/incidents",
    "/leases",
    "/nodetickets",
    "/remediations",
    "/statefulsets",
];

/// What goes wrong with a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// It is done, but the connection breaks before the answer.
    LosesAnswer,
    /// The connection breaks before it is done.
    Breaks,
    /// There is no answer, ever.
    Hangs,
    /// It is refused with this status.
    Refuses(u16),
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    /// For the next request of this method.
    faults: VecDeque<(Method, Fault)>,
    is_down: bool,
    asked: Vec<String>,
}

/// The server; clones are the same one.
#[derive(Clone, Default)]
pub(crate) struct FakeApi(Arc<Mutex<State>>);

impl FakeApi {
    pub(crate) fn requests(&self) -> Requests {
        let api = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let api = api.clone();
            async move { api.answer(request).await }
        });
        let timeout = Duration::from_secs(5);
        Requests::new(Client::new(service, "podwhy"), "home".to_string(), timeout, Metrics::default())
    }

    pub(crate) fn fails(&self, method: Method, fault: Fault) {
        self.state().faults.push_back((method, fault));
    }

    /// From now on no request is answered, or every one is again.
    pub(crate) fn is_down(&self, is_down: bool) {
        self.state().is_down = is_down;
    }

    pub(crate) fn put(&self, path: &str, object: Value) {
        self.state().put(path, object);
    }

    pub(crate) fn object(&self, path: &str) -> Option<Value> {
        self.state().objects.get(path).cloned()
    }

    /// The requests there were: `GET /apis/…`.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.state().asked.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, std::io::Error> {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let (fault, is_down) = {
            let mut state = self.state();
            state.asked.push(format!("{method} {uri}"));
            let at = state.faults.iter().position(|(of, _)| *of == method);
            (at.and_then(|at| state.faults.remove(at)).map(|(_, fault)| fault), state.is_down)
        };
        match fault {
            Some(Fault::Hangs) => std::future::pending().await,
            _ if is_down => std::future::pending().await,
            Some(Fault::Breaks) => return Err(std::io::Error::other("connection reset")),
            Some(Fault::Refuses(code)) => return Ok(status(code)),
            Some(Fault::LosesAnswer) | None => {}
        }
        let object = serde_json::from_slice(&body).unwrap_or_default();
        let answer = self.state().done(&method, uri.path(), uri.query().unwrap_or_default(), object);
        match fault {
            Some(Fault::LosesAnswer) => Err(std::io::Error::other("connection reset")),
            _ => Ok(answer),
        }
    }
}

impl State {
    fn done(&mut self, method: &Method, path: &str, query: &str, object: Value) -> Response<Body> {
        match method.as_str() {
            "GET" if LISTS.iter().any(|list| path.ends_with(list)) => self.list(path, query),
            "GET" => self.objects.get(path).map_or_else(|| status(404), answer),
            "POST" => {
                let path = format!("{path}/{}", object["metadata"]["name"].as_str().unwrap());
                if self.objects.contains_key(&path) {
                    return status(409);
                }
                let mut object = object;
                // as the API server: the status is a subresource
                object.as_object_mut().unwrap().remove("status");
                object["metadata"]["uid"] = json!(format!("uid-{}", self.version + 1));
                answer(&self.put(&path, object))
            }
            "PUT" => self.update(path, object),
            "DELETE" => self.objects.remove(path).map_or_else(|| status(404), |gone| answer(&gone)),
            _ => status(405),
        }
    }

    fn update(&mut self, path: &str, object: Value) -> Response<Body> {
        let of = path.strip_suffix("/status").unwrap_or(path);
        let Some(stands) = self.objects.get(of).cloned() else { return status(404) };
        if object["metadata"]["resourceVersion"] != stands["metadata"]["resourceVersion"] {
            return status(409);
        }
        // a uid is a precondition
        let uid = &object["metadata"]["uid"];
        if !uid.is_null() && *uid != stands["metadata"]["uid"] {
            return status(409);
        }
        let mut next = object;
        if of != path {
            next = json!({"spec": stands["spec"], "metadata": stands["metadata"], "status": next["status"]});
        }
        answer(&self.put(of, next))
    }

    fn put(&mut self, path: &str, mut object: Value) -> Value {
        self.version += 1;
        object["metadata"]["resourceVersion"] = json!(self.version.to_string());
        self.objects.insert(path.to_string(), object.clone());
        object
    }

    /// Two objects a page; the token is the next one's name.
    fn list(&self, path: &str, query: &str) -> Response<Body> {
        let from = query.split_once("continue=").map_or("", |(_, token)| token);
        let below = format!("{path}/");
        let mut found =
            self.objects.iter().filter_map(|(at, object)| Some((at.strip_prefix(&below)?, object)));
        let mut found = found.by_ref().skip_while(|(name, _)| *name < from);
        let items: Vec<&Value> = found.by_ref().take(2).map(|(_, object)| object).collect();
        let next = found.next().map_or("", |(name, _)| name);
        answer(&json!({"metadata": {"continue": next}, "items": items}))
    }
}

fn answer(body: &Value) -> Response<Body> {
    Response::new(Body::from(serde_json::to_vec(body).unwrap()))
}

/// A refusal in the server's own form.
pub(crate) fn status(code: u16) -> Response<Body> {
    let mut refused =
        answer(&json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "message": format!("refused with {code}"), "reason": "Test"}));
    *refused.status_mut() = StatusCode::from_u16(code).unwrap();
    refused
}
