//! A Discord of one file: what is acknowledged, what stands where, and the trouble it is told to make.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_flow::ports::{ClaimError, Claims};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{BOT, now};
use crate::body::{EPHEMERAL, LOADING};
use crate::rest::call::Method;
use crate::rest::{Call, Fail, Lane, To};

/// What goes wrong with a call.
#[derive(Clone, Debug)]
pub(crate) enum Trouble {
    /// Nothing: this call works.
    Works,
    /// It fails, and nothing happened.
    Fails(Fail),
    /// It happened, and nobody is told.
    IsLost,
    /// Nothing happens, ever.
    Hangs,
}

/// What stands in Discord.
#[derive(Default)]
pub(crate) struct State {
    /// Every call, with its file's name.
    pub(crate) calls: Vec<(&'static str, Value, Option<String>)>,
    /// By interaction's token.
    pub(crate) originals: HashMap<String, Value>,
    pub(crate) followups: Vec<Value>,
    /// By channel and id.
    pub(crate) messages: BTreeMap<(u64, u64), Value>,
    /// What the bot posted into channels.
    pub(crate) posted: Vec<(u64, Value)>,
    pub(crate) threads: BTreeSet<u64>,
    pub(crate) active: Value,
    pub(crate) commands: HashMap<Option<u64>, Value>,
    pub(crate) writes: usize,
    troubles: HashMap<&'static str, VecDeque<Trouble>>,
    /// Tokens of interactions that someone owns.
    acknowledged: BTreeSet<String>,
    claimed: BTreeSet<String>,
}

/// Discord, shared by replicas.
#[derive(Clone)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
    begun: Instant,
}

impl Default for Fake {
    fn default() -> Fake {
        Fake { state: Arc::default(), begun: Instant::now() }
    }
}

pub(crate) fn refusal(status: u16, code: i64) -> Fail {
    Fail::Refused { status, code, message: "no".to_string() }
}

impl Fake {
    pub(crate) fn begun(&self) -> Instant {
        self.begun
    }

    pub(crate) fn lane(&self) -> Fake {
        self.clone()
    }

    pub(crate) fn claims(&self) -> Arc<dyn Claims> {
        Arc::new(self.clone())
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    /// The next calls of this name go wrong, in this order.
    pub(crate) fn trouble(&self, to: &'static str, troubles: impl IntoIterator<Item = Trouble>) {
        self.with(|state| state.troubles.entry(to).or_default().extend(troubles));
    }

    /// The bodies that were sent to one place.
    pub(crate) fn sent(&self, to: &str) -> Vec<Value> {
        self.with(|state| {
            state.calls.iter().filter(|(name, ..)| *name == to).map(|(_, body, _)| body.clone()).collect()
        })
    }

    pub(crate) fn original(&self, id: u64) -> Value {
        self.with(|state| state.originals.get(&format!("T{id}")).cloned().unwrap_or_default())
    }

    pub(crate) fn message(&self, channel: u64, id: u64) -> Value {
        self.with(|state| state.messages.get(&(channel, id)).cloned().unwrap_or_default())
    }

    /// Minutes passed: no nonce is known any more.
    pub(crate) fn forgets_nonces(&self) {
        self.with(|state| state.messages.values_mut().for_each(|message| message["nonce"] = Value::Null));
    }

    /// A message stands there; buttons on it edit it.
    pub(crate) fn put(&self, channel: u64, message: &Value) {
        let id = message["id"].as_str().unwrap().parse().unwrap();
        self.with(|state| state.messages.insert((channel, id), message.clone()));
    }

    fn answer(&self, call: &Call) -> Result<Value, Fail> {
        let time = now(self.begun).to_string();
        let body = call.body.clone().unwrap_or_default();
        self.with(|state| {
            if call.method != Method::Get {
                state.writes += 1;
            }
            match &call.to {
                To::Callback { token, .. } => state.acknowledge(token.expose(), &body),
                To::Original(token) if call.method == Method::Get => {
                    state.originals.get(token.expose()).cloned().ok_or(refusal(404, 10015))
                }
                To::Original(token) if call.method == Method::Delete => {
                    state.originals.remove(token.expose()).map(|_| Value::Null).ok_or(refusal(404, 10008))
                }
                To::Original(token) => {
                    let original = state.originals.get_mut(token.expose()).ok_or(refusal(404, 10008))?;
                    merge(original, &body);
                    original["flags"] = json!(original["flags"].as_u64().unwrap_or_default() & !LOADING);
                    Ok(original.clone())
                }
                To::Followup(_) => {
                    state.followups.push(body);
                    Ok(json!({ "id": "901" }))
                }
                To::Message { channel, message } if call.method == Method::Delete => {
                    let place = (channel.get(), message.get());
                    state.messages.remove(&place).map(|_| Value::Null).ok_or(refusal(404, 10008))
                }
                To::Message { channel, message } => {
                    let place = (channel.get(), message.get());
                    let message = state.messages.get_mut(&place).ok_or(refusal(404, 10008))?;
                    merge(message, &body);
                    message["edited_timestamp"] = json!(time);
                    Ok(message.clone())
                }
                To::Messages { channel } if call.method == Method::Get => state.list(channel.get(), call),
                To::Messages { channel } => state.post(channel.get(), body, now(self.begun)),
                To::Thread { message, .. } => {
                    let new = state.threads.insert(message.get());
                    if new { Ok(json!({ "id": message.to_string() })) } else { Err(refusal(400, 160_004)) }
                }
                To::ActiveThreads { .. } => Ok(json!({ "threads": state.active })),
                To::Commands { guild, .. } => {
                    let guild = guild.map(|guild| guild.get());
                    if call.method == Method::Put {
                        state.commands.insert(guild, body);
                    }
                    Ok(state.commands.get(&guild).cloned().unwrap_or_else(|| json!([])))
                }
                To::Me => Ok(json!({ "id": "10" })),
            }
        })
    }
}

impl State {
    /// A channel is one that was not begun as a thread, or is.
    fn is_there(&self, channel: u64) -> bool {
        channel < (1 << 22) || self.threads.contains(&channel)
    }

    /// The newest first; after an id, the oldest of those that come after it.
    fn list(&self, channel: u64, call: &Call) -> Result<Value, Fail> {
        if !self.is_there(channel) {
            return Err(refusal(404, 10003));
        }
        let number = |name: &str| {
            call.query
                .iter()
                .find(|(known, _)| *known == name)
                .and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let (after, limit) = (number("after"), number("limit").unwrap_or(50) as usize);
        let here = self.messages.range((channel, after.map_or(0, |id| id + 1))..=(channel, u64::MAX));
        let all: Vec<Value> = here.map(|(_, message)| message.clone()).collect();
        let skipped = if after.is_some() { 0 } else { all.len().saturating_sub(limit) };
        Ok(all.into_iter().skip(skipped).take(limit).rev().collect())
    }

    /// Posts a message; one with a nonce that is known still gives the first one back.
    fn post(&mut self, channel: u64, body: Value, time: Timestamp) -> Result<Value, Fail> {
        if !self.is_there(channel) {
            return Err(refusal(404, 10003));
        }
        let known = |known: &&Value| body["enforce_nonce"] == true && known["nonce"] == body["nonce"];
        if let Some(first) = self.messages.values().find(known) {
            return Ok(first.clone());
        }
        self.posted.push((channel, body.clone()));
        let millis = u64::try_from(time.as_millisecond()).unwrap() - 1_420_070_400_000;
        let id = (millis << 22) + u64::try_from(self.posted.len()).unwrap();
        let mut message = body;
        message["id"] = json!(id.to_string());
        message["author"] = json!({ "id": BOT.to_string() });
        message["timestamp"] = json!(time.to_string());
        self.messages.insert((channel, id), message.clone());
        Ok(message)
    }

    fn acknowledge(&mut self, token: &str, body: &Value) -> Result<Value, Fail> {
        if !self.acknowledged.insert(token.to_string()) {
            return Err(refusal(400, 40060));
        }
        // a dialog is no message
        if body["type"] == json!(9) {
            return Ok(Value::Null);
        }
        let mut original = body["data"].clone();
        let flags = original["flags"].as_u64().unwrap_or_default() & EPHEMERAL;
        let loading = if body["type"] == json!(5) { LOADING } else { 0 };
        if original.is_null() {
            original = json!({ "content": "" });
        }
        original["flags"] = json!(flags | loading);
        self.originals.insert(token.to_string(), original);
        Ok(Value::Null)
    }
}

fn merge(message: &mut Value, body: &Value) {
    for (key, value) in body.as_object().into_iter().flatten() {
        message[key] = value.clone();
    }
}

impl Lane for Fake {
    fn send<'a>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<Value, Fail>> {
        Box::pin(async move {
            let name = call.to.name();
            let trouble = self.with(|state| {
                let file = call.file.as_ref().map(|file| file.name.clone());
                state.calls.push((name, call.body.clone().unwrap_or_default(), file));
                state.troubles.get_mut(name).and_then(VecDeque::pop_front)
            });
            match trouble {
                None | Some(Trouble::Works) => self.answer(call),
                Some(Trouble::Fails(fail)) => Err(fail),
                Some(Trouble::IsLost) => self.answer(call).and(Err(Fail::Unknown)),
                Some(Trouble::Hangs) => std::future::pending().await,
            }
        })
    }

    fn another(&self) -> Arc<dyn Lane> {
        Arc::new(self.clone())
    }
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fake")
    }
}

impl Claims for Fake {
    fn claim<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<bool, ClaimError>> {
        Box::pin(async move { Ok(self.with(|state| state.claimed.insert(what.to_string()))) })
    }
}
