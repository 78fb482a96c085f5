//! What a message says, made of a body, as Discord keeps it.

use serde_json::{Value, json};

use super::limits::says_something;
use super::message::{
    Attachment, COMPONENTS_V2, EPHEMERAL, LOADING, Message, SUPPRESS_EMBEDS, SUPPRESS_NOTIFICATIONS, Said,
};
use super::refusal::Refusal;
use super::rest::Call;
use super::state::State;
use super::violations::Rule;
use super::world::merge;

/// What a creation may ask for, and what an edit may change.
const AT_CREATION: u64 = SUPPRESS_EMBEDS | EPHEMERAL | COMPONENTS_V2 | SUPPRESS_NOTIFICATIONS;
const AT_AN_EDIT: u64 = SUPPRESS_EMBEDS | COMPONENTS_V2;

impl State {
    /// A new message of a body.
    pub(super) fn compose(&mut self, call: &Call, body: &Value) -> Result<Said, Refusal> {
        let flags = body["flags"].as_u64().unwrap_or_default() & AT_CREATION;
        self.compose_onto(call, body, Said { flags, ..Said::default() })
    }

    /// An edited one: what the body does not name stays.
    pub(super) fn recompose(&mut self, call: &Call, body: &Value, before: &Said) -> Result<Said, Refusal> {
        let wanted = body["flags"].as_u64().map_or(before.flags & AT_AN_EDIT, |flags| flags & AT_AN_EDIT);
        let flags = before.flags & !AT_AN_EDIT | wanted;
        self.compose_onto(call, body, Said { flags, ..before.clone() })
    }

    fn compose_onto(&mut self, call: &Call, body: &Value, mut said: Said) -> Result<Said, Refusal> {
        said.attachments = self.attach(call, body, &said)?;
        if let Some(content) = body.get("content") {
            said.content = content.as_str().unwrap_or_default().trim().to_string();
        }
        if let Some(embeds) = body.get("embeds") {
            said.embeds = embeds.as_array().into_iter().flatten().map(kept).collect();
        }
        if let Some(components) = body.get("components") {
            let mut next = 1;
            said.components =
                components.as_array().into_iter().flatten().map(|c| numbered(c, &mut next)).collect();
        }
        self.check_pictures(call, &said)?;
        let is_new = said.flags & COMPONENTS_V2 != 0;
        let says = !said.content.is_empty()
            || !said.embeds.is_empty()
            || !said.attachments.is_empty()
            || (is_new && !said.components.is_empty());
        if !says {
            self.violate(Rule::Empty, &call.client, format!("{:?}: a message that says nothing", call.route));
            return Err(Refusal::empty_message());
        }
        Ok(said)
    }

    /// The files: those that were sent, and of those that were there the ones that are named, or all if none is.
    fn attach(&mut self, call: &Call, body: &Value, before: &Said) -> Result<Vec<Attachment>, Refusal> {
        let listed = body["attachments"].as_array();
        let mut kept = if listed.is_none() { before.attachments.clone() } else { Vec::new() };
        let mut names = Vec::new();
        for entry in listed.into_iter().flatten() {
            let id = entry["id"].as_str().and_then(|id| id.parse().ok()).or(entry["id"].as_u64());
            if call.sent.files.iter().any(|file| Some(file.index) == id) {
                names.push((id, entry["filename"].as_str()));
            } else if let Some(known) = before.attachments.iter().find(|known| Some(known.id) == id) {
                kept.push(known.clone());
            } else {
                let detail =
                    format!("{:?}: attachment {} was neither sent nor there", call.route, entry["id"]);
                self.violate(Rule::Attachment, &call.client, detail);
                return Err(Refusal::one("attachments", "ATTACHMENT_NOT_FOUND", "Attachment data not found"));
            }
        }
        for file in &call.sent.files {
            let renamed = names.iter().find(|(id, _)| *id == Some(file.index)).and_then(|(_, name)| *name);
            kept.push(Attachment {
                id: self.clock.id(),
                name: renamed.unwrap_or(&file.name).to_string(),
                kind: file.kind.clone(),
                bytes: file.bytes.clone(),
            });
        }
        Ok(kept)
    }

    /// `attachment://name` in an embed names a file of the message.
    fn check_pictures(&mut self, call: &Call, said: &Said) -> Result<(), Refusal> {
        let pictures =
            said.embeds.iter().flat_map(|embed| [&embed["image"]["url"], &embed["thumbnail"]["url"]]);
        let names = pictures.filter_map(|url| url.as_str()?.strip_prefix("attachment://"));
        let missing =
            names.filter(|name| !said.attachments.iter().any(|a| a.name == *name)).map(str::to_string).next();
        let Some(name) = missing else { return Ok(()) };
        self.violate(
            Rule::Attachment,
            &call.client,
            format!("{:?}: an embed shows {name}, which is no file", call.route),
        );
        Err(Refusal::one("embeds", "ATTACHMENT_NOT_FOUND", "Attachment data not found"))
    }

    pub(super) fn put_message(&mut self, message: Message) -> u64 {
        let id = message.id;
        if let Some(channel) =
            self.world.channels.get_mut(&message.channel).filter(|_| message.only_for.is_none())
        {
            channel.last_message = Some(id);
        }
        self.messages.insert(id, message);
        id
    }

    /// A message that says this, and nothing else yet.
    pub(super) fn new_message(&mut self, channel: u64, author: u64, said: Said) -> Message {
        Message {
            id: self.clock.id(),
            channel,
            author,
            said,
            history: Vec::new(),
            thread: None,
            interaction: None,
            only_for: None,
            replies_to: None,
            nonce: None,
            deleted: false,
            written: self.clock.now(),
            edited: None,
            answers: None,
        }
    }

    /// Changes what a message says. A reply that was being thought about has been thought about.
    pub(super) fn put_edit(&mut self, id: u64, said: Said, thought: bool) -> Result<Value, Refusal> {
        let now = self.clock.now();
        let message = self.messages.get_mut(&id).ok_or_else(Refusal::unknown_message)?;
        let flags = if thought { said.flags & !LOADING } else { said.flags };
        message.edit(Said { flags, ..said }, now);
        Ok(message.object(&self.world))
    }
}

/// An embed as Discord keeps it.
fn kept(embed: &Value) -> Value {
    let mut embed = trimmed(embed);
    merge(&mut embed, json!({"type": "rich"}));
    for field in embed.get_mut("fields").and_then(Value::as_array_mut).into_iter().flatten() {
        let inline = field["inline"] == true;
        merge(field, json!({"inline": inline}));
    }
    embed
}

/// Its texts without white space around them, and without what says nothing.
fn trimmed(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.trim().to_string()),
        Value::Array(items) => items.iter().map(trimmed).collect(),
        Value::Object(fields) => {
            let said = fields
                .iter()
                .filter(|(_, value)| !value.is_null() && (!value.is_string() || says_something(value)));
            Value::Object(said.map(|(key, value)| (key.clone(), trimmed(value))).collect())
        }
        other => other.clone(),
    }
}

/// A component with the number that Discord gives to each.
fn numbered(component: &Value, next: &mut u64) -> Value {
    let mut component = component.clone();
    if component["id"].is_null() {
        merge(&mut component, json!({"id": *next}));
    }
    *next += 1;
    if let Some(below) = component.get_mut("components").and_then(Value::as_array_mut) {
        below.iter_mut().for_each(|c| *c = numbered(c, next));
    }
    component
}
