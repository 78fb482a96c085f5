//! Reading channels.

use serde_json::{Value, json};

use crate::slack::arguments::{Arguments, Refusal};
use crate::slack::message::Message;
use crate::slack::setup::{Channel, ChannelKind};
use crate::slack::state::State;
use crate::slack::violations::Rule;

/// <https://docs.slack.dev/reference/methods/conversations.history>
pub(crate) fn history(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let channel = state.place(arguments.text("channel").unwrap_or_default())?;
    let range = Range::of(state, arguments)?;
    let before = range.cursor.clone();
    let messages = state.rooms[&channel].messages.values().rev();
    let shown = messages
        .filter(|message| !message.is_reply() || message.broadcast)
        .filter(|message| state.shows(message))
        .filter(|message| range.holds(&message.ts) && before.as_ref().is_none_or(|ts| message.ts < *ts));
    let found: Vec<&Message> = shown.take(range.limit + 1).collect();
    Ok(page(state, arguments, &found, range.limit))
}

/// <https://docs.slack.dev/reference/methods/conversations.replies>
pub(crate) fn replies(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let channel = state.place(arguments.text("channel").unwrap_or_default())?;
    let ts = arguments.text("ts").unwrap_or_default();
    let Some(message) = state.message(&channel, ts) else {
        let detail = format!("no message {ts} in {channel}");
        return Err(state.refuse(Rule::MessageNotFound, "thread_not_found", detail));
    };
    let parent = message.ts.clone();
    let range = Range::of(state, arguments)?;
    let after = range.cursor.clone();
    let shown = state.rooms[&channel]
        .messages
        .values()
        .filter(|message| message.ts == parent || message.thread.as_ref() == Some(&parent))
        .filter(|message| state.shows(message))
        // the first message is in every page
        .filter(|message| message.ts == parent || range.holds(&message.ts))
        .filter(|message| after.as_ref().is_none_or(|ts| message.ts > *ts));
    let found: Vec<&Message> = shown.take(range.limit + 1).collect();
    Ok(page(state, arguments, &found, range.limit))
}

/// <https://docs.slack.dev/reference/methods/conversations.info>
pub(crate) fn info(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let id = arguments.text("channel").unwrap_or_default();
    let seen = |channel: &Channel| channel.joined || channel.kind == ChannelKind::Public;
    match state.rooms.get(id).map(|room| &room.channel).filter(|channel| seen(channel)) {
        Some(channel) => {
            let mut object = described(state, channel);
            if arguments.flag("include_num_members") {
                object["num_members"] = json!(channel.members.len() + usize::from(channel.joined));
            }
            Ok(json!({"channel": object}))
        }
        None => Err(state.refuse(Rule::ChannelNotFound, "channel_not_found", format!("no channel {id}"))),
    }
}

/// <https://docs.slack.dev/reference/methods/users.conversations>
pub(crate) fn of_user(state: &mut State, arguments: &Arguments) -> Result<Value, Refusal> {
    let types = arguments.text("types").unwrap_or("public_channel").to_string();
    let known = ["public_channel", "private_channel", "mpim", "im"];
    if let Some(wrong) = types.split(',').map(str::trim).find(|kind| !known.contains(kind)) {
        return Err(state.refuse(Rule::BadArgument, "invalid_types", format!("types: {wrong}")));
    }
    let user = arguments.text("user").filter(|user| *user != state.setup.identity.bot_user);
    if let Some(user) = user.filter(|user| !state.users.contains_key(*user)) {
        return Err(state.refuse(Rule::UserNotFound, "user_not_found", user));
    }
    let range = Range::of(state, arguments)?;
    let wanted = |channel: &&Channel| {
        let kind = match channel.kind {
            ChannelKind::Public => "public_channel",
            ChannelKind::Private => "private_channel",
            ChannelKind::Direct => "im",
        };
        let member = |user: &str| channel.members.iter().any(|member| member == user);
        types.split(',').any(|wanted| wanted.trim() == kind) && user.map_or(channel.joined, member)
    };
    let after = range.cursor.clone();
    let rooms = state.rooms.values().map(|room| &room.channel).filter(wanted);
    let mut found: Vec<&Channel> =
        rooms.filter(|channel| after.as_ref().is_none_or(|id| channel.id > *id)).collect();
    let more = found.len() > range.limit;
    found.truncate(range.limit);
    let next = found.last().filter(|_| more).map(|channel| cursor(&channel.id)).unwrap_or_default();
    let channels: Vec<Value> = found.into_iter().map(|channel| described(state, channel)).collect();
    Ok(json!({"channels": channels, "response_metadata": {"next_cursor": next}}))
}

/// What of a channel is asked for.
struct Range {
    oldest: Option<String>,
    latest: Option<String>,
    inclusive: bool,
    cursor: Option<String>,
    limit: usize,
}

impl Range {
    fn of(state: &mut State, arguments: &Arguments) -> Result<Range, Refusal> {
        let limit = arguments.number("limit").unwrap_or(100);
        if !(1..=999).contains(&limit) {
            return Err(state.refuse(Rule::BadArgument, "invalid_limit", format!("limit: {limit}")));
        }
        let given = arguments.text("cursor").filter(|cursor| !cursor.is_empty());
        let cursor = given.map(|text| text.strip_prefix("next_").map(str::to_string));
        if cursor == Some(None) {
            return Err(state.refuse(Rule::InvalidCursor, "invalid_cursor", "a cursor that was not given"));
        }
        let time = |key: &str| arguments.text(key).map(str::to_string);
        let (oldest, latest) = (time("oldest"), time("latest"));
        Ok(Range { oldest, latest, inclusive: arguments.flag("inclusive"), cursor: cursor.flatten(), limit })
    }

    fn holds(&self, ts: &str) -> bool {
        let end = |edge: &String| self.inclusive && edge == ts;
        self.oldest.as_ref().is_none_or(|oldest| seconds(ts) > seconds(oldest) || end(oldest))
            && self.latest.as_ref().is_none_or(|latest| seconds(ts) < seconds(latest) || end(latest))
    }
}

/// Times are compared as numbers: `oldest` is often given without a fraction.
fn seconds(ts: &str) -> f64 {
    ts.parse().unwrap_or_default()
}

fn cursor(last: &str) -> String {
    format!("next_{last}")
}

/// One message more than fits says that there are more.
fn page(state: &State, arguments: &Arguments, found: &[&Message], limit: usize) -> Value {
    let metadata = arguments.flag("include_all_metadata");
    let (shown, more) = (&found[..found.len().min(limit)], found.len() > limit);
    let messages: Vec<Value> = shown.iter().map(|message| state.told(message, metadata)).collect();
    let mut page = json!({"messages": messages, "has_more": more});
    if let Some(last) = shown.last().filter(|_| more) {
        page["response_metadata"] = json!({"next_cursor": cursor(&last.ts)});
    }
    page
}

fn described(state: &State, channel: &Channel) -> Value {
    if channel.kind == ChannelKind::Direct {
        return json!({"id": channel.id, "created": 1_700_000_000, "is_im": true, "is_archived": false,
            "is_org_shared": false, "user": channel.members.first(), "is_user_deleted": false, "priority": 0});
    }
    let private = channel.kind == ChannelKind::Private;
    let shared = state.is_shared(&channel.id);
    json!({"id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": !private,
        "is_group": private, "is_im": false, "is_mpim": false, "is_private": private, "is_archived": false,
        "is_general": false, "is_member": channel.joined, "is_shared": shared, "is_ext_shared": shared,
        "is_org_shared": false, "created": 1_700_000_000, "creator": channel.members.first(), "unlinked": 0,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0}, "previous_names": []})
}

impl State {
    /// Whether a message stands long enough to be read, where they are shown late.
    fn shows(&self, message: &Message) -> bool {
        self.tricks.late.is_zero()
            || seconds(&message.ts) + self.tricks.late.as_secs_f64() <= self.clock.precise()
    }

    /// A message as history has it: where it begins a thread, with the thread's numbers.
    fn told(&self, message: &Message, metadata: bool) -> Value {
        let mut told = message.json(&self.setup.identity, metadata);
        let room = &self.rooms[&message.channel];
        let replies: Vec<&Message> = room
            .messages
            .values()
            .filter(|reply| reply.is_reply() && reply.thread.as_ref() == Some(&message.ts))
            .collect();
        if let Some(latest) = replies.last() {
            told["reply_count"] = json!(replies.len());
            told["latest_reply"] = json!(latest.ts);
        }
        told
    }
}
