//! By what a message is known again: its own id, and a digest of what it shows.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::super::card::{Body, Button};
use super::super::policy::Spot;
use crate::chat::reply::everything;

/// A digest of what a message shows: the same in every version of podwhy that shows the same.
pub fn digest(body: &Body) -> String {
    let written = match body {
        Body::Card(card) => json!([
            "card",
            card.lang.tag(),
            format!("{:?}", card.tone),
            card.title,
            card.summary,
            card.lines,
            card.members,
            card.members_beyond,
            card.links,
            card.mention,
            card.buttons.iter().map(|button| Button::as_str(*button)).collect::<Vec<_>>(),
            card.incident,
        ]),
        Body::Answer(reply) => json!(["answer", reply.lang.tag(), everything(reply)]),
        Body::Note(lang, text) => json!(["note", lang.tag(), text]),
    };
    short(&written.to_string(), 16)
}

/// The message's own id, the same at every try, at most 60 letters, digits and `-`: names that are easy to read, and a digest
/// that tells it from every other.
pub fn message_id(incident: &str, part: &str, to: &Spot) -> String {
    let whole = json!([incident, part, to.platform.as_str(), to.channel]).to_string();
    format!("{}-{}-{}", plain(incident, 30), plain(part, 14), short(&whole, 12))
}

fn plain(name: &str, most: usize) -> String {
    name.chars().take(most).map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn short(text: &str, most: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().take(most / 2).map(|byte| format!("{byte:02x}")).collect()
}
