//! Sending things to the bot as signed HTTP requests, and forged ones.
//! <https://docs.slack.dev/authentication/verifying-requests-from-slack>

use std::fmt::Write;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use axum::body::{Body, Bytes, to_bytes};
use hmac::{Hmac, KeyInit, Mac};
use http::{Request, StatusCode, header};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use sha2::Sha256;
use url::form_urlencoded::Serializer;

use super::deliver::{IN_TIME, again};
use super::record::Kind;
use super::setup::Mode;
use super::shared::Shared;
use super::violations::Rule;

/// What calls the bot.
pub(crate) type Client = hyper_util::client::legacy::Client<HttpConnector, Body>;

/// More than any answer to Slack has to say.
const LONGEST_ANSWER: usize = 1 << 20;

/// How a request is not what Slack sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgery {
    /// Signed with another secret.
    WrongSecret,
    /// Signed rightly, six minutes ago.
    Stale,
    /// Signed rightly, and then changed.
    Changed,
    /// Not signed at all.
    Unsigned,
}

impl Forgery {
    /// All of them.
    pub const ALL: [Forgery; 4] = [Forgery::WrongSecret, Forgery::Stale, Forgery::Changed, Forgery::Unsigned];
}

pub(crate) fn client() -> Client {
    hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build_http()
}

/// Sends one delivery and takes the answer as its acknowledgement.
pub(crate) async fn deliver(
    shared: Arc<Shared>,
    number: usize,
    index: usize,
    retry: usize,
    reason: &'static str,
) {
    let (kind, payload, envelope, secret, mode) = shared.read(|state| {
        let delivery = &state.deliveries[number];
        let envelope = delivery.attempts[index].envelope.clone();
        let setup = &state.setup;
        (delivery.kind, delivery.payload.clone(), envelope, setup.signing_secret.clone(), setup.mode.clone())
    });
    let mut request = signed(&mode, kind, &payload, &secret, None);
    if let (Ok(request), true) = (&mut request, retry > 0) {
        let headers = request.headers_mut();
        headers.insert("x-slack-retry-num", retry.into());
        headers.insert("x-slack-retry-reason", header::HeaderValue::from_static(reason));
    }
    let answer = tokio::time::timeout(IN_TIME, async { send(&shared.client, request?).await }).await;
    match answer {
        Ok(Ok((status, body))) if status.is_success() => {
            shared.change(|state| state.acknowledged(&envelope, body_of(kind, &body), None));
        }
        Ok(Ok((status, _))) => {
            let detail = format!("{} was answered with {status}", kind.envelope());
            shared.change(|state| state.violate(Rule::HttpStatus, detail));
            again(&shared, number, "http_error");
        }
        // nobody listens, or not yet: no fault of a client
        Ok(Err(_)) => again(&shared, number, "connection_failed"),
        Err(_) => {
            shared.change(|state| state.late(number));
            again(&shared, number, "http_timeout");
        }
    }
}

/// A slash command's answer is a message, as JSON or as text; an event's is not read.
fn body_of(kind: Kind, body: &Bytes) -> Option<Value> {
    let text = String::from_utf8_lossy(body);
    if kind == Kind::Event || text.trim().is_empty() {
        return None;
    }
    Some(serde_json::from_str(&text).unwrap_or_else(|_| serde_json::json!({"text": text})))
}

/// Sends a request that is not Slack's and returns the status.
pub(crate) async fn forge(shared: &Shared, kind: Kind, payload: &Value, forgery: Forgery) -> Result<u16> {
    let (secret, mode) = shared.read(|state| (state.setup.signing_secret.clone(), state.setup.mode.clone()));
    let request = signed(&mode, kind, payload, &secret, Some(forgery))?;
    let (status, _) = tokio::time::timeout(IN_TIME, send(&shared.client, request)).await??;
    if status.is_success() {
        shared.change(|state| state.violate(Rule::ForgeryAccepted, format!("{forgery:?}: {status}")));
    }
    Ok(status.as_u16())
}

/// Asks the bot to prove that the events' address is its own.
pub(crate) async fn challenge(shared: &Shared) -> Result<()> {
    let (secret, mode) = shared.read(|state| (state.setup.signing_secret.clone(), state.setup.mode.clone()));
    let challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    let payload = serde_json::json!({"token": "verification-token", "type": "url_verification",
        "challenge": challenge});
    let request = signed(&mode, Kind::Event, &payload, &secret, None)?;
    let (status, body) = tokio::time::timeout(IN_TIME, send(&shared.client, request)).await??;
    let text = String::from_utf8_lossy(&body);
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    if !status.is_success() || (text.trim() != challenge && json["challenge"] != challenge) {
        let detail = format!("{status}, and not the challenge");
        shared.change(|state| state.violate(Rule::Challenge, detail));
    }
    Ok(())
}

async fn send(client: &Client, request: Request<Body>) -> Result<(StatusCode, Bytes)> {
    let (head, body) = client.request(request).await?.into_parts();
    Ok((head.status, to_bytes(Body::new(body), LONGEST_ANSWER).await?))
}

fn signed(
    mode: &Mode,
    kind: Kind,
    payload: &Value,
    secret: &str,
    forgery: Option<Forgery>,
) -> Result<Request<Body>> {
    let Mode::Http { events, commands, interactions } = mode else {
        anyhow::bail!("requests are sent only in HTTP mode")
    };
    let (url, form, mut body) = match kind {
        Kind::Event => (events, false, payload.to_string()),
        Kind::Command => (commands, true, fields(payload)?),
        Kind::Interaction => {
            let form = Serializer::new(String::new()).append_pair("payload", &payload.to_string()).finish();
            (interactions, true, form)
        }
    };
    let age = if forgery == Some(Forgery::Stale) { 360 } else { 0 };
    let time = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() - age;
    let secret = if forgery == Some(Forgery::WrongSecret) { "another secret" } else { secret };
    let signature = signature(secret, time, &body)?;
    if forgery == Some(Forgery::Changed) {
        body.push(' ');
    }
    let content = if form { "application/x-www-form-urlencoded" } else { "application/json" };
    let mut request = Request::post(url)
        .header(header::CONTENT_TYPE, content)
        .header(header::USER_AGENT, "Slackbot 1.0 (+https://api.slack.com/robots)");
    if forgery != Some(Forgery::Unsigned) {
        request = request.header("x-slack-request-timestamp", time).header("x-slack-signature", signature);
    }
    Ok(request.body(Body::from(body))?)
}

fn fields(payload: &Value) -> Result<String> {
    let object = payload.as_object().context("a command is an object")?;
    let mut form = Serializer::new(String::new());
    for (key, value) in object {
        form.append_pair(key, value.as_str().unwrap_or_default());
    }
    Ok(form.finish())
}

/// `v0=` and the HMAC-SHA256 of `v0:time:body`, in hexadecimal.
pub(crate) fn signature(secret: &str, time: u64, body: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
    mac.update(format!("v0:{time}:{body}").as_bytes());
    let mut text = "v0=".to_string();
    for byte in mac.finalize().into_bytes() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}
