//! What stands in a channel for an incident: within the limits whatever the text is, and calling nobody but whom the
//! configuration names.

use podwhy_flow::incident::{Body, Card};
use podwhy_knowledge::Lang;
use podwhy_slack::render::{self, Message, action};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::{cards, seen, valid};

/// Whom the cards call.
pub const MENTION: &str = "<!subteam^S0ONCALL>";

/// Each by its name, for the snapshots and the judges.
pub fn messages(lang: Lang) -> Vec<(&'static str, Message)> {
    let shown = |(name, body): (&'static str, Body)| (name, render::incident(&body));
    cards::bodies(MENTION, lang).into_iter().map(shown).collect()
}

/// A card that Slack takes, in which nothing is a mention or a link but what the card says is one.
fn assert_card(card: &Card) {
    let message = render::incident(&Body::Card(card.clone()));
    let calls = card.mention.as_deref() == Some(MENTION);
    assert_eq!(message.text.starts_with(MENTION), calls, "{}", message.text);
    let mut bare = message.clone();
    if calls {
        bare.text = message.text[MENTION.len()..].trim_start().to_string();
    }
    let mut called = 0;
    for block in &mut bare.blocks {
        plain(block, &mut called);
    }
    assert_eq!(called, usize::from(calls));
    valid::assert_message("card", &bare);
    cards::assert_members(card, &seen::message(&message));
    assert_buttons(card, &message);
}

/// Without what a card may have and nothing else: counts mentions, and looks where links lead.
fn plain(value: &mut Value, called: &mut usize) {
    match value["type"].as_str() {
        Some("usergroup" | "user" | "broadcast") => {
            assert_eq!(*value, json!({"type": "usergroup", "usergroup_id": "S0ONCALL"}));
            *called += 1;
            *value = json!({"type": "text", "text": "oncall"});
        }
        Some("link") => {
            let url = value["url"].as_str().unwrap();
            assert!(url.starts_with("https://") || url.starts_with("http://"), "{url}");
            assert!(url.is_ascii() && !url.contains(char::is_whitespace) && url.len() <= 1_000, "{url}");
            *value = json!({"type": "text", "text": value["text"]});
        }
        _ => {
            for below in value["elements"].as_array_mut().into_iter().flatten() {
                plain(below, called);
            }
        }
    }
}

fn assert_buttons(card: &Card, message: &Message) {
    let buttons: Vec<&Value> = message
        .blocks
        .iter()
        .filter(|block| block["type"] == "actions")
        .flat_map(|block| block["elements"].as_array().unwrap())
        .collect();
    let wanted = cards::wanted(card);
    for (button, wanted) in buttons.iter().zip(&wanted) {
        assert_eq!(action::of_incident(button["action_id"].as_str().unwrap()), Some(*wanted));
        assert_eq!(button["value"].as_str(), Some(card.incident.as_str()));
    }
    let carried = card.incident == "cart-5f2a9c0d1e";
    assert!(buttons.len() == wanted.len() || buttons.is_empty() && !carried, "{buttons:#?}");
}

#[test]
fn every_incident_is_valid() {
    for lang in Lang::ALL {
        for (name, body) in cards::bodies(MENTION, lang) {
            match body {
                Body::Card(card) => assert_card(&card),
                body => valid::assert_message(name, &render::incident(&body)),
            }
        }
    }
}

/// What is configured wrongly calls nobody, and is seen.
#[test]
fn a_mention_that_is_none_is_text() {
    let (_, Body::Card(mut card)) = cards::bodies(MENTION, Lang::En).remove(0) else { panic!("a card") };
    for text in ["<!channel>", "<!everyone>", "@here", "<!subteam^S0ONCALL> <!channel>"] {
        card.mention = Some(text.to_string());
        assert_card(&card);
        assert!(seen::message(&render::incident(&Body::Card(card.clone()))).contains(text));
    }
}

/// An incident's messages are written by nobody but who keeps incidents.
#[test]
fn no_button_in_a_thread_writes_over_its_message() {
    let answers =
        cards::bodies(MENTION, Lang::En).into_iter().filter(|(_, body)| matches!(body, Body::Answer(_)));
    for (_, body) in answers {
        let text = Value::from(render::incident(&body).blocks).to_string();
        assert!(text.contains(action::EVIDENCE) && text.contains(action::COMMANDS), "{text}");
        assert!(!text.contains(action::AGAIN) && !text.contains(action::WATCH), "{text}");
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_card_is_valid(card in cards::cards(MENTION)) {
        assert_card(&card);
    }

    #[test]
    fn whatever_stands_in_a_thread_is_valid(body in cards::threads()) {
        valid::assert_message("thread", &render::incident(&body));
    }
}
