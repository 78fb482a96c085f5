//! Messages in channels, by the bot's own token and permissions.
//! <https://discord.com/developers/docs/resources/message>

use serde_json::Value;

use super::check::Form;
use super::message::Message;
use super::refusal::Refusal;
use super::rest::{Answer, Call};
use super::setup::Permissions;
use super::state::State;
use super::violations::Rule;
use super::world::{Channel, Place};

/// For how long a nonce is remembered.
const NONCE_MINUTES: i64 = 5;

impl State {
    /// The channel of a call, if the bot sees it.
    pub(super) fn reach(&self, call: &Call) -> Result<&Channel, Refusal> {
        self.world.reach(call.params.id("channel")?, Permissions::VIEW)
    }

    /// A message of a channel, as everyone there sees it.
    pub(super) fn seen(&self, channel: u64, id: u64) -> Result<&Message, Refusal> {
        let message =
            self.messages.get(&id).filter(|m| m.channel == channel && !m.deleted && m.only_for.is_none());
        message.ok_or_else(Refusal::unknown_message)
    }

    pub(super) fn list_messages(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let channel = self.reach(call)?;
        let number = |name: &str| call.query(name).and_then(|text| text.parse::<u64>().ok());
        let limit = number("limit").unwrap_or(50);
        if !(1..=100).contains(&limit) {
            return Err(Refusal::one("limit", "NUMBER_TYPE_MAX", "int value should be between 1 and 100."));
        }
        if !self.world.permissions(channel).has(Permissions::HISTORY) {
            return Answer::ok(Value::Array(Vec::new()));
        }
        let here =
            self.messages.values().filter(|m| m.channel == channel.id && !m.deleted && m.only_for.is_none());
        let (before, after) = (number("before"), number("after"));
        let fits = here.filter(|m| before.is_none_or(|id| m.id < id) && after.is_none_or(|id| m.id > id));
        let found: Vec<&Message> = fits.collect();
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        // after: the oldest of them; else the newest; newest first either way
        let skipped = if after.is_some() { 0 } else { found.len().saturating_sub(limit) };
        let chosen = found.iter().skip(skipped).take(limit).rev();
        Answer::ok(chosen.map(|message| message.object(&self.world)).collect())
    }

    pub(super) fn get_message(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let channel =
            self.world.reach(call.params.id("channel")?, Permissions::VIEW.and(Permissions::HISTORY))?;
        let message = self.seen(channel.id, call.params.id("message")?)?;
        Answer::ok(message.object(&self.world))
    }

    pub(super) fn create_message(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let body = &call.sent.json;
        let channel = self.may_write(call, body)?;
        self.check(call, Form::Message, body)?;
        if let Some(before) = self.with_nonce(channel, body) {
            return Answer::ok(before.object(&self.world));
        }
        let replies_to = self.replies_to(channel, body)?;
        let said = self.compose(call, body)?;
        let mut message = self.new_message(channel, self.world.application, said);
        message.replies_to = replies_to;
        message.nonce = body.get("nonce").cloned();
        let object = message.object(&self.world);
        self.put_message(message);
        if let Some(Channel { place: Place::Thread { archived, .. }, .. }) =
            self.world.channels.get_mut(&channel)
        {
            *archived = false;
        }
        Answer::ok(object)
    }

    /// The channel, if the bot may send such a message there.
    fn may_write(&self, call: &Call, body: &Value) -> Result<u64, Refusal> {
        let channel = self.reach(call)?;
        let is_thread = matches!(channel.place, Place::Thread { .. });
        let mut need = if is_thread { Permissions::SEND_IN_THREADS } else { Permissions::SEND };
        if body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty()) {
            need = need.and(Permissions::EMBED);
        }
        if !call.sent.files.is_empty() {
            need = need.and(Permissions::ATTACH);
        }
        self.world.reach(channel.id, need).map(|channel| channel.id)
    }

    /// With `enforce_nonce`, the message that was created by the same nonce a short while ago.
    fn with_nonce(&self, channel: u64, body: &Value) -> Option<&Message> {
        let nonce = body.get("nonce").filter(|nonce| !nonce.is_null() && body["enforce_nonce"] == true)?;
        let oldest = self.clock.now().checked_sub(jiff::SignedDuration::from_mins(NONCE_MINUTES)).ok()?;
        self.messages.values().rev().find(|m| {
            m.channel == channel
                && m.author == self.world.application
                && m.nonce.as_ref() == Some(nonce)
                && m.written > oldest
        })
    }

    fn replies_to(&self, channel: u64, body: &Value) -> Result<Option<u64>, Refusal> {
        let reference = &body["message_reference"];
        let Some(id) = reference["message_id"].as_str().and_then(|id| id.parse().ok()) else {
            return Ok(None);
        };
        match self.seen(channel, id) {
            Ok(message) => Ok(Some(message.id)),
            Err(_) if reference["fail_if_not_exists"] == false => Ok(None),
            Err(_) => Err(Refusal::one("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")),
        }
    }

    pub(super) fn edit_message(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let channel = self.reach(call)?.id;
        let message = self.seen(channel, call.params.id("message")?)?;
        let (id, author, before) = (message.id, message.author, message.said.clone());
        if author != self.world.application {
            self.violate(Rule::ForeignMessage, &call.client, format!("edited {id}, which {author} wrote"));
            return Err(Refusal::foreign_message());
        }
        self.check(call, Form::Edit, &call.sent.json)?;
        let said = self.recompose(call, &call.sent.json, &before)?;
        Answer::ok(self.put_edit(id, said, false)?)
    }

    pub(super) fn delete_message(&mut self, call: &Call) -> Result<Answer, Refusal> {
        let channel = self.reach(call)?.id;
        let message = self.seen(channel, call.params.id("message")?)?;
        if message.author != self.world.application {
            return Err(Refusal::missing_permissions());
        }
        let id = message.id;
        self.remove(id);
        Answer::nothing()
    }
}
