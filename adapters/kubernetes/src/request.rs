//! One GET: its timeout, its retry, its metric, and what its failure means.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use http::{Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use podwhy_flow::ports::{ClusterError, KubernetesUser};
use podwhy_knowledge::GapReason;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::connect::chain;
use crate::metrics::{Asked, Metrics};
use crate::pick::pick;

/// Why a request brought nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fail {
    /// 404: the object does not exist.
    NotFound,
    /// 403
    Forbidden(String),
    /// 401
    Unauthorized(String),
    /// No answer in time.
    TimedOut,
    /// No connection.
    Unreachable(String),
    /// 400: what was asked for cannot be had as things are, as the log of a container that has not started.
    Bad(String),
    /// 409: there is one of this name already, or it was changed meanwhile.
    Conflict,
    /// 410: the token of a list's next page has expired.
    Gone,
    /// 405, 413, 415, 422: what was sent will never be taken as it is.
    Refused(String),
    /// 429: not now, as an eviction that a disruption budget does not allow.
    TooMany(String),
    /// Any other answer.
    Other(String),
}

impl Fail {
    /// The gap it leaves; `None` for a 404, which is no gap but an answer.
    pub(crate) fn gap(&self) -> Option<GapReason> {
        match self {
            Fail::NotFound => None,
            Fail::Forbidden(_) | Fail::Unauthorized(_) => Some(GapReason::Forbidden),
            Fail::TimedOut | Fail::Unreachable(_) | Fail::Bad(_) | Fail::Conflict | Fail::Gone => {
                Some(GapReason::TimedOut)
            }
            Fail::Refused(_) | Fail::TooMany(_) | Fail::Other(_) => Some(GapReason::TimedOut),
        }
    }

    /// What is told when it was about the subject itself.
    pub(crate) fn error(self, cluster: &str) -> ClusterError {
        let cluster = cluster.to_string();
        match self {
            Fail::NotFound => ClusterError::Other { cluster, why: "not found".to_string() },
            Fail::Forbidden(why) => ClusterError::Forbidden { cluster, why },
            Fail::Unauthorized(why) => ClusterError::Unauthorized { cluster, why },
            Fail::TimedOut => ClusterError::Unreachable { cluster, why: "no answer in time".to_string() },
            Fail::Unreachable(why) => ClusterError::Unreachable { cluster, why },
            Fail::Conflict => ClusterError::Other { cluster, why: "it was changed meanwhile".to_string() },
            Fail::Gone => {
                ClusterError::Other { cluster, why: "the list has changed too much meanwhile".to_string() }
            }
            Fail::Bad(why) | Fail::Refused(why) | Fail::TooMany(why) | Fail::Other(why) => {
                ClusterError::Other { cluster, why }
            }
        }
    }

    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Fail::NotFound => "not-found",
            Fail::Forbidden(_) | Fail::Unauthorized(_) => "forbidden",
            Fail::TimedOut => "timed-out",
            Fail::Unreachable(_) => "unreachable",
            Fail::Bad(_)
            | Fail::Conflict
            | Fail::Gone
            | Fail::Refused(_)
            | Fail::TooMany(_)
            | Fail::Other(_) => "other",
        }
    }
}

/// An answer's body and the server's own time.
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) at: Option<Timestamp>,
}

/// Tables without objects: names and what `kubectl get` prints.
pub(crate) const AS_TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1";
pub(crate) const AS_METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
pub(crate) const AS_JSON: &str = "application/json";

/// In which form something is sent, and as whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form<'a> {
    pub(crate) accept: &'a str,
    pub(crate) content: &'a str,
    /// Whom it is sent as; podwhy's own identity without one.
    pub(crate) user: Option<&'a KubernetesUser>,
}

impl Default for Form<'_> {
    fn default() -> Self {
        Form { accept: AS_JSON, content: AS_JSON, user: None }
    }
}

/// At most this much of one answer is read: a page of 500 pods has 2.4 MB.
const MAX_BODY: usize = 256 * 1024 * 1024;

/// How long a repeated request waits.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// The client of one cluster with what every request needs.
#[derive(Clone)]
pub(crate) struct Requests {
    client: Client,
    cluster: Arc<str>,
    timeout: Duration,
    pub(crate) metrics: Metrics,
}

impl std::fmt::Debug for Requests {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Requests").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

impl Requests {
    pub(crate) fn new(client: Client, cluster: String, timeout: Duration, metrics: Metrics) -> Requests {
        Requests { client, cluster: cluster.into(), timeout, metrics }
    }

    /// GETs and decodes an object or list.
    pub(crate) async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Fail> {
        self.accepted(path, AS_JSON).await
    }

    /// GETs a page of a list, of which only these names are held; with the token of the next page.
    pub(crate) async fn pick(
        &self,
        path: &str,
        names: &BTreeSet<String>,
    ) -> Result<(Vec<Value>, String), Fail> {
        pick(&self.get(path, AS_JSON).await?.body, names).map_err(none)
    }

    /// GETs an object; its server's time comes with it.
    pub(crate) async fn object(&self, path: &str) -> Result<(Value, Option<Timestamp>), Fail> {
        let answer = self.get(path, AS_JSON).await?;
        Ok((decode(&answer.body)?, answer.at))
    }

    /// GETs a list's metadata only: names, labels, managed fields, never the data.
    pub(crate) async fn metadata_list(&self, path: &str) -> Result<Vec<Value>, Fail> {
        #[derive(serde::Deserialize)]
        struct Items {
            items: Vec<Value>,
        }
        let list: Items = self.accepted(path, AS_METADATA).await?;
        Ok(list.items)
    }

    /// GETs and decodes what the server has in this form.
    pub(crate) async fn accepted<T: DeserializeOwned>(&self, path: &str, accept: &str) -> Result<T, Fail> {
        decode(&self.get(path, accept).await?.body)
    }

    /// GETs a list as the server's Table.
    pub(crate) async fn table<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<(T, Option<Timestamp>), Fail> {
        let answer = self.get(path, AS_TABLE).await?;
        Ok((decode(&answer.body)?, answer.at))
    }

    /// GETs text of any encoding.
    pub(crate) async fn text(&self, path: &str) -> Result<String, Fail> {
        Ok(String::from_utf8_lossy(&self.get(path, "*/*").await?.body).into_owned())
    }

    /// The same, with another timeout.
    pub(crate) fn within(&self, timeout: Duration) -> Requests {
        Requests { timeout, ..self.clone() }
    }

    /// POSTs an object; tried once: what it is for says what an unknown outcome means.
    pub(crate) async fn post(&self, path: &str, object: &Value) -> Result<Value, Fail> {
        self.write(Method::POST, path, object).await
    }

    /// PUTs an object at the version it was read at; tried once, as a POST is.
    pub(crate) async fn put(&self, path: &str, object: &Value) -> Result<Value, Fail> {
        self.write(Method::PUT, path, object).await
    }

    async fn write(&self, method: Method, path: &str, object: &Value) -> Result<Value, Fail> {
        let body = serde_json::to_vec(object).map_err(none)?;
        let answer = self.once(method, path, Form::default(), body).await.map_err(|(fail, _)| fail)?;
        decode(&answer.body)
    }

    /// Changes something as somebody; tried once. The answer's body is not read for more than the refusal in it.
    pub(crate) async fn change(
        &self,
        method: Method,
        path: &str,
        form: Form<'_>,
        body: &Value,
    ) -> Result<(), Fail> {
        let body = serde_json::to_vec(body).map_err(none)?;
        self.once(method, path, form, body).await.map(|_| ()).map_err(|(fail, _)| fail)
    }

    /// Sends a request of a watch; only its answer's beginning has a timeout, for its end may be minutes away.
    pub(crate) async fn open(&self, request: Request<Body>) -> Result<Response<Body>, kube::Error> {
        let asked = Asked::of(request.method(), &request.uri().to_string());
        let answer = tokio::time::timeout(self.timeout, self.client.send(request)).await;
        let status = answer.as_ref().ok().and_then(|answer| answer.as_ref().ok());
        self.metrics.asked(&self.cluster, asked, status.map(|response| response.status().as_u16()));
        let outcome = match &answer {
            Ok(Ok(response)) if response.status().is_success() => "ok",
            Ok(Ok(response)) => refusal(response.status(), b"").0.outcome(),
            Ok(Err(_)) => "unreachable",
            Err(_) => "timed-out",
        };
        self.metrics.opened(&self.cluster, outcome);
        answer.unwrap_or_else(|_| Err(kube::Error::Service("no answer in time".into())))
    }

    /// DELETEs an object.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), Fail> {
        self.once(Method::DELETE, path, Form::default(), Vec::new())
            .await
            .map(|_| ())
            .map_err(|(fail, _)| fail)
    }

    async fn get(&self, path: &str, accept: &str) -> Result<Answer, Fail> {
        let form = Form { accept, ..Form::default() };
        let first = self.once(Method::GET, path, form, Vec::new()).await;
        let again = matches!(&first, Err((_, true)));
        let result = if again {
            self.metrics.repeated(&self.cluster);
            tokio::time::sleep(RETRY_AFTER).await;
            self.once(Method::GET, path, form, Vec::new()).await
        } else {
            first
        };
        result.map_err(|(fail, _)| fail)
    }

    /// One try; a failure comes with whether a second one may help.
    async fn once(
        &self,
        method: Method,
        path: &str,
        form: Form<'_>,
        body: Vec<u8>,
    ) -> Result<Answer, (Fail, bool)> {
        let (asked, status) = (Asked::of(&method, path), AtomicU16::new(0));
        let result = tokio::time::timeout(self.timeout, self.send(method, path, form, body, &status)).await;
        let status = Some(status.into_inner()).filter(|status| *status > 0);
        self.metrics.asked(&self.cluster, asked, status);
        let result = result.unwrap_or(Err((Fail::TimedOut, false)));
        let outcome = result.as_ref().map_or_else(|(fail, _)| fail.outcome(), |_| "ok");
        self.metrics.count(&self.cluster, outcome);
        if let Ok(answer) = &result {
            self.metrics.read(answer.body.len());
        }
        result
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        form: Form<'_>,
        body: Vec<u8>,
        answered: &AtomicU16,
    ) -> Result<Answer, (Fail, bool)> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, form.accept)
            .header(header::CONTENT_TYPE, form.content);
        if let Some(user) = form.user {
            // <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation>: names are UTF-8
            request = request.header("Impersonate-User", user.name.as_bytes());
            for group in &user.groups {
                request = request.header("Impersonate-Group", group.as_bytes());
            }
        }
        // nothing was sent then
        let request =
            request.body(Body::from(body)).map_err(|error| (Fail::Refused(error.to_string()), false))?;
        let response = self.client.send(request).await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        answered.store(status.as_u16(), Ordering::Relaxed);
        let at = response.headers().get(header::DATE).and_then(|date| http_date(date.to_str().ok()?));
        let body = Limited::new(response.into_body(), MAX_BODY)
            .collect()
            .await
            .map_err(|error| (Fail::Unreachable(chain(error.as_ref())), true))?
            .to_bytes()
            .to_vec();
        if status.is_success() { Ok(Answer { body, at }) } else { Err(refusal(status, &body)) }
    }
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, Fail> {
    serde_json::from_slice(body).map_err(none)
}

fn none(error: serde_json::Error) -> Fail {
    Fail::Other(format!("an answer that is none: {error}"))
}

fn unreachable(error: &kube::Error) -> (Fail, bool) {
    let words = chain(error);
    let timed_out = words.contains("timed out") || words.contains("deadline");
    if timed_out { (Fail::TimedOut, false) } else { (Fail::Unreachable(words), true) }
}

/// What a status means; the server's own words are in its body.
fn refusal(status: StatusCode, body: &[u8]) -> (Fail, bool) {
    let told: Option<Value> = serde_json::from_slice(body).ok();
    let message = told.and_then(|status| Some(status.get("message")?.as_str()?.to_string()));
    let words = podwhy_knowledge::redact::redact(&message.unwrap_or_else(|| status.to_string()));
    match status {
        StatusCode::NOT_FOUND => (Fail::NotFound, false),
        StatusCode::BAD_REQUEST => (Fail::Bad(words), false),
        StatusCode::CONFLICT => (Fail::Conflict, false),
        StatusCode::GONE => (Fail::Gone, false),
        StatusCode::FORBIDDEN => (Fail::Forbidden(words), false),
        StatusCode::UNAUTHORIZED => (Fail::Unauthorized(words), false),
        StatusCode::TOO_MANY_REQUESTS => (Fail::TooMany(words), true),
        StatusCode::GATEWAY_TIMEOUT | StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE => {
            (Fail::Other(words), true)
        }
        StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::PAYLOAD_TOO_LARGE
        | StatusCode::UNSUPPORTED_MEDIA_TYPE
        | StatusCode::UNPROCESSABLE_ENTITY => (Fail::Refused(words), false),
        _ => (Fail::Other(words), false),
    }
}

/// `Tue, 24 Nov 2026 15:40:00 GMT`
fn http_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_becomes_what_it_means() {
        let body = br#"{"kind":"Status","message":"pods \"a\" is forbidden: User \"x\" cannot get"}"#;
        let (fail, again) = refusal(StatusCode::FORBIDDEN, body);
        assert!(matches!(&fail, Fail::Forbidden(words) if words.contains("cannot get")) && !again);
        assert_eq!(fail.gap(), Some(GapReason::Forbidden));
        assert_eq!(refusal(StatusCode::NOT_FOUND, b"").0.gap(), None);
        assert!(refusal(StatusCode::SERVICE_UNAVAILABLE, b"x").1);
    }

    #[test]
    fn the_servers_date_is_read() {
        assert_eq!(http_date("Tue, 24 Nov 2026 15:40:00 GMT"), "2026-11-24T15:40:00Z".parse().ok());
    }
}
