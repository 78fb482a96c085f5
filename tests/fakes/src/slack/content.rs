//! What a message says: the arguments that all ways of sending one share, and their limits.

use serde_json::{Map, Value};

use super::arguments::Refusal;
use super::blocks::{self, Surface};
use super::message::Content;
use super::state::State;
use super::violations::Rule;

/// `chat.postMessage` cuts longer texts and warns; here they are refused.
/// <https://docs.slack.dev/reference/methods/chat.postMessage#truncating>
const TEXT: usize = 40_000;

/// `chat.update`, in bytes, as it was measured: <https://gitlab.com/gitlab-org/gitlab/-/merge_requests/258898>
const UPDATED_TEXT: usize = 4_000;

const ATTACHMENTS: usize = 100;

const ATTACHMENT_KEYS: &[&str] = &[
    "id",
    "blocks",
    "fallback",
    "color",
    "pretext",
    "author_name",
    "author_link",
    "author_icon",
    "title",
    "title_link",
    "text",
    "fields",
    "image_url",
    "thumb_url",
    "footer",
    "footer_icon",
    "ts",
    "mrkdwn_in",
];

/// What the content is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// A new message.
    Post,
    /// A message that is there.
    Update,
    /// Sent to a `response_url`, or with an acknowledgement.
    Url,
}

/// The content of a call; what was not given is `None`.
#[derive(Debug)]
pub(crate) struct Given {
    text: Option<String>,
    blocks: Option<Vec<Value>>,
    attachments: Option<Vec<Value>>,
    metadata: Option<Value>,
}

impl Given {
    /// As a new message.
    pub fn into_content(self) -> Content {
        Content {
            text: self.text.unwrap_or_default(),
            blocks: self.blocks.unwrap_or_default(),
            attachments: self.attachments.unwrap_or_default(),
            metadata: self.metadata.filter(|value| value.as_object().is_some_and(|o| !o.is_empty())),
        }
    }

    /// As an update of what was there: a text without blocks removes the blocks; metadata and attachments stay unless they
    /// are given. <https://docs.slack.dev/reference/methods/chat.update>
    pub fn over(self, old: &Content) -> Content {
        let keeps = self.text.is_none();
        let metadata = if self.metadata.is_none() { old.metadata.clone() } else { None };
        let attachments = self.attachments.clone().unwrap_or_else(|| old.attachments.clone());
        let blocks = self.blocks.clone();
        let new = self.into_content();
        Content {
            text: if keeps { old.text.clone() } else { new.text },
            blocks: blocks.unwrap_or_else(|| if keeps { old.blocks.clone() } else { Vec::new() }),
            attachments,
            metadata: metadata.or(new.metadata),
        }
    }
}

/// Reads the content out of a call's arguments and holds it against every limit.
pub(crate) fn take(state: &mut State, from: &Map<String, Value>, purpose: Use) -> Result<Given, Refusal> {
    let text = from.get("text").and_then(Value::as_str).map(str::to_string);
    let blocks = list(state, from, "blocks", "invalid_blocks_format")?;
    let attachments = list(state, from, "attachments", "invalid_attachments")?;
    let metadata = from.get("metadata").cloned();
    let has_text = text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let has = |list: &Option<Vec<Value>>| list.as_ref().is_some_and(|list| !list.is_empty());
    if !has_text && !has(&blocks) && !has(&attachments) {
        return Err(state.refuse(Rule::NoText, "no_text", "no text, no blocks, no attachments"));
    }
    if !has_text {
        state.violate(Rule::NoFallbackText, "blocks or attachments without a text beside them");
    }
    lengths(state, text.as_deref().unwrap_or_default(), purpose)?;
    if let Some(blocks) = &blocks {
        check_blocks(state, blocks, "/blocks")?;
        let weight = blocks::weight(blocks);
        if purpose != Use::Url && weight > blocks::HEAVIEST {
            let detail = format!("{weight} of {}", blocks::HEAVIEST);
            return Err(state.refuse(Rule::BlocksTooLong, "msg_blocks_too_long", detail));
        }
    }
    check_attachments(state, attachments.as_deref().unwrap_or_default())?;
    if let Some(metadata) = &metadata {
        check_metadata(state, metadata, purpose)?;
    }
    calls_nobody(state, &Value::Object(from.clone()));
    Ok(Given { text, blocks, attachments, metadata })
}

/// Whether a reply says `in_channel`.
pub(crate) fn is_for_all(state: &mut State, object: &Map<String, Value>) -> bool {
    match object.get("response_type").and_then(Value::as_str) {
        Some("in_channel") => true,
        Some("ephemeral") => false,
        None if !object.contains_key("response_type") => false,
        _ => {
            state.violate(Rule::BadValue, "response_type is in_channel or ephemeral");
            false
        }
    }
}

fn list(
    state: &mut State,
    from: &Map<String, Value>,
    key: &str,
    error: &str,
) -> Result<Option<Vec<Value>>, Refusal> {
    match from.get(key) {
        None => Ok(None),
        Some(Value::Array(items)) => Ok(Some(items.clone())),
        Some(_) => Err(state.refuse(Rule::BadValue, error, format!("{key} is an array"))),
    }
}

fn lengths(state: &mut State, text: &str, purpose: Use) -> Result<(), Refusal> {
    let (length, most) = match purpose {
        Use::Update => (text.len(), UPDATED_TEXT),
        Use::Post | Use::Url => (text.chars().count(), TEXT),
    };
    if length > most {
        return Err(state.refuse(Rule::TextTooLong, "msg_too_long", format!("{length} of {most}")));
    }
    Ok(())
}

fn check_blocks(state: &mut State, blocks: &[Value], at: &str) -> Result<(), Refusal> {
    let problems = blocks::check(&Value::Array(blocks.to_vec()), Surface::Message, at);
    state.refuse_all("invalid_blocks", problems)
}

fn check_attachments(state: &mut State, attachments: &[Value]) -> Result<(), Refusal> {
    if attachments.len() > ATTACHMENTS {
        let detail = format!("{} of {ATTACHMENTS}", attachments.len());
        return Err(state.refuse(Rule::Attachments, "too_many_attachments", detail));
    }
    for (index, attachment) in attachments.iter().enumerate() {
        let keys = attachment.as_object().map(|object| object.keys().collect::<Vec<_>>()).unwrap_or_default();
        let unknown = keys.iter().find(|key| !ATTACHMENT_KEYS.contains(&key.as_str()));
        if keys.is_empty() || unknown.is_some() {
            let detail = format!("/attachments/{index}: {unknown:?} is no key of an attachment");
            return Err(state.refuse(Rule::Attachments, "invalid_attachments", detail));
        }
        if let Some(nested) = attachment["blocks"].as_array() {
            check_blocks(state, nested, &format!("/attachments/{index}/blocks"))?;
        }
    }
    Ok(())
}

/// <https://docs.slack.dev/messaging/message-metadata>; an empty object in `chat.update` removes what was there.
fn check_metadata(state: &mut State, metadata: &Value, purpose: Use) -> Result<(), Refusal> {
    let object = metadata.as_object();
    if purpose == Use::Update && object.is_some_and(Map::is_empty) {
        return Ok(());
    }
    let flat = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let good = object.is_some_and(|object| {
        object.keys().all(|key| key == "event_type" || key == "event_payload")
            && object.get("event_type").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty())
            && object.get("event_payload").and_then(Value::as_object).is_some_and(|o| o.values().all(flat))
    });
    if good {
        return Ok(());
    }
    let detail = "metadata is an event_type and a flat event_payload";
    Err(state.refuse(Rule::Metadata, "invalid_metadata_format", detail))
}

/// Slack would show it. No answer of a bot's has a reason to.
fn calls_nobody(state: &mut State, value: &Value) {
    const CALLS: [&str; 4] = ["<!channel", "<!here", "<!everyone", "<!group"];
    match value {
        Value::Array(items) => items.iter().for_each(|item| calls_nobody(state, item)),
        Value::Object(object) if object.get("type").is_some_and(|kind| kind == "broadcast") => {
            state.violate(Rule::Broadcast, "a rich text that calls the channel");
        }
        Value::Object(object) => {
            // these show the characters as they are
            let literal = ["plain_text", "text", "raw_text", "link"];
            if !object.get("type").and_then(Value::as_str).is_some_and(|kind| literal.contains(&kind)) {
                object
                    .iter()
                    .filter(|(key, _)| !matches!(key.as_str(), "value" | "metadata"))
                    .for_each(|(_, nested)| calls_nobody(state, nested));
            }
        }
        Value::String(text) if CALLS.iter().any(|call| text.contains(call)) => {
            state.violate(Rule::Broadcast, "a text that calls the channel");
        }
        _ => {}
    }
}
