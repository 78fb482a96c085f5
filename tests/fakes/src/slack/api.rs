//! The HTTP side: a call is written down, let through or not, done, and answered.

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, Method as Verb, StatusCode, Uri, header};
use serde_json::{Map, Value, json};

use super::arguments::{Arguments, Refusal};
use super::chaos::Trick;
use super::deliver;
use super::listening::Entry;
use super::methods::{self, files};
use super::rate::{Key, Rate};
use super::record::{Answered, Request};
use super::response_url;
use super::state::State;
use super::violations::Rule;

/// What is sent back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub body: Value,
}

impl Answer {
    pub fn new(status: u16, body: Value) -> Answer {
        Answer { status, retry_after: None, body }
    }

    fn limited(seconds: u64) -> Answer {
        let body = json!({"ok": false, "error": "ratelimited"});
        Answer { status: 429, retry_after: Some(seconds), body }
    }
}

impl From<Refusal> for Answer {
    fn from(refusal: Refusal) -> Answer {
        let mut body = json!({"ok": false, "error": refusal.error});
        if !refusal.messages.is_empty() {
            let plain = |message: &String| json!(message.trim_start_matches("[ERROR] "));
            body["errors"] = refusal.messages.iter().map(plain).collect();
            body["response_metadata"] = json!({"messages": refusal.messages});
        }
        Answer::new(200, body)
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // what is a text, as the answers of response_urls and uploads are, is sent as one
        let mut response = match self.body {
            Value::String(text) => (status, text).into_response(),
            body => (status, axum::Json(body)).into_response(),
        };
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

/// Every request.
pub(crate) async fn serve(
    Extract(entry): Extract<Entry>,
    verb: Verb,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let path = uri.path();
    if let Some(name) = path.strip_prefix("/api/") {
        let arguments = Arguments::read(uri.query(), &headers, &body);
        let written = Value::Object(arguments.values.clone());
        let mut response = through(&entry, name, written, |state| state.call(name, arguments)).await;
        let scopes = entry.shared.change(|state| state.setup.scopes.join(","));
        if let Ok(scopes) = scopes.parse() {
            response.headers_mut().insert("x-oauth-scopes", scopes);
        }
        return response;
    }
    if let (Some(id), true) = (path.strip_prefix("/response/"), verb == Verb::POST) {
        let said = serde_json::from_slice(&body).unwrap_or_default();
        return through(&entry, "response_url", said, |state| response_url::use_it(state, id, &body)).await;
    }
    if let (Some(id), true) = (path.strip_prefix("/upload/"), verb == Verb::POST) {
        let receive = |state: &mut State| {
            let (status, text) = files::receive(state, id, &body);
            Answer::new(status, json!(text))
        };
        return through(&entry, "upload", Value::Null, receive).await;
    }
    StatusCode::NOT_FOUND.into_response()
}

/// Writes the call down, lets chaos have its way, does it and sends the answer.
async fn through(
    Entry { shared, cut }: &Entry,
    name: &str,
    body: Value,
    act: impl FnOnce(&mut State) -> Answer,
) -> Response {
    let key = key(name, &body);
    let (number, hangs) = shared.change(|state| {
        let at = state.clock.now();
        state.requests.push(Request { method: name.to_string(), body, at, answer: None });
        (state.requests.len() - 1, state.tricks.hangs(name))
    });
    if hangs {
        return std::future::pending().await;
    }
    let (answer, then) = shared.change(|state| {
        let (answer, then) = match state.gate(name, key) {
            Gate::Shut(answer) => (answer, Then::Answered),
            Gate::Open(then) => (act(state), then),
        };
        if then == Then::Answered {
            let error = answer.body["error"].as_str().map(str::to_string);
            state.requests[number].answer = Some(Answered { status: answer.status, error });
        }
        (answer, then)
    });
    deliver::flush(shared);
    match then {
        Then::Answered => answer.into_response(),
        Then::Silence => std::future::pending().await,
        Then::Cut => cut.now().await,
    }
}

fn key(name: &str, body: &Value) -> Key {
    let channel = if name == "chat.postMessage" { body["channel"].as_str().unwrap_or_default() } else { "" };
    (name.to_string(), channel.to_string())
}

/// Whether a call is let through.
enum Gate {
    Open(Then),
    Shut(Answer),
}

/// What comes of a call that was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Answered,
    Silence,
    Cut,
}

impl State {
    fn gate(&mut self, name: &str, key: Key) -> Gate {
        let now = self.clock.now();
        if let Some(early) = self.rates.early(&key, now) {
            if early.knew {
                let detail = format!("{name} {} with {} s to go", key.1, early.left);
                self.violate(Rule::BeforeRetryAfter, detail.trim());
            }
            return Gate::Shut(Answer::limited(early.left));
        }
        let then = match self.tricks.take(name) {
            Some(Trick::Fail(status)) => return Gate::Shut(Answer::new(status, json!("upstream error"))),
            Some(Trick::RateLimit(seconds)) => {
                self.rates.close(key, now, seconds);
                return Gate::Shut(Answer::limited(seconds));
            }
            Some(Trick::LoseResponse) => Then::Silence,
            Some(Trick::Cut) => Then::Cut,
            None => Then::Answered,
        };
        let limits = &self.setup.limits;
        let rate: Option<Rate> =
            if name == "chat.postMessage" { limits.posts } else { limits.methods.get(name).copied() };
        match rate.map(|rate| self.rates.take(key, rate, now)) {
            Some(Err(seconds)) => Gate::Shut(Answer::limited(seconds)),
            _ => Gate::Open(then),
        }
    }

    /// Does a call of the Web API.
    fn call(&mut self, name: &str, mut arguments: Arguments) -> Answer {
        let Some(method) = methods::find(name) else {
            return self.refuse(Rule::UnknownMethod, "unknown_method", name).into();
        };
        let token = arguments.token.take();
        let done = self
            .authorize(token.as_deref(), method.app_token)
            .and_then(|()| arguments.check(self, method))
            .and_then(|()| (method.run)(self, &arguments));
        match done {
            Ok(value) => {
                let mut body = Map::from_iter([("ok".to_string(), json!(true))]);
                body.extend(value.as_object().cloned().unwrap_or_default());
                Answer::new(200, Value::Object(body))
            }
            Err(refusal) => refusal.into(),
        }
    }
}
