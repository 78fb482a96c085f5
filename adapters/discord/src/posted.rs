//! What is read from messages and channels as Discord gives them.
//! <https://discord.com/developers/docs/resources/message#message-object>

use jiff::Timestamp;
use serde_json::Value;

use crate::body::{EPHEMERAL, LOADING};
use crate::id::Id;

/// Everything a message says, a paragraph for each part: what bots put into embeds, and what was forwarded, too.
pub(crate) fn text(message: &Value) -> String {
    let mut parts = Vec::new();
    said(message, &mut parts);
    for forwarded in array(&message["message_snapshots"]) {
        said(&forwarded["message"], &mut parts);
    }
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n")
}

fn said(message: &Value, parts: &mut Vec<String>) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    parts.push(text(&message["content"]));
    for embed in array(&message["embeds"]) {
        parts.extend([text(&embed["author"]["name"]), text(&embed["title"]), text(&embed["description"])]);
        for field in array(&embed["fields"]) {
            parts.push(format!("{}: {}", text(&field["name"]), text(&field["value"])));
        }
        parts.push(text(&embed["footer"]["text"]));
    }
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Whether a channel is a thread: of announcements, public, private.
/// <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
pub(crate) fn is_thread(channel: &Value) -> bool {
    matches!(channel["type"].as_u64(), Some(10..=12))
}

/// Whether only the one who asked sees it.
pub(crate) fn is_ephemeral(message: &Value) -> bool {
    flags(message) & EPHEMERAL != 0
}

/// Whether it was acknowledged, and nothing was shown for it yet.
pub(crate) fn is_loading(message: &Value) -> bool {
    flags(message) & LOADING != 0
}

fn flags(message: &Value) -> u64 {
    message["flags"].as_u64().unwrap_or_default()
}

/// When it was last written.
pub(crate) fn written_at(message: &Value) -> Option<Timestamp> {
    message["edited_timestamp"].as_str().or_else(|| message["timestamp"].as_str())?.parse().ok()
}

/// Who asked for it, where it answers an interaction. `interaction` is what it was called before 2024.
pub(crate) fn asked_by(message: &Value) -> Option<Id> {
    let user = |asked: &Value| Id::of(&asked["user"]["id"]).or_else(|| Id::of(&asked["user_id"]));
    user(&message["interaction_metadata"]).or_else(|| user(&message["interaction"]))
}

/// Whether the application, or its bot, wrote it.
pub(crate) fn is_of(message: &Value, application: Id, bot: Option<Id>) -> bool {
    let author = Id::of(&message["author"]["id"]);
    Id::of(&message["application_id"]) == Some(application)
        || author == Some(application)
        || (author.is_some() && author == bot)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_that_is_said() {
        let embed = json!({ "author": { "name": "Grafana" }, "title": "KubePodCrashLooping", "description": "shop/cart-0",
            "fields": [{ "name": "pod", "value": "cart-0" }], "footer": { "text": "alertmanager" } });
        let forwarded = json!({ "message": { "content": "look" } });
        let message = json!({ "content": "help", "embeds": [embed], "message_snapshots": [forwarded], "components": 7 });
        let wanted =
            ["help", "Grafana", "KubePodCrashLooping", "shop/cart-0", "pod: cart-0", "alertmanager", "look"];
        assert_eq!(text(&message), wanted.join("\n"));
        assert_eq!(text(&Value::Null), "");
    }

    #[test]
    fn ours_are_known_by_author_or_application() {
        let (application, bot) = (Id::from(42), Id::from(10));
        assert!(is_of(&json!({ "author": { "id": "10" } }), application, Some(bot)));
        assert!(is_of(&json!({ "author": { "id": "7" }, "application_id": "42" }), application, None));
        assert!(!is_of(&json!({ "author": { "id": "7" } }), application, Some(bot)));
        assert!(!is_of(&json!({}), application, None));
    }

    #[test]
    fn times_and_askers() {
        let message = json!({ "timestamp": "2026-11-23T19:05:06.991+00:00", "edited_timestamp": null,
            "interaction_metadata": { "user": { "id": "7" } } });
        assert_eq!(written_at(&message), "2026-11-23T19:05:06.991Z".parse().ok());
        assert_eq!(asked_by(&message), Some(Id::from(7)));
        assert_eq!(asked_by(&json!({})), None);
    }
}
