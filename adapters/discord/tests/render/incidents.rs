//! What stands in a channel for an incident: within the limits whatever the text is, and calling nobody but whom the
//! configuration names.

use podwhy_discord::render::{self, Message, action};
use podwhy_flow::incident::{Body, Button, Card};
use podwhy_knowledge::Lang;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::{cards, gallery, official, seen, valid};

/// Whom the cards call.
pub const MENTION: &str = "<@&1301112131415161718>";

const ID: &str = "cart-5f2a9c0d1e-500-parent";

/// Each by its name, for the snapshots and the judges.
pub fn messages(lang: Lang) -> Vec<(&'static str, Message)> {
    let shown = |(name, body): (&'static str, Body)| (name, render::incident(&body, ID));
    let mut messages: Vec<_> = cards::bodies(MENTION, lang).into_iter().map(shown).collect();
    let pressed = gallery::body(&messages[0].1);
    let asked = |button| render::confirm(button, "cart-5f2a9c0d1e", &pressed, lang);
    messages
        .extend([("incident-approve", asked(Button::Approve)), ("incident-decline", asked(Button::Decline))]);
    messages
}

/// A card that Discord takes, in which nothing is a mention or a link but what the card says is one.
fn assert_card(card: &Card) {
    let body = Body::Card(card.clone());
    let message = render::incident(&body, ID);
    let calls = card.mention.as_deref() == Some(MENTION);
    assert_eq!(message.content == MENTION, calls, "{}", message.content);
    let allowed =
        if calls { json!({"parse": [], "roles": ["1301112131415161718"]}) } else { json!({"parse": []}) };
    assert_eq!(render::allowed_mentions(&body), allowed);
    let mut bare = message.clone();
    if calls {
        bare.content = String::new();
    }
    for embed in &mut bare.embeds {
        if let Some(text) = embed["description"].as_str() {
            embed["description"] = json!(without_links(text));
        }
    }
    valid::assert_message("card", &bare);
    assert!(
        render::state_of(&gallery::body(&message)).is_none()
            && render::line_of(&gallery::body(&message)).is_none()
    );
    assert_eq!(render::id_of(&gallery::body(&message)), Some(ID));
    cards::assert_members(card, &seen::message(&message));
    assert_buttons(card, &message);
}

/// `- [words](https://…)` → `- words`, where the link leads to the web and ends where it seems to.
fn without_links(text: &str) -> String {
    let link =
        regex::Regex::new(r"(?m)^- \[((?:[^\[\]\\\n]|\\.)*)\]\((https?://[^\s()<>\[\]\\`*|]+)\)$").unwrap();
    link.replace_all(text, "- $1").into_owned()
}

fn assert_buttons(card: &Card, message: &Message) {
    let rows = message.components.iter().flat_map(|row| row["components"].as_array().unwrap());
    let ids: Vec<&str> = rows.map(|button| button["custom_id"].as_str().unwrap()).collect();
    let wanted = cards::wanted(card);
    for (id, wanted) in ids.iter().zip(&wanted) {
        assert_eq!(action::of_incident(id), Some((*wanted, card.incident.as_str())));
    }
    let carried = card.incident == "cart-5f2a9c0d1e";
    assert!(ids.len() == wanted.len() || ids.is_empty() && !carried, "{ids:#?}");
}

#[test]
fn every_incident_is_valid() {
    let official = official::validator();
    for lang in Lang::ALL {
        for (name, body) in cards::bodies(MENTION, lang) {
            let message = render::incident(&body, ID);
            if let Some(official) = &official {
                official::assert_valid(official, name, &message);
            }
            match body {
                Body::Card(card) => assert_card(&card),
                _ => valid::assert_message(name, &message),
            }
        }
    }
}

/// What is configured wrongly calls nobody, and is seen.
#[test]
fn a_mention_that_is_none_is_text() {
    let (_, Body::Card(mut card)) = cards::bodies(MENTION, Lang::En).remove(0) else { panic!("a card") };
    for text in ["@everyone", "<!here>", "<@&1> @here", "<@!1>"] {
        card.mention = Some(text.to_string());
        assert_card(&card);
        assert!(seen::message(&render::incident(&Body::Card(card.clone()), ID)).contains(text));
    }
}

/// An incident's messages are written by nobody but who keeps incidents.
#[test]
fn no_button_in_a_thread_writes_over_its_message() {
    for (_, body) in cards::bodies(MENTION, Lang::En) {
        let Body::Answer(reply) = &body else { continue };
        let message = render::incident(&body, ID);
        let text = Value::from(message.components.clone()).to_string();
        assert!(text.contains(action::EVIDENCE) && text.contains(action::COMMANDS), "{text}");
        assert!(!text.contains(action::AGAIN) && !text.contains(action::WATCH), "{text}");
        assert_eq!(render::line_of(&gallery::body(&message)), reply.line);
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_card_is_valid(card in cards::cards(MENTION)) {
        assert_card(&card);
    }

    #[test]
    fn whatever_stands_in_a_thread_is_valid_and_found(body in cards::threads()) {
        let message = render::incident(&body, ID);
        valid::assert_message("thread", &message);
        let sent = gallery::body(&message);
        prop_assert_eq!(render::id_of(&sent), Some(ID));
        let name = render::thread_name(&body);
        prop_assert!(!name.trim().is_empty() && name.encode_utf16().count() <= 100);
    }
}
