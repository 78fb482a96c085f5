//! Messages as they are stored, and as Slack tells them.

use serde_json::{Map, Value, json};

use super::setup::Identity;

/// Who wrote a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// The bot under test.
    Bot,
    /// A person, by id.
    Person(String),
    /// Someone else's bot: an alert.
    Integration {
        /// `B…`
        bot: String,
        /// The name it shows.
        name: String,
    },
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    /// The text; the notification's where there are blocks.
    pub text: String,
    /// The blocks, with ids and defaults filled in.
    pub blocks: Vec<Value>,
    /// The attachments.
    pub attachments: Vec<Value>,
    /// `event_type` and `event_payload`.
    pub metadata: Option<Value>,
}

impl Content {
    /// A text and nothing else.
    pub fn text(text: &str) -> Content {
        Content { text: text.to_string(), ..Content::default() }
    }
}

/// A message as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where.
    pub channel: String,
    /// Its id within the channel: a time, `1764000000.000100`.
    pub ts: String,
    /// By whom.
    pub author: Author,
    /// What it says.
    pub content: Content,
    /// The `ts` of the message it replies to.
    pub thread: Option<String>,
    /// Whether a reply is shown in the channel too.
    pub broadcast: bool,
    /// Files that were shared with it, by id.
    pub files: Vec<String>,
    /// What it said before, oldest first.
    pub edits: Vec<Content>,
}

impl Message {
    /// Whether it stands in a thread that another message begins.
    pub fn is_reply(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| *thread != self.ts)
    }

    /// Every text in it, as a person would read it from top to bottom.
    pub fn everything(&self) -> String {
        let mut lines = vec![self.content.text.clone()];
        self.content
            .blocks
            .iter()
            .chain(&self.content.attachments)
            .for_each(|block| texts(block, &mut lines));
        lines.join("\n")
    }

    /// As history, events and clicks have it.
    pub(crate) fn json(&self, identity: &Identity, metadata: bool) -> Value {
        let mut message = Map::new();
        let mut put = |key: &str, value: Value| _ = message.insert(key.to_string(), value);
        put("type", json!("message"));
        put("ts", json!(self.ts));
        put("text", json!(self.content.text));
        match &self.author {
            Author::Person(user) => {
                put("client_msg_id", json!(client_id(&self.ts)));
                put("user", json!(user));
                put("team", json!(identity.team));
            }
            Author::Bot => {
                put("user", json!(identity.bot_user));
                put("bot_id", json!(identity.bot));
                put("app_id", json!(identity.app));
                put("team", json!(identity.team));
                put("bot_profile", bot_profile(identity));
            }
            Author::Integration { bot, name } => {
                put("subtype", json!("bot_message"));
                put("bot_id", json!(bot));
                put("username", json!(name));
            }
        }
        if !self.content.blocks.is_empty() {
            put("blocks", json!(self.content.blocks));
        } else if matches!(self.author, Author::Person(_)) {
            put("blocks", json!([rich_text(&self.content.text)]));
        }
        if !self.content.attachments.is_empty() {
            put("attachments", json!(self.content.attachments));
        }
        if let Some(thread) = &self.thread {
            put("thread_ts", json!(thread));
        }
        if let (true, Some(value)) = (metadata, &self.content.metadata) {
            put("metadata", value.clone());
        }
        if !self.files.is_empty() {
            put("files", self.files.iter().map(|id| json!({"id": id})).collect());
        }
        if !self.edits.is_empty() {
            put("edited", json!({"user": identity.bot_user, "ts": self.ts}));
        }
        Value::Object(message)
    }
}

fn bot_profile(identity: &Identity) -> Value {
    json!({"id": identity.bot, "app_id": identity.app, "name": identity.name, "deleted": false, "updated": 0,
        "icons": {}, "team_id": identity.team})
}

/// An id in the shape of those that clients give their messages.
pub(crate) fn client_id(ts: &str) -> String {
    let digits: String = ts.chars().filter(char::is_ascii_digit).collect();
    format!("f0582a78-72db-4feb-b2f3-{:0>12}", &digits[digits.len().saturating_sub(12)..])
}

/// What a person's client makes of what was typed: mentions become elements, the rest stays text.
fn rich_text(text: &str) -> Value {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<@") {
        let Some((user, tail)) = after.split_once('>') else { break };
        if !before.is_empty() {
            elements.push(json!({"type": "text", "text": before}));
        }
        elements.push(json!({"type": "user", "user_id": user}));
        rest = tail;
    }
    if !rest.is_empty() {
        elements.push(json!({"type": "text", "text": rest}));
    }
    json!({"type": "rich_text", "block_id": "typed", "elements": [
        {"type": "rich_text_section", "elements": elements}]})
}

fn texts(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, lines)),
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("text" | "title" | "value" | "pretext" | "fallback" | "footer", Value::String(text)) => {
                        lines.push(text.clone());
                    }
                    (_, nested) => texts(nested, lines),
                }
            }
        }
        _ => {}
    }
}
