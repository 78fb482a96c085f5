//! Messages as they stand, and how they came to.

use serde_json::{Value, json};

use super::clock::written;
use super::world::{World, merge};

/// Message flag: only one person sees it.
pub const EPHEMERAL: u64 = 1 << 6;
/// Message flag: "podwhy is thinking…", nothing was said yet.
pub const LOADING: u64 = 1 << 7;
/// Message flag: built of the newer components.
pub(super) const COMPONENTS_V2: u64 = 1 << 15;
/// Message flag: a thread was started from it.
pub(super) const HAS_THREAD: u64 = 1 << 5;
/// Message flag: link previews are left out.
pub(super) const SUPPRESS_EMBEDS: u64 = 1 << 2;
/// Message flag: nobody is notified.
pub(super) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;

/// A file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// Its content type as it was sent.
    pub kind: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl Attachment {
    /// What is in it, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// The text.
    pub content: String,
    /// The embeds, as Discord keeps them: trimmed, with `type`.
    pub embeds: Vec<Value>,
    /// The rows of components.
    pub components: Vec<Value>,
    /// The files.
    pub attachments: Vec<Attachment>,
    /// The flags: [`EPHEMERAL`], [`LOADING`] and others.
    pub flags: u64,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id.
    pub id: u64,
    /// Its channel, thread or direct conversation.
    pub channel: u64,
    /// Who wrote it; the bot's id is the application's.
    pub author: u64,
    /// What it says now.
    pub said: Said,
    /// What it said before each edit, oldest first.
    pub history: Vec<Said>,
    /// The thread that was started from it.
    pub thread: Option<u64>,
    /// The interaction it answers.
    pub interaction: Option<u64>,
    /// Who alone sees it.
    pub only_for: Option<u64>,
    /// The message it replies to.
    pub replies_to: Option<u64>,
    /// The nonce it was created with, as it was sent.
    pub nonce: Option<Value>,
    /// Whether it was deleted.
    pub deleted: bool,
    pub(super) written: jiff::Timestamp,
    pub(super) edited: Option<jiff::Timestamp>,
    pub(super) answers: Option<Answers>,
}

/// The question a message answers, as the message shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answers {
    pub(super) kind: u8,
    pub(super) user: u64,
    pub(super) name: String,
    /// `type` of the message: 20 after a slash command, 23 after a message command, 0 after a click.
    pub(super) message_type: u8,
    /// Of a form that was filled in: the id and kind of what it popped up for.
    pub(super) opened_by: Option<(u64, u8)>,
}

impl Message {
    /// Whether it still says "thinking…".
    pub fn is_loading(&self) -> bool {
        self.said.flags & LOADING != 0
    }

    /// All that a person reads in it: text, embeds, labels of buttons; one a line.
    pub fn text(&self) -> String {
        let mut lines = vec![self.said.content.clone()];
        for embed in &self.said.embeds {
            let parts = [&embed["author"]["name"], &embed["title"], &embed["description"]];
            lines.extend(parts.iter().filter_map(|part| part.as_str().map(str::to_string)));
            for field in embed["fields"].as_array().into_iter().flatten() {
                lines.extend(
                    [&field["name"], &field["value"]].iter().filter_map(|f| f.as_str().map(str::to_string)),
                );
            }
            lines.extend(embed["footer"]["text"].as_str().map(str::to_string));
        }
        lines.extend(self.buttons().into_iter().map(|(label, _)| label));
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// Its buttons that can be clicked: label and `custom_id`.
    pub fn buttons(&self) -> Vec<(String, String)> {
        let rows =
            self.said.components.iter().flat_map(|row| row["components"].as_array().into_iter().flatten());
        rows.filter(|b| b["type"] == 2 && b["disabled"] != true)
            .filter_map(|b| Some((b["label"].as_str().unwrap_or_default(), b["custom_id"].as_str()?)))
            .map(|(label, id)| (label.to_string(), id.to_string()))
            .collect()
    }

    /// Takes a new text in, the old one into the history.
    pub(super) fn edit(&mut self, said: Said, now: jiff::Timestamp) {
        let before = std::mem::replace(&mut self.said, said);
        // a reply that was only being thought about said nothing
        if before.flags & LOADING == 0 {
            self.history.push(before);
            self.edited = Some(now);
        }
    }

    /// The message object.
    pub(super) fn object(&self, world: &World) -> Value {
        let attachments: Vec<Value> = self.said.attachments.iter().map(|a| self.attachment(a)).collect();
        let mut object = json!({
            "id": self.id.to_string(), "channel_id": self.channel.to_string(), "author": world.user(self.author),
            "content": self.said.content, "embeds": self.said.embeds, "components": self.said.components,
            "attachments": attachments, "flags": self.said.flags, "timestamp": written(self.written),
            "edited_timestamp": self.edited.map(written), "tts": false, "mention_everyone": false, "mentions": [],
            "mention_roles": [], "pinned": false,
            "type": self.answers.as_ref().map_or(if self.replies_to.is_some() { 19 } else { 0 }, |a| a.message_type),
        });
        if let Some(nonce) = &self.nonce {
            merge(&mut object, json!({"nonce": nonce}));
        }
        if let Some(id) = self.replies_to {
            let reference =
                json!({"type": 0, "message_id": id.to_string(), "channel_id": self.channel.to_string()});
            merge(&mut object, json!({"message_reference": reference}));
        }
        if let Some(thread) = self.thread.and_then(|id| world.channels.get(&id)) {
            merge(&mut object, json!({"thread": world.channel_object(thread, false)}));
        }
        if let (Some(answers), Some(interaction)) = (&self.answers, self.interaction) {
            merge(&mut object, self.metadata(answers, interaction, world));
        }
        object
    }

    fn metadata(&self, answers: &Answers, interaction: u64, world: &World) -> Value {
        let guild = world.channels.get(&self.channel).and_then(|c| c.guild).unwrap_or_default();
        let mut more = json!({
            "application_id": world.application.to_string(), "webhook_id": world.application.to_string(),
            "interaction_metadata": {
                "id": interaction.to_string(), "type": answers.kind, "user": world.user(answers.user),
                "authorizing_integration_owners": {"0": guild.to_string()}, "name": answers.name,
            },
        });
        if let Some((id, kind)) = answers.opened_by {
            let opened = json!({
                "id": id.to_string(), "type": kind, "user": world.user(answers.user),
                "authorizing_integration_owners": {"0": guild.to_string()},
            });
            merge(&mut more["interaction_metadata"], json!({"triggering_interaction_metadata": opened}));
        }
        // only commands have the older field
        if answers.kind == 2 {
            let old = json!({"id": interaction.to_string(), "type": 2, "name": answers.name, "user": world.user(answers.user)});
            merge(&mut more, json!({"interaction": old}));
        }
        more
    }

    fn attachment(&self, attachment: &Attachment) -> Value {
        let url = format!(
            "https://cdn.discordapp.com/attachments/{}/{}/{}",
            self.channel, attachment.id, attachment.name
        );
        json!({
            "id": attachment.id.to_string(), "filename": attachment.name, "size": attachment.bytes.len(), "url": url,
            "proxy_url": url, "content_type": attachment.kind, "ephemeral": self.only_for.is_some(),
        })
    }
}
