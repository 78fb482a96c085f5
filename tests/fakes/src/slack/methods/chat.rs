//! Sending, changing and deleting messages.

use serde_json::{Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::content::{self, Use};
use crate::slack::message::{Author, Content};
use crate::slack::setup::ChannelKind;
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// <https://docs.slack.dev/reference/methods/chat.postMessage>
pub(crate) fn post(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let to = arguments.text("channel").unwrap_or_default();
    let channel = if state.users.contains_key(to) { state.direct(to) } else { state.place(to)? };
    let thread = state.thread(&channel, arguments.text("thread_ts"))?;
    let content = content::take(state, &arguments.values, Use::Post)?.into_content();
    let broadcast = arguments.flag("reply_broadcast");
    let ts = state.store(&channel, Author::Bot, content, thread, broadcast);
    state.announce(&channel, &ts, None);
    let identity = &state.setup.identity;
    let message = state.message(&channel, &ts).map(|message| message.json(identity, true));
    Ok(json!({"channel": channel, "ts": ts, "message": message}))
}

/// <https://docs.slack.dev/reference/methods/chat.update>
pub(crate) fn update(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let (channel, ts) = own(state, arguments, "cant_update_message")?;
    let given = content::take(state, &arguments.values, Use::Update)?;
    let old = state.message(&channel, &ts).map(|message| message.content.clone()).unwrap_or_default();
    state.replace(&channel, &ts, given.over(&old));
    let identity = &state.setup.identity;
    let message = state.message(&channel, &ts).map(|message| message.json(identity, true));
    let text = message.as_ref().map(|message| message["text"].clone());
    Ok(json!({"channel": channel, "ts": ts, "text": text, "message": message}))
}

/// <https://docs.slack.dev/reference/methods/chat.delete>
pub(crate) fn delete(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let (channel, ts) = own(state, arguments, "cant_delete_message")?;
    state.delete(&channel, &ts);
    Ok(json!({"channel": channel, "ts": ts}))
}

/// <https://docs.slack.dev/reference/methods/chat.postEphemeral>
pub(crate) fn post_ephemeral(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let channel = state.place(arguments.text("channel").unwrap_or_default())?;
    let user = arguments.text("user").unwrap_or_default();
    let there = state.rooms[&channel].channel.members.iter().any(|member| member == user);
    if !there {
        let detail = format!("{user} is not in {channel}");
        return Err(state.refuse(Rule::UserNotInChannel, "user_not_in_channel", detail));
    }
    let thread = state.thread(&channel, arguments.text("thread_ts"))?;
    let content = content::take(state, &arguments.values, Use::Post)?.into_content();
    let ts = state.show(user, &channel, content, thread);
    Ok(json!({"message_ts": ts}))
}

/// The channel and `ts` of a message of the bot's own.
fn own(state: &mut State, arguments: &Arguments, error: &str) -> Result<(String, String), Refusal> {
    let channel = state.place(arguments.text("channel").unwrap_or_default())?;
    let ts = arguments.text("ts").unwrap_or_default().to_string();
    match state.message(&channel, &ts).map(|message| message.author == Author::Bot) {
        Some(true) => Ok((channel, ts)),
        Some(false) => Err(state.refuse(Rule::ForeignMessage, error, format!("{channel} {ts}"))),
        None => {
            let detail = format!("no message {ts} in {channel}");
            Err(state.refuse(Rule::MessageNotFound, "message_not_found", detail))
        }
    }
}

impl State {
    /// A channel that exists, that the bot can see, and that it is a member of.
    pub(crate) fn place(&mut self, id: &str) -> Result<String, Refusal> {
        let room = self.rooms.get(id).map(|room| (room.channel.kind, room.channel.joined));
        match room {
            Some((_, true)) => Ok(id.to_string()),
            Some((ChannelKind::Public, false)) => {
                Err(self.refuse(Rule::NotInChannel, "not_in_channel", format!("the bot is not in {id}")))
            }
            _ => Err(self.refuse(Rule::ChannelNotFound, "channel_not_found", format!("no channel {id}"))),
        }
    }

    /// The thread of a reply: one that a message of this channel begins, or may begin.
    pub(crate) fn thread(&mut self, channel: &str, ts: Option<&str>) -> Result<Option<String>, Refusal> {
        let Some(ts) = ts else { return Ok(None) };
        if self.message(channel, ts).is_some_and(|message| !message.is_reply()) {
            return Ok(Some(ts.to_string()));
        }
        let detail = format!("{ts} in {channel} begins no thread");
        Err(self.refuse(Rule::NotAThread, "cannot_reply_to_message", detail))
    }

    /// Changes what a message says, and tells.
    pub(crate) fn replace(&mut self, channel: &str, ts: &str, content: Content) {
        let content = self.filled(content);
        let identity = self.setup.identity.clone();
        let Some(message) = self.message_mut(channel, ts) else { return };
        let before = message.json(&identity, false);
        let old = std::mem::replace(&mut message.content, content);
        message.edits.push(old);
        let after = message.json(&identity, false);
        self.announce_change(channel, "message_changed", Some(after), before);
    }

    /// Removes a message, and tells.
    pub(crate) fn delete(&mut self, channel: &str, ts: &str) {
        let identity = self.setup.identity.clone();
        let Some(room) = self.rooms.get_mut(channel) else { return };
        let Some(message) = room.messages.remove(ts) else { return };
        let before = message.json(&identity, false);
        room.deleted.push(message);
        self.announce_change(channel, "message_deleted", None, before);
    }
}
