//! Blocks that Slack does not take.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use podwhy_fakes::slack::Rule;
use serde_json::{Value, json};

use crate::slack_client::started;

/// The rule that is broken, where Slack's message points, the blocks.
pub fn wrong() -> Vec<(Rule, &'static str, Value)> {
    let text = |length: usize| "x".repeat(length);
    let plain = |length: usize| json!({"type": "plain_text", "text": text(length)});
    let mrkdwn = |length: usize| json!({"type": "mrkdwn", "text": text(length)});
    let section = |fields: Value| json!([{"type": "section", "text": mrkdwn(1), "fields": fields}]);
    let actions = |elements: Vec<Value>| json!([{"type": "actions", "elements": elements}]);
    let button = |more: Value| {
        let mut button = json!({"type": "button", "text": plain(75)});
        more.as_object().into_iter().flatten().for_each(|(key, value)| button[key] = value.clone());
        button
    };
    let named = |id: usize| button(json!({"action_id": format!("action-{id}")}));
    let rich = |element: Value| json!([{"type": "rich_text", "elements": [element]}]);
    let divider = |id: &str| json!({"type": "divider", "block_id": id});
    let options = |count: usize| {
        let option = |id: usize| json!({"text": plain(75), "value": format!("{id}")});
        (0..count).map(option).collect::<Vec<Value>>()
    };
    let select = |more: Value| {
        let mut select = json!({"type": "static_select", "action_id": "s"});
        more.as_object().into_iter().flatten().for_each(|(key, value)| select[key] = value.clone());
        actions(vec![select])
    };
    let confirm = json!({"title": plain(100), "text": mrkdwn(300), "confirm": plain(30)});
    vec![
        (Rule::TooManyBlocks, "/blocks", json!(vec![json!({"type": "divider"}); 51])),
        (Rule::UnknownType, "/blocks/0", json!([{"type": "quote", "text": "x"}])),
        (Rule::UnknownType, "/blocks/0", json!([{"type": "video", "title": plain(1)}])),
        (
            Rule::UnknownType,
            "/blocks/0/elements/0",
            actions(vec![json!({"type": "image",
            "image_url": "https://example.com/a.png", "alt_text": "a chart"})]),
        ),
        (Rule::UnknownKey, "/blocks/0", json!([{"type": "divider", "colour": "red"}])),
        (Rule::UnknownKey, "/blocks/0/elements/0", actions(vec![button(json!({"disabled": true}))])),
        (
            Rule::UnknownKey,
            "/blocks/0/text",
            json!([{"type": "section",
            "text": {"type": "mrkdwn", "text": "x", "emoji": true}}]),
        ),
        (Rule::MissingKey, "/blocks/0", json!([{"type": "header"}])),
        (Rule::MissingKey, "/blocks/0", json!([{"text": "x"}])),
        (Rule::MissingKey, "/blocks/0", json!([{"type": "section", "block_id": "empty"}])),
        (Rule::MissingKey, "/blocks/0", json!([{"type": "image", "alt_text": "a chart"}])),
        (Rule::MissingKey, "/blocks/0/elements/0", select(json!({}))),
        (
            Rule::MissingKey,
            "/blocks/0/elements/0/confirm",
            actions(vec![button(json!({"confirm": confirm}))]),
        ),
        (Rule::BadValue, "/blocks/0/elements/0/style", actions(vec![button(json!({"style": "default"}))])),
        (Rule::BadValue, "/blocks/0/elements/0/value", actions(vec![button(json!({"value": 7}))])),
        (Rule::BadValue, "/blocks/0/elements/0/url", actions(vec![button(json!({"url": "shop/cart-0"}))])),
        (Rule::BadValue, "/blocks/0/fields", section(json!("x"))),
        (
            Rule::BadValue,
            "/blocks/0/elements/0/border",
            rich(
                json!({"type": "rich_text_preformatted", "border": 2, "elements": [{"type": "text", "text": "x"}]}),
            ),
        ),
        (
            Rule::BadValue,
            "/blocks/0/expand",
            json!([{"type": "section", "text": mrkdwn(1), "expand": "yes"}]),
        ),
        (Rule::TooLong, "/blocks/0/text/text", json!([{"type": "header", "text": plain(151)}])),
        (Rule::TooLong, "/blocks/0/text/text", json!([{"type": "section", "text": mrkdwn(3001)}])),
        (Rule::TooLong, "/blocks/0/fields/0/text", section(json!([mrkdwn(2001)]))),
        (
            Rule::TooLong,
            "/blocks/0/elements/0/text",
            json!([{"type": "context", "elements": [mrkdwn(3001)]}]),
        ),
        (Rule::TooLong, "/blocks/0/elements/0/text/text", actions(vec![button(json!({"text": plain(76)}))])),
        (Rule::TooLong, "/blocks/0/elements/0/value", actions(vec![button(json!({"value": text(2001)}))])),
        (
            Rule::TooLong,
            "/blocks/0/elements/0/action_id",
            actions(vec![button(json!({"action_id": text(256)}))]),
        ),
        (Rule::TooLong, "/blocks/0/block_id", json!([{"type": "divider", "block_id": text(256)}])),
        (
            Rule::TooLong,
            "/blocks/0/alt_text",
            json!([{"type": "image", "image_url": "https://example.com/a.png", "alt_text": text(2001)}]),
        ),
        (Rule::TooMany, "/blocks/0/fields", section(json!(vec![mrkdwn(1); 11]))),
        (Rule::TooMany, "/blocks/0/elements", actions((0..26).map(named).collect())),
        (Rule::TooMany, "/blocks/0/elements", json!([{"type": "context", "elements": vec![mrkdwn(1); 11]}])),
        (Rule::TooMany, "/blocks/0/elements/0/options", select(json!({"options": options(101)}))),
        (
            Rule::TooMany,
            "/blocks",
            json!(vec![
                json!({"type": "table",
            "rows": [[{"type": "raw_text", "text": "x"}]]});
                2
            ]),
        ),
        (Rule::Empty, "/blocks/0/text/text", json!([{"type": "section", "text": mrkdwn(0)}])),
        (Rule::Empty, "/blocks/0/elements", actions(Vec::new())),
        (
            Rule::Empty,
            "/blocks/0/elements/0/elements/0/text",
            rich(json!({"type": "rich_text_section", "elements": [{"type": "text", "text": ""}]})),
        ),
        (Rule::TextType, "/blocks/0/text", json!([{"type": "header", "text": mrkdwn(1)}])),
        (Rule::TextType, "/blocks/0/elements/0/text", actions(vec![button(json!({"text": mrkdwn(1)}))])),
        (
            Rule::TextType,
            "/blocks/0/text",
            json!([{"type": "section", "text": {"type": "html", "text": "x"}}]),
        ),
        (Rule::DuplicateBlockId, "/blocks", json!([divider("a"), divider("b"), divider("a")])),
        (Rule::DuplicateActionId, "/blocks/0", actions(vec![named(1), named(2), named(1)])),
    ]
}

/// Each is refused with `invalid_blocks` and a message that says where, and nothing is posted.
pub async fn all_refused() -> Result<()> {
    let (slack, client) = started().await?;
    for (rule, at, blocks) in wrong() {
        let before = slack.violations().len();
        let message = json!({"channel": "C0OPS", "text": "it crashes", "blocks": blocks});
        let reply = client.call("chat.postMessage", message).await?;
        ensure!(reply.error() == "invalid_blocks", "{rule:?} {blocks}: {reply:?}");
        let messages = reply.body["response_metadata"]["messages"].as_array().cloned().unwrap_or_default();
        let points =
            |message: &Value| message.as_str().is_some_and(|m| m.ends_with(&format!("[json-pointer:{at}]")));
        ensure!(messages.iter().any(points), "{rule:?} at {at}: {messages:?}");
        let broken: BTreeSet<Rule> = slack.violations()[before..].iter().map(|v| v.rule).collect();
        ensure!(broken == BTreeSet::from([rule]), "{rule:?} {blocks}: broke {broken:?}");
    }
    ensure!(slack.messages("C0OPS").is_empty(), "nothing was posted");
    Ok(())
}
