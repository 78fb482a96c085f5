//! "Why is this failing?" on any message. <https://docs.slack.dev/interactivity/implementing-shortcuts/>

use podwhy_flow::chat::{Ask, Question};
use podwhy_knowledge::MAX_PASTED_TEXT;
use serde_json::Value;

use super::guard::{Skip, own_team};
use super::{Asked, Place, Taken, asker, is_direct, response_url, text, text_at};
use crate::identity::Identity;

/// As the manifest has it.
pub(crate) const CALLBACK: &str = "why_is_this_failing";

/// Nothing in a message nests deeper.
const DEEPEST: usize = 12;

pub(super) fn read(payload: &Value, own: &Identity) -> Result<Taken, Skip> {
    own_team(payload, own, "/team/id", &["/user/team_id"])?;
    if text_at(payload, "/callback_id") != Some(CALLBACK) {
        return Err(Skip::Other);
    }
    let required = |path| text_at(payload, path).filter(|text| !text.is_empty()).ok_or(Skip::Malformed);
    let (person, channel) = (required("/user/id")?, required("/channel/id")?);
    let ts = required("/message/ts").or_else(|_| required("/message_ts"))?;
    let thread = text_at(payload, "/message/thread_ts");
    let message = payload.get("message").ok_or(Skip::Malformed)?;
    let place = Place {
        channel: channel.to_string(),
        thread: Some(thread.unwrap_or(ts).to_string()),
        is_thread: thread.is_some(),
        person: person.to_string(),
        is_direct: is_direct(channel),
        respond: response_url(payload),
    };
    Ok(Taken::Question(Asked {
        key: format!("slack:shortcut:{}:{}", own.team, required("/trigger_id")?),
        question: Question {
            asker: asker(person, channel),
            ask: Ask::Message(words_of(message)),
            thread: None,
        },
        place,
    }))
}

/// All that can be read in a message: its text, its attachments (what Alertmanager posts is one), its blocks. A text that
/// stands there twice, as the text of a message stands in its blocks, is taken once.
fn words_of(message: &Value) -> String {
    let mut found = Vec::new();
    if let Some(text) = text_at(message, "/text") {
        add(&mut found, text);
    }
    for attachment in message["attachments"].as_array().into_iter().flatten() {
        let before = found.len();
        for path in ["/pretext", "/author_name", "/title", "/text"] {
            add(&mut found, text_at(attachment, path).unwrap_or_default());
        }
        for field in attachment["fields"].as_array().into_iter().flatten() {
            let part = |path| text_at(field, path).unwrap_or_default();
            add(&mut found, &format!("{}: {}", part("/title"), part("/value")));
        }
        blocks(&mut found, attachment.get("blocks"), 0);
        // what stands for all of it where it cannot be shown
        if found.len() == before {
            add(&mut found, text_at(attachment, "/fallback").unwrap_or_default());
        }
    }
    blocks(&mut found, message.get("blocks"), 0);
    let mut text = found.join("\n");
    let end = (0..=MAX_PASTED_TEXT.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or_default());
    text
}

fn add(found: &mut Vec<String>, text: &str) {
    let text = text::typed(text);
    let text = text.trim();
    if !text.is_empty() && !found.iter().any(|known| known.contains(text)) {
        found.push(text.to_string());
    }
}

/// The texts of blocks, in their order. A section of rich text is one line.
fn blocks(found: &mut Vec<String>, value: Option<&Value>, depth: usize) {
    match value {
        Some(Value::Array(items)) if depth < DEEPEST => {
            items.iter().for_each(|item| blocks(found, Some(item), depth + 1));
        }
        Some(Value::Object(block)) if depth < DEEPEST => {
            let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
            if kind.starts_with("rich_text_") && kind != "rich_text_list" {
                let parts = block.get("elements").and_then(Value::as_array).into_iter().flatten();
                let line: Vec<&str> = parts
                    .filter_map(|part| text_at(part, "/text").or_else(|| text_at(part, "/url")))
                    .collect();
                return add(found, &line.concat());
            }
            match block.get("text") {
                Some(Value::String(text)) => add(found, text),
                text => blocks(found, text, depth + 1),
            }
            for part in ["title", "fields", "elements", "rows"] {
                blocks(found, block.get(part), depth + 1);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_alert_in_an_attachment_is_read() {
        let message = json!({"ts": "1.1", "bot_id": "B9", "text": "",
            "attachments": [{"fallback": "[FIRING:1] KubePodCrashLooping", "title": "[FIRING:1] KubePodCrashLooping",
                "text": "Pod shop/cart-0 is &gt; 5m in CrashLoopBackOff",
                "fields": [{"title": "pod", "value": "cart-0", "short": true}]}]});
        assert_eq!(
            words_of(&message),
            "[FIRING:1] KubePodCrashLooping\nPod shop/cart-0 is > 5m in CrashLoopBackOff\npod: cart-0"
        );
    }

    #[test]
    fn blocks_are_read_and_nothing_twice() {
        let section = json!({"type": "rich_text_section", "elements": [
            {"type": "text", "text": "pod "}, {"type": "link", "url": "https://x.example"},
            {"type": "text", "text": "shop/web-1", "style": {"code": true}}]});
        let message = json!({"text": "pod shop/cart-0 fails", "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "pod `shop/cart-0` fails"},
                "fields": [{"type": "mrkdwn", "text": "*namespace*\nshop"}]},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "OOMKilled"}]},
            {"type": "rich_text", "elements": [section]}]});
        assert_eq!(
            words_of(&message),
            "pod shop/cart-0 fails\n*namespace*\nshop\nOOMKilled\npod https://x.exampleshop/web-1"
        );
    }

    #[test]
    fn no_message_is_too_large_or_too_deep() {
        let mut nested = json!({"text": "deep"});
        for _ in 0..100 {
            nested = json!({"elements": [nested]});
        }
        assert_eq!(words_of(&json!({"blocks": [nested]})), "");
        let long = words_of(&json!({"text": "é".repeat(MAX_PASTED_TEXT)}));
        assert!(long.len() <= MAX_PASTED_TEXT && long.len() > MAX_PASTED_TEXT - 4);
    }
}
