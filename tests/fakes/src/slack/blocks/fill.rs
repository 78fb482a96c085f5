//! What Slack writes into blocks before it stores them: ids that were left out, and defaults. A click carries the stored
//! form, so a client that compares it with what it sent sees the difference here already.

use serde_json::{Value, json};

/// Fills the blocks; `next` gives a new number at each call.
pub(crate) fn fill(blocks: &mut [Value], next: &mut impl FnMut() -> u64) {
    for block in blocks {
        if let Some(object) = block.as_object_mut()
            && !object.contains_key("block_id")
        {
            object.insert("block_id".to_string(), json!(id(next())));
        }
        defaults(block, next);
    }
}

fn defaults(value: &mut Value, next: &mut impl FnMut() -> u64) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| defaults(item, next)),
        Value::Object(object) => {
            match object.get("type").and_then(Value::as_str) {
                Some("plain_text") => _ = object.entry("emoji").or_insert(json!(true)),
                Some("mrkdwn") => _ = object.entry("verbatim").or_insert(json!(false)),
                Some("button" | "overflow" | "static_select" | "plain_text_input") => {
                    object.entry("action_id").or_insert_with(|| json!(id(next())));
                }
                _ => {}
            }
            object.values_mut().for_each(|nested| defaults(nested, next));
        }
        _ => {}
    }
}

/// Five characters, as Slack's own ids.
fn id(number: u64) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let digit = |place: u32| char::from(DIGITS[(number >> (5 * place)) as usize % 32]);
    (0..5).map(digit).collect()
}
