//! What is sent: the one place where a message's JSON is made, so that none goes out in which someone is mentioned.

use podwhy_flow::chat::{Audience, Content, Reply};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use crate::render::{Message, action};
use crate::rest::File;

/// EPHEMERAL: only the one who asked sees it. <https://discord.com/developers/docs/resources/message#message-object-message-flags>
pub(crate) const EPHEMERAL: u64 = 1 << 6;
/// LOADING: an acknowledgement that nothing was shown for yet.
pub(crate) const LOADING: u64 = 1 << 7;

/// A new message.
pub(crate) fn new(message: &Message, ephemeral: bool, file: Option<&File>) -> Value {
    let mut body = parts(message, ephemeral);
    if ephemeral {
        body["flags"] = json!(EPHEMERAL);
    }
    if file.is_some() {
        body["attachments"] = attachments(file);
    }
    body
}

/// An edit, of a message for one person or for all. Files that hung on it are taken off it.
pub(crate) fn edit(message: &Message, ephemeral: bool, file: Option<&File>) -> Value {
    let mut body = parts(message, ephemeral);
    body["attachments"] = attachments(file);
    body
}

/// A message of an incident, new or as an edit: it calls whom its card names, by the configuration, and nobody else.
pub(crate) fn incident(message: &Message, allowed_mentions: Value) -> Value {
    let mut body = parts(message, false);
    body["allowed_mentions"] = allowed_mentions;
    body
}

/// A message without any of podwhy's formatting.
pub(crate) fn bare(content: String) -> Message {
    Message { content, embeds: Vec::new(), components: Vec::new() }
}

fn parts(message: &Message, ephemeral: bool) -> Value {
    let components = if ephemeral { without_watch(&message.components) } else { message.components.clone() };
    json!({
        "content": message.content,
        "embeds": message.embeds,
        "components": components,
        // content, embeds and file names come from clusters: nothing in them notifies anyone
        "allowed_mentions": { "parse": [] },
    })
}

/// A message for one person cannot be found later by its id: it cannot be kept current.
fn without_watch(rows: &[Value]) -> Vec<Value> {
    let left = |row: &Value| {
        let buttons = row["components"].as_array().into_iter().flatten();
        let kept: Vec<Value> =
            buttons.filter(|button| button["custom_id"] != action::WATCH).cloned().collect();
        let mut row = row.clone();
        row["components"] = json!(kept);
        (!kept.is_empty()).then_some(row)
    };
    rows.iter().filter_map(left).collect()
}

fn attachments(file: Option<&File>) -> Value {
    file.map_or_else(|| json!([]), |file| json!([{ "id": "0", "filename": file.name }]))
}

/// A reply that only says why there is no other.
pub(crate) fn refusal(why: &str, lang: Lang, line: Option<String>) -> Reply {
    let content = Content::Refused { why: why.to_string(), channels: Vec::new() };
    Reply { lang, audience: Audience::Asker, content, line, fix: false }
}

/// Whether a reply answers nothing.
pub(crate) fn is_refusal(reply: &Reply) -> bool {
    matches!(reply.content, Content::Refused { .. } | Content::Fault(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_ever_mentioned() {
        let message =
            Message { content: "@everyone <@1>".to_string(), embeds: Vec::new(), components: Vec::new() };
        let file = File { name: "a.txt".to_string(), text: String::new() };
        for body in
            [new(&message, true, None), new(&message, false, Some(&file)), edit(&message, false, None)]
        {
            assert_eq!(body["allowed_mentions"], json!({ "parse": [] }));
        }
    }

    #[test]
    fn an_edit_takes_old_files_away_and_names_the_new_one() {
        let message = crate::render::note("x");
        assert_eq!(edit(&message, false, None)["attachments"], json!([]));
        let file = File { name: "cart-0.txt".to_string(), text: String::new() };
        assert_eq!(
            edit(&message, false, Some(&file))["attachments"],
            json!([{ "id": "0", "filename": "cart-0.txt" }])
        );
        assert_eq!(new(&message, true, None)["flags"], json!(64));
    }

    #[test]
    fn what_only_one_person_sees_offers_no_watch() {
        let button = |id: &str| json!({ "type": 2, "custom_id": id });
        let row = |buttons: &[Value]| json!({ "type": 1, "components": buttons });
        let mut message = bare("x".to_string());
        message.components =
            vec![row(&[button(action::AGAIN), button(action::WATCH)]), row(&[button(action::WATCH)])];
        assert_eq!(edit(&message, false, None)["components"], json!(message.components));
        assert_eq!(edit(&message, true, None)["components"], json!([row(&[button(action::AGAIN)])]));
        assert_eq!(new(&message, true, None)["components"], json!([row(&[button(action::AGAIN)])]));
    }
}
