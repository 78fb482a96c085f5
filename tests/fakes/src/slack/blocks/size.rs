//! What all blocks of a message weigh together.
//!
//! `chat.postMessage` and `chat.update` answer `msg_blocks_too_long` for messages that keep every documented limit. Slack
//! gives no number; people measured about 13,200 characters for text and blocks together, with `&`, `<` and `>` counted as
//! the entities they become and about 100 for each block. A `response_url` takes more.
//! <https://github.com/slackapi/bolt-js/issues/2509>, <https://github.com/slackapi/bolt-js/issues/2867>

use serde_json::Value;

/// The most that was seen to pass.
pub const HEAVIEST: usize = 13_200;

const EACH_BLOCK: usize = 100;

/// What these blocks weigh, in the unit of [`HEAVIEST`].
pub fn weight(blocks: &[Value]) -> usize {
    blocks.iter().map(|block| EACH_BLOCK + texts(block)).sum()
}

fn texts(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(texts).sum(),
        Value::Object(object) => {
            // markup is escaped already when it is sent; Slack escapes the rest
            let markup = matches!(object.get("type").and_then(Value::as_str), Some("mrkdwn" | "markdown"));
            let of = |(key, value): (&String, &Value)| match (key.as_str(), value) {
                ("text" | "fallback" | "alt_text", Value::String(text)) if markup => text.chars().count(),
                ("text" | "fallback" | "alt_text", Value::String(text)) => escaped(text),
                (_, nested) => texts(nested),
            };
            object.iter().map(of).sum()
        }
        _ => 0,
    }
}

fn escaped(text: &str) -> usize {
    let each = |c| match c {
        '&' => 5,
        '<' | '>' => 4,
        _ => 1,
    };
    text.chars().map(each).sum()
}
