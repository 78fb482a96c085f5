//! Blocks at their limits, which Slack takes.

use podwhy_fakes::slack::blocks::{HEAVIEST, Surface, check, weight};
use serde_json::{Value, json};

fn full() -> Vec<Value> {
    let text = |length: usize| "x".repeat(length);
    let plain = |length: usize| json!({"type": "plain_text", "text": text(length), "emoji": true});
    let mrkdwn = |length: usize| json!({"type": "mrkdwn", "text": text(length), "verbatim": true});
    let confirm = json!({"title": plain(100), "text": mrkdwn(300), "confirm": plain(30), "deny": plain(30),
        "style": "danger"});
    let button = |id: usize| {
        json!({"type": "button", "action_id": format!("{id:0>255}"), "text": plain(75),
        "value": text(2000), "style": "primary", "confirm": confirm, "accessibility_label": text(75)})
    };
    let option =
        |id: usize| json!({"text": plain(75), "value": format!("{id:0>75}"), "description": plain(75)});
    let options: Vec<Value> = (0..100).map(option).collect();
    let styled = json!({"type": "text", "text": "x", "style": {"bold": true, "code": true}});
    let date = json!({"type": "date", "timestamp": 1_764_000_000, "format": "{date_short_pretty} {time}",
        "fallback": "2025-11-24"});
    let raw = |length: usize| json!({"type": "raw_text", "text": text(length)});
    vec![
        json!({"type": "header", "block_id": text(255), "text": plain(150)}),
        json!({"type": "section", "text": mrkdwn(3000), "fields": vec![mrkdwn(2000); 10], "expand": true,
            "accessory": {"type": "static_select", "action_id": "s", "placeholder": plain(150),
                "options": options}}),
        json!({"type": "section", "text": plain(1), "accessory": {"type": "overflow", "action_id": "o",
            "options": vec![option(0); 5]}}),
        json!({"type": "context", "elements": vec![mrkdwn(3000); 10]}),
        json!({"type": "context", "elements": [plain(1),
            {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a"}]}),
        json!({"type": "actions", "elements": (0..25).map(button).collect::<Vec<_>>()}),
        json!({"type": "divider"}),
        json!({"type": "image", "image_url": "https://example.com/a.png", "alt_text": text(2000),
            "title": plain(2000)}),
        json!({"type": "rich_text", "elements": [
            {"type": "rich_text_section", "elements": [styled, date, {"type": "user", "user_id": "U0ANN"},
                {"type": "link", "url": "https://example.com", "text": "there"}, {"type": "emoji", "name": "fire"}]},
            {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [
                {"type": "rich_text_section", "elements": [{"type": "text", "text": "one"}]}]},
            {"type": "rich_text_preformatted", "border": 0, "elements": [{"type": "text", "text": text(5000)}]},
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said"}]}]}),
    ]
    .into_iter()
    .chain([json!({"type": "table", "rows": vec![vec![raw(1); 20]; 100],
        "column_settings": [{"align": "right", "is_wrapped": true}]}),
        json!({"type": "markdown", "text": text(12_000)})])
    .collect()
}

#[test]
fn taken_in_a_message() {
    let blocks = full();
    assert_eq!(check(&json!(blocks), Surface::Message, "/blocks"), []);
    let dividers = vec![json!({"type": "divider"}); 50];
    assert_eq!(check(&json!(dividers), Surface::Message, "/blocks"), []);
}

/// A Home tab takes twice as many, but no tables and no Markdown.
#[test]
fn taken_on_app_home() {
    let mut blocks = full();
    blocks.truncate(9);
    blocks.extend(vec![json!({"type": "divider"}); 91]);
    assert_eq!(check(&json!(blocks), Surface::Home, "/view/blocks"), []);
    let table = json!([{"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]]}]);
    assert_eq!(check(&table, Surface::Home, "/view/blocks").len(), 1);
}

/// Counted in characters, not in bytes.
#[test]
fn limits_are_in_characters() {
    let header = |length: usize| {
        json!([{"type": "header",
        "text": {"type": "plain_text", "text": "容".repeat(length)}}])
    };
    assert_eq!(check(&header(150), Surface::Message, "/blocks"), []);
    assert_eq!(check(&header(151), Surface::Message, "/blocks").len(), 1);
}

/// What is escaped weighs as much as its entities; markup is escaped already.
#[test]
fn weight_counts_entities() {
    let section = |kind: &str| json!({"type": "section", "text": {"type": kind, "text": "a<b&"}});
    assert_eq!(weight(&[section("plain_text")]), 100 + 1 + 4 + 1 + 5);
    assert_eq!(weight(&[section("mrkdwn")]), 100 + 4);
    assert!(weight(&full()) > HEAVIEST);
}
