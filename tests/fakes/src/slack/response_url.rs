//! The addresses that payloads carry, to which a few answers may be sent without a token.
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::api::Answer;
use super::arguments::Refusal;
use super::content::{self, Use};
use super::message::{Author, Content};
use super::state::State;
use super::violations::Rule;

const LASTS: Duration = Duration::from_secs(30 * 60);

const USES: u32 = 5;

const KEYS: &[&str] = &[
    "text",
    "blocks",
    "attachments",
    "response_type",
    "replace_original",
    "delete_original",
    "thread_ts",
    "metadata",
    "mrkdwn",
    "parse",
    "link_names",
    "unfurl_links",
    "unfurl_media",
];

/// Where an address came from, and so what it can replace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A command or a shortcut: nothing.
    Asked,
    /// A click on a message of the channel.
    Message(String),
    /// A click on what one person was shown.
    Ephemeral(String),
}

/// One address.
#[derive(Clone, Debug)]
pub(crate) struct ResponseUrl {
    pub channel: String,
    pub user: String,
    pub origin: Origin,
    pub made: Duration,
    pub uses: u32,
}

impl State {
    /// Makes a new address for a person in a channel.
    pub(crate) fn response_url(&mut self, channel: &str, user: &str, origin: Origin) -> String {
        let number = self.next();
        let id = format!("{}/{number}", self.setup.identity.team);
        let (channel, user) = (channel.to_string(), user.to_string());
        let made = self.clock.now();
        self.urls.insert(id.clone(), ResponseUrl { channel, user, origin, made, uses: 0 });
        format!("{}/response/{id}", self.base)
    }

    /// Says something where somebody asked: to them, or to the channel, member or not.
    pub(crate) fn reply(
        &mut self,
        user: &str,
        channel: &str,
        content: Content,
        thread: Option<String>,
        in_channel: bool,
    ) {
        if in_channel {
            let ts = self.store(channel, Author::Bot, content, thread, false);
            self.announce(channel, &ts, None);
        } else {
            self.show(user, channel, content, thread);
        }
    }
}

/// A message sent to an address.
pub(crate) fn use_it(state: &mut State, id: &str, body: &[u8]) -> Answer {
    let now = state.clock.now();
    let gone = |refusal: Refusal| Answer { status: 404, ..Answer::from(refusal) };
    let Some(url) = state.urls.get(id).cloned() else {
        return gone(state.refuse(Rule::UnknownUrl, "no_service", "an address that was not given"));
    };
    if now > url.made + LASTS {
        return gone(state.refuse(Rule::ExpiredUrl, "expired_url", "more than 30 minutes old"));
    }
    if url.uses >= USES {
        return gone(state.refuse(Rule::UsedUrl, "used_url", format!("used {USES} times already")));
    }
    let Ok(Value::Object(said)) = serde_json::from_slice(body) else {
        let refusal = state.refuse(Rule::WrongEncoding, "invalid_payload", "not a JSON object");
        return Answer { status: 400, ..Answer::from(refusal) };
    };
    match answer(state, &url, &said) {
        Ok(()) => {
            if let Some(url) = state.urls.get_mut(id) {
                url.uses += 1;
            }
            Answer::new(200, json!("ok"))
        }
        Err(refusal) => Answer { status: 400, ..Answer::from(refusal) },
    }
}

fn answer(state: &mut State, url: &ResponseUrl, said: &Map<String, Value>) -> Result<(), Refusal> {
    let flag = |key: &str| match said.get(key) {
        None => Some(None),
        Some(Value::Bool(flag)) => Some(Some(*flag)),
        // documented so, and taken
        Some(Value::String(word)) => word.parse::<bool>().ok().map(Some),
        Some(_) => None,
    };
    let (Some(replaces), Some(deletes)) = (flag("replace_original"), flag("delete_original")) else {
        return Err(state.refuse(Rule::BadArgument, "invalid_payload", "true or false"));
    };
    for key in said.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        state.violate(Rule::UnknownArgument, format!("a response_url takes no {key}"));
    }
    let in_channel = content::is_for_all(state, said);
    let over = replaces == Some(true) || deletes == Some(true);
    match (&url.origin, over) {
        (Origin::Asked, true) => {
            state.violate(Rule::NothingToReplace, "the address came from a command or a shortcut");
        }
        (Origin::Message(_) | Origin::Ephemeral(_), false) if replaces.is_none() => {
            state.violate(Rule::ReplaceUnsaid, "an answer to a click without replace_original");
        }
        _ => {}
    }
    if deletes == Some(true) && url.origin != Origin::Asked {
        remove(state, url);
        return Ok(());
    }
    let content = content::take(state, said, Use::Url)?.into_content();
    if over && url.origin != Origin::Asked {
        replace(state, url, content);
        return Ok(());
    }
    let thread = said.get("thread_ts").and_then(Value::as_str);
    let thread = state.thread(&url.channel, thread)?;
    state.reply(&url.user, &url.channel, content, thread, in_channel);
    Ok(())
}

fn replace(state: &mut State, url: &ResponseUrl, content: Content) {
    match &url.origin {
        Origin::Message(ts) => state.replace(&url.channel, ts, content),
        Origin::Ephemeral(ts) => {
            let content = state.filled(content);
            if let Some(shown) = state.ephemerals.iter_mut().find(|shown| shown.ts == *ts) {
                shown.edits.push(std::mem::replace(&mut shown.content, content));
            }
        }
        Origin::Asked => {}
    }
}

fn remove(state: &mut State, url: &ResponseUrl) {
    match &url.origin {
        Origin::Message(ts) => state.delete(&url.channel, ts),
        Origin::Ephemeral(ts) => state.ephemerals.retain(|shown| shown.ts != *ts),
        Origin::Asked => {}
    }
}
