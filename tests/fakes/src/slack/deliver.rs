//! Sending things to the bot: the three seconds, what is sent again, and what an acknowledgement is.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::content::{self, Use};
use super::payloads;
use super::post;
use super::record::{Ack, Attempt, Kind};
use super::setup::Mode;
use super::shared::Shared;
use super::state::State;
use super::violations::Rule;

/// <https://docs.slack.dev/apis/events-api/using-socket-mode#acknowledge>
pub(crate) const IN_TIME: Duration = Duration::from_secs(3);

/// Sends all that is queued.
pub(crate) fn flush(shared: &Arc<Shared>) {
    if shared.read(|state| state.outbox.is_empty()) {
        return;
    }
    for number in shared.change(|state| std::mem::take(&mut state.outbox)) {
        attempt(shared, number, "");
    }
}

/// Sends one thing once more. Without a socket, it is tried again when its time comes; says whether it was sent.
pub(crate) fn attempt(shared: &Arc<Shared>, number: usize, reason: &'static str) -> bool {
    if shared.read(|state| matches!(state.setup.mode, Mode::Http { .. })) {
        let (index, retry) = shared.change(|state| (state.begin(number, None).1, state.retries(number)));
        tokio::spawn(post::deliver(Arc::clone(shared), number, index, retry, reason));
        return true;
    }
    match shared.change(|state| state.send(number, reason)) {
        Some(index) => {
            let shared = Arc::clone(shared);
            tokio::spawn(async move {
                tokio::time::sleep(IN_TIME).await;
                if shared.change(|state| state.is_overdue(number, index)) {
                    again(&shared, number, "timeout");
                }
            });
            true
        }
        None => {
            again(shared, number, "timeout");
            false
        }
    }
}

/// Plans the next try of what failed, if there is one.
pub(crate) fn again(shared: &Arc<Shared>, number: usize, reason: &'static str) {
    let wait = shared.read(|state| {
        let delivery = &state.deliveries[number];
        let retried = delivery.tries.saturating_sub(1);
        delivery.kind.retries().get(retried).copied().filter(|_| !delivery.is_acked())
    });
    let Some(wait) = wait else { return };
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        tokio::time::sleep(wait).await;
        if !shared.read(|state| state.deliveries[number].is_acked()) {
            attempt(&shared, number, reason);
        }
    });
}

/// Takes a frame of the client's.
pub(crate) fn acknowledge(shared: &Arc<Shared>, socket: u64, frame: &str) {
    shared.change(|state| {
        let value: Value = serde_json::from_str(frame).unwrap_or_default();
        let known = |key: &String| key == "envelope_id" || key == "payload";
        match (value.as_object(), value["envelope_id"].as_str()) {
            (Some(object), Some(envelope)) => {
                if !object.keys().all(known) {
                    let keys: Vec<&String> = object.keys().collect();
                    state.violate(Rule::AckShape, format!("an acknowledgement with the keys {keys:?}"));
                }
                state.acknowledged(envelope, object.get("payload").cloned(), Some(socket));
            }
            _ => state.violate(Rule::AckShape, "a frame that is no acknowledgement"),
        }
    });
    flush(shared);
}

impl State {
    /// Which retry the latest attempt is, from 0.
    fn retries(&self, number: usize) -> usize {
        self.deliveries[number].tries.saturating_sub(1)
    }

    /// Writes an attempt down. Gives its envelope's id and its place.
    fn begin(&mut self, number: usize, socket: Option<u64>) -> (String, usize) {
        let (id, at) = (self.next(), self.clock.now());
        let envelope = format!("{id:08x}-4a72-4744-aba3-{number:012x}");
        let delivery = &mut self.deliveries[number];
        delivery.tries += 1;
        delivery.attempts.push(Attempt { envelope: envelope.clone(), socket, at, acked: None });
        let index = delivery.attempts.len() - 1;
        self.envelopes.insert(envelope.clone(), (number, index));
        (envelope, index)
    }

    fn send(&mut self, number: usize, reason: &str) -> Option<usize> {
        let failed = self.deliveries[number].attempts.last().and_then(|attempt| attempt.socket);
        let Some(socket) = self.sockets.next(failed) else {
            self.deliveries[number].tries += 1;
            return None;
        };
        let (id, index) = self.begin(number, Some(socket));
        let retry = self.retries(number);
        let delivery = &self.deliveries[number];
        let envelope = payloads::envelope(&id, delivery.kind, &delivery.payload, retry, reason);
        // one that ends right now is noticed as one that does not acknowledge
        self.sockets.send(socket, envelope.to_string());
        Some(index)
    }

    /// Whether nothing acknowledged this attempt in time. Where the socket was still alive, the client is to blame.
    fn is_overdue(&mut self, number: usize, index: usize) -> bool {
        let attempt = &self.deliveries[number].attempts[index];
        if attempt.acked.is_some() {
            return false;
        }
        if attempt.socket.is_some_and(|socket| self.sockets.is_alive(socket)) {
            self.late(number);
        }
        true
    }

    pub(crate) fn late(&mut self, number: usize) {
        let delivery = &self.deliveries[number];
        let detail = format!("{} {} was not acknowledged in 3 s", delivery.kind.envelope(), delivery.key);
        self.violate(Rule::AckLate, detail);
    }

    /// Takes an acknowledgement, over a socket or as the answer to a request.
    pub(crate) fn acknowledged(&mut self, envelope: &str, payload: Option<Value>, socket: Option<u64>) {
        let Some((number, index)) = self.envelopes.get(envelope).copied() else {
            return self.violate(Rule::AckUnknown, format!("no envelope {envelope} was sent"));
        };
        let now = self.clock.now();
        let delivery = &mut self.deliveries[number];
        let (kind, attempt) = (delivery.kind, &mut delivery.attempts[index]);
        if attempt.acked.is_some() {
            let detail = format!("{} {} on socket {socket:?}", kind.envelope(), delivery.key);
            return self.violate(Rule::AckTwice, detail);
        }
        let after = now.saturating_sub(attempt.at);
        attempt.acked = Some(after);
        let envelope = envelope.to_string();
        self.acks.push(Ack { delivery: number, kind, envelope, after, payload: payload.clone() });
        match payload {
            Some(payload) if kind == Kind::Command => self.answered(number, &payload),
            Some(_) => {
                let detail = format!("a payload with the acknowledgement of {}", kind.envelope());
                self.violate(Rule::AckPayload, detail);
            }
            None => {}
        }
    }

    /// Shows what came with a command's acknowledgement: to the person, or to the channel.
    fn answered(&mut self, number: usize, payload: &Value) {
        let command = &self.deliveries[number].payload;
        let part = |key: &str| command[key].as_str().unwrap_or_default().to_string();
        let (user, channel) = (part("user_id"), part("channel_id"));
        let Some(object) = payload.as_object().filter(|object| !object.is_empty()) else { return };
        let in_channel = content::is_for_all(self, object);
        // what is wrong with it is written down; there is nobody to answer
        if let Ok(given) = content::take(self, object, Use::Url) {
            self.reply(&user, &channel, given.into_content(), None, in_channel);
        }
    }
}
