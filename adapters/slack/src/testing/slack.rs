//! A Slack in memory, without a wire: what is posted stands, and what is told to fail fails.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::inbound::text_at;
use crate::outbound::{Body, CallError, Method, Request, Transport};
use podwhy_flow::ports::Clock;

/// What becomes of a call.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    /// It is done.
    Passes,
    /// It is not done.
    Fails(CallError),
    /// It is answered like this, whatever it is.
    Answers(Value),
    /// It is done, but whoever asked is told otherwise.
    DoneBut(CallError),
    /// It is never answered.
    Hangs,
}

/// A call that was made.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) body: Value,
    pub(crate) at: Instant,
}

#[derive(Default)]
struct State {
    messages: BTreeMap<(String, String), Value>,
    fates: HashMap<&'static str, VecDeque<Fate>>,
    calls: Vec<Call>,
    count: u32,
    uploads: Vec<String>,
    /// How much later than it stands a message is shown to who reads.
    late: i64,
}

pub(crate) struct FakeSlack {
    pub(crate) clock: Clock,
    state: Mutex<State>,
    /// Told of every call that is done.
    done: Notify,
}

impl std::fmt::Debug for FakeSlack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeSlack")
    }
}

impl FakeSlack {
    pub(crate) fn new(clock: Clock) -> FakeSlack {
        FakeSlack { clock, state: Mutex::default(), done: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// What becomes of the next calls of a method.
    pub(crate) fn fate(&self, method: Method, fates: impl IntoIterator<Item = Fate>) {
        self.state().fates.entry(method.name()).or_default().extend(fates);
    }

    /// What the next calls of a method are answered.
    pub(crate) fn answers(&self, method: Method, answers: impl IntoIterator<Item = Value>) {
        self.fate(method, answers.into_iter().map(Fate::Answers));
    }

    pub(crate) fn calls(&self, method: Method) -> Vec<Call> {
        self.state().calls.iter().filter(|call| call.method == method).cloned().collect()
    }

    /// What stands in a channel, oldest first.
    pub(crate) fn messages(&self, channel: &str) -> Vec<Value> {
        let state = self.state();
        state
            .messages
            .iter()
            .filter(|((of, _), _)| of == channel)
            .map(|(_, message)| message.clone())
            .collect()
    }

    /// From now on who reads sees a message only so many seconds after it was posted.
    pub(crate) fn shows_late(&self, seconds: i64) {
        self.state().late = seconds;
    }

    pub(crate) fn uploads(&self) -> Vec<String> {
        self.state().uploads.clone()
    }

    /// Takes a message away, as a person does.
    pub(crate) fn delete(&self, channel: &str, ts: &str) {
        self.state().messages.remove(&(channel.to_string(), ts.to_string()));
    }

    /// Waits until something holds.
    pub(crate) async fn until(&self, holds: impl Fn(&FakeSlack) -> bool) {
        loop {
            let done = self.done.notified();
            if holds(self) {
                return;
            }
            done.await;
        }
    }

    fn run(&self, request: &Request) -> Result<Value, CallError> {
        let mut state = self.state();
        let now = self.clock.now().as_second();
        state.count += 1;
        let ts = format!("{now}.{:06}", state.count);
        let body = body_of(&request.body);
        let text = |path: &str| text_at(&body, path).unwrap_or_default().to_string();
        let key = (text("/channel"), text("/ts"));
        match request.method {
            Method::PostMessage => {
                let mut message = body.clone();
                message["ts"] = json!(ts);
                message["user"] = json!("UBOT");
                state.messages.insert((key.0.clone(), ts.clone()), message);
                Ok(json!({"ok": true, "channel": key.0, "ts": ts}))
            }
            Method::Update => {
                let message = state.messages.get_mut(&key).ok_or_else(gone)?;
                for part in ["text", "blocks", "metadata"] {
                    message[part] = body[part].clone();
                }
                Ok(json!({"ok": true}))
            }
            Method::Delete => state.messages.remove(&key).map(|_| json!({"ok": true})).ok_or_else(gone),
            Method::History => {
                let is = |message: &Value| message.get("thread_ts").is_none();
                Ok(page(&state, &body, now, is))
            }
            Method::Replies => {
                let thread = text("/ts");
                let is = move |message: &Value| {
                    text_at(message, "/thread_ts") == Some(&thread)
                        || text_at(message, "/ts") == Some(&thread)
                };
                Ok(page(&state, &body, now, is))
            }
            Method::Conversations => {
                Ok(json!({"ok": true, "channels": [{"id": "C1"}, {"id": "C9"}, {"id": "D1"}]}))
            }
            Method::UserGroupMembers => Ok(json!({"ok": true, "users": []})),
            Method::GetUploadUrl => {
                Ok(json!({"ok": true, "upload_url": "https://files.slack.com/upload/1", "file_id": "F1"}))
            }
            Method::Upload => {
                state.uploads.push(body.as_str().unwrap_or_default().to_string());
                Ok(Value::Null)
            }
            Method::AuthTest => Ok(json!({"ok": true, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1"})),
            Method::ConnectionsOpen
            | Method::PostEphemeral
            | Method::CompleteUpload
            | Method::PublishView
            | Method::OpenView
            | Method::Respond => Ok(json!({"ok": true, "url": "ws://127.0.0.1:1/"})),
        }
    }
}

impl Transport for FakeSlack {
    fn send<'a>(&'a self, request: &'a Request) -> BoxFuture<'a, Result<Value, CallError>> {
        Box::pin(async move {
            let (method, body) = (request.method, body_of(&request.body));
            let fate = {
                let mut state = self.state();
                state.calls.push(Call { method, body, at: Instant::now() });
                state.fates.get_mut(method.name()).and_then(VecDeque::pop_front)
            };
            let result = match fate {
                Some(Fate::Fails(error)) => Err(error),
                Some(Fate::Answers(answer)) => Ok(answer),
                Some(Fate::DoneBut(error)) => self.run(request).and(Err(error)),
                Some(Fate::Hangs) => std::future::pending().await,
                Some(Fate::Passes) | None => self.run(request),
            };
            self.done.notify_waiters();
            result
        })
    }
}

fn gone() -> CallError {
    CallError::of_word("message_not_found")
}

fn body_of(body: &Body) -> Value {
    match body {
        Body::Json(body) | Body::ToUrl(_, body) => body.clone(),
        Body::Query(query) => query.iter().map(|(name, value)| (name.to_string(), json!(value))).collect(),
        Body::BytesToUrl(_, bytes) => json!(String::from_utf8_lossy(bytes)),
    }
}

fn page(state: &State, body: &Value, now: i64, is: impl Fn(&Value) -> bool) -> Value {
    let channel = text_at(body, "/channel").unwrap_or_default();
    let oldest = text_at(body, "/oldest").unwrap_or_default();
    let latest = text_at(body, "/latest").unwrap_or("9999999999");
    let shown = format!("{}.999999", now - state.late);
    let within = |ts: &str| ts >= oldest && ts <= latest && *ts <= *shown;
    let all =
        state.messages.iter().filter(|((of, ts), _)| of == channel && within(ts)).map(|(_, message)| message);
    let mut found: Vec<Value> = all.filter(|message| is(message)).cloned().collect();
    for message in &mut found {
        let ts = message["ts"].clone();
        let replies = state.messages.values().filter(|reply| reply["thread_ts"] == ts).count();
        if replies > 0 {
            message["reply_count"] = json!(replies);
        }
    }
    json!({"ok": true, "messages": found})
}
