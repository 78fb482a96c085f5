//! What is asked before a button counts: Slack's own confirmation, and the dialogs.

use podwhy_flow::incident::{Body, Button, Card, Form};
use podwhy_flow::show::text::line;
use podwhy_knowledge::Lang;
use podwhy_slack::render::{self, Message, action};
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::Value;

use crate::incidents::MENTION;
use crate::{cards, replies, seen, valid};

const ACTS: [Button; 4] = [Button::Approve, Button::ApproveTyped, Button::Attest, Button::Decline];

/// Every dialog there is, by the name of its button.
pub fn forms() -> impl Iterator<Item = (&'static str, &'static Form)> {
    Button::ALL.into_iter().filter_map(|button| Some((button.as_str(), button.form()?)))
}

fn card(lang: Lang) -> Card {
    let (_, Body::Card(card)) = cards::bodies(MENTION, lang).remove(0) else { panic!("a card") };
    Card { buttons: ACTS.to_vec(), ..card }
}

/// For the snapshots: a card with the buttons that act.
pub fn message(lang: Lang) -> Message {
    render::incident(&Body::Card(card(lang)))
}

/// For the snapshots: a dialog of that card.
pub fn dialog(form: &Form, lang: Lang) -> Value {
    let card = card(lang);
    render::dialog(
        form,
        &[card.title, card.summary],
        r#"{"incident":"cart-5f2a9c0d1e","channel":"C0451FDQM"}"#,
        lang,
    )
}

/// The confirmations of a message, each by its button.
fn confirms(message: &Message) -> Vec<(Button, Option<Value>)> {
    let elements = message.blocks.iter().filter(|block| block["type"] == "actions");
    let elements = elements.flat_map(|block| block["elements"].as_array().unwrap());
    let of = |element: &Value| action::of_incident(element["action_id"].as_str().unwrap()).unwrap();
    elements.map(|element| (of(element), element.get("confirm").cloned())).collect()
}

/// Only the two that count by a click alone ask, whatever the card says; and a text that is cut says so.
fn assert_asked(card: &Card) {
    let message = render::incident(&Body::Card(card.clone()));
    for (button, confirm) in confirms(&message) {
        let style = match button {
            Button::Approve => "primary",
            Button::Decline => "danger",
            _ => {
                assert_eq!(confirm, None, "{button:?}");
                continue;
            }
        };
        let confirm = confirm.unwrap();
        assert_eq!(confirm["style"], style);
        let said = confirm["text"]["text"].as_str().unwrap();
        let whole = [&card.title, &card.summary, &card.incident].map(|text| line(text));
        let whole = whole.iter().find(|text| !text.is_empty()).unwrap();
        match said.strip_suffix('…').filter(|_| said != whole) {
            Some(head) => assert!(whole.starts_with(head), "{said} of {whole}"),
            None => assert_eq!(said, whole),
        }
    }
}

#[test]
fn what_counts_asks_first() {
    for lang in Lang::ALL {
        assert_asked(&card(lang));
        let message = message(lang);
        assert_eq!(confirms(&message).len(), ACTS.len());
        // the card has a mention and links, which the validator does not know
        let card = Card { mention: None, links: Vec::new(), ..card(lang) };
        valid::assert_message("asked", &render::incident(&Body::Card(card)));
        for (name, form) in forms() {
            valid::assert_modal(name, &dialog(form, lang));
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_card_asks_within_the_limits(card in cards::cards(MENTION)) {
        let card = Card { buttons: Button::ALL.to_vec(), mention: None, links: Vec::new(), ..card };
        assert_asked(&card);
        valid::assert_message("asked", &render::incident(&Body::Card(card)));
    }

    #[test]
    fn every_dialog_is_valid(
        about in prop::collection::vec(replies::text(), 0..4),
        lang in prop::sample::select(Lang::ALL.to_vec()),
    ) {
        for (name, form) in forms() {
            let view = render::dialog(form, &about, "{}", lang);
            valid::assert_modal(name, &view);
            let seen = seen::modal(&view);
            for field in form.fields {
                prop_assert!(seen.contains(&format!("{}: ____", field.label.of(lang))), "{seen}");
            }
            prop_assert!(form.note.is_none_or(|note| seen.contains(note.of(lang))));
        }
    }
}
