//! Events over HTTP: Slack dials podwhy, and signs what it sends.
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack/>

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use slack_morphism::signature_verifier::SlackEventSignatureVerifier;
use url::form_urlencoded;

use crate::front::Front;
use crate::inbound::{Kind, Raw, text_at};
use crate::metrics::Metrics;
use crate::stop::Stop;

/// Slack's requests are far smaller.
const LARGEST: usize = 1024 * 1024;

/// What the handlers share.
pub(crate) struct Gateway {
    verifier: SlackEventSignatureVerifier,
    /// There once Slack has told who the bot is.
    front: Arc<OnceLock<Arc<Front>>>,
    metrics: Metrics,
    stop: Stop,
}

impl Gateway {
    pub(crate) fn new(
        secret: &SecretString,
        front: Arc<OnceLock<Arc<Front>>>,
        metrics: Metrics,
        stop: Stop,
    ) -> Gateway {
        let verifier = SlackEventSignatureVerifier::new(&secret.expose_secret().into());
        Gateway { verifier, front, metrics, stop }
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/slack/events", post(events))
            .route("/slack/commands", post(commands))
            .route("/slack/interactions", post(interactions))
            .layer(DefaultBodyLimit::max(LARGEST))
            .with_state(Arc::new(self))
    }

    /// The body of a request that Slack signed within the last five minutes.
    fn signed<'b>(&self, headers: &HeaderMap, body: &'b Bytes) -> Option<&'b str> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let hash = text(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER)?;
        let ts = text(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP)?;
        let body = std::str::from_utf8(body).ok()?;
        self.verifier.verify(hash, body, ts).is_ok().then_some(body)
    }

    /// Takes a request in. Slack is told at once that it came; a copy of it is told apart by the claim.
    fn take(&self, kind: Kind, payload: Option<Value>) -> Response {
        let Some(payload) = payload else {
            self.metrics.received(kind.as_str(), "malformed");
            return StatusCode::BAD_REQUEST.into_response();
        };
        match self.front.get().filter(|_| !self.stop.is_stopped()) {
            Some(front) => {
                front.take(Raw { kind, payload });
                StatusCode::OK.into_response()
            }
            // events come again; another replica may have them
            None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        }
    }

    fn unsigned(&self, kind: Kind) -> Response {
        self.metrics.received(kind.as_str(), "unsigned");
        StatusCode::UNAUTHORIZED.into_response()
    }
}

async fn events(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(body) = gateway.signed(&headers, &body) else { return gateway.unsigned(Kind::Event) };
    let payload: Option<Value> = serde_json::from_str(body).ok();
    // <https://docs.slack.dev/reference/events/url_verification>
    let challenge = payload.as_ref().filter(|payload| text_at(payload, "/type") == Some("url_verification"));
    if let Some(challenge) = challenge.and_then(|payload| text_at(payload, "/challenge")) {
        return ([(header::CONTENT_TYPE, "text/plain")], challenge.to_string()).into_response();
    }
    gateway.take(Kind::Event, payload)
}

async fn commands(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(body) = gateway.signed(&headers, &body) else { return gateway.unsigned(Kind::Command) };
    let fields = form_urlencoded::parse(body.as_bytes());
    let payload: Map<String, Value> =
        fields.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect();
    gateway.take(Kind::Command, Some(Value::Object(payload)))
}

async fn interactions(State(gateway): State<Arc<Gateway>>, headers: HeaderMap, body: Bytes) -> Response {
    let Some(body) = gateway.signed(&headers, &body) else { return gateway.unsigned(Kind::Interactive) };
    let payload = form_urlencoded::parse(body.as_bytes()).find(|(name, _)| name == "payload");
    let payload = payload.and_then(|(_, value)| serde_json::from_str(&value).ok());
    gateway.take(Kind::Interactive, payload)
}

#[cfg(test)]
mod tests;
