//! What is asked before something is done: within the limits whatever stands in the card, and with the card's own words.

use podwhy_discord::limits;
use podwhy_discord::render::{self, Message, action};
use podwhy_flow::incident::{Body, Button, Card, Form};
use podwhy_knowledge::Lang;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use crate::{cards, gallery, official, replies, seen, valid};

/// As long as an incident's name is at most.
fn name() -> String {
    "n".repeat(63)
}

fn asked() -> impl Iterator<Item = (Button, Lang)> {
    let buttons = Button::ALL.into_iter().filter(|button| action::is_asked_again(*button));
    buttons.flat_map(|button| Lang::ALL.into_iter().map(move |lang| (button, lang)))
}

/// A question that Discord takes, with its one button.
fn assert_question(button: Button, lang: Lang, pressed: &Value) -> Message {
    let question = render::confirm(button, &name(), pressed, lang);
    valid::assert_message("question", &question);
    let row = json!(question.components);
    assert_eq!(row[0]["components"].as_array().map(Vec::len), Some(1));
    let id = row[0]["components"][0]["custom_id"].as_str().unwrap();
    assert_eq!(action::of_confirm(id), Some((button, name().as_str())));
    question
}

/// What is seen, without what may be laid out anew.
fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace() && *c != '`').collect()
}

#[test]
fn a_question_has_the_cards_title_and_summary() {
    let official = official::validator();
    for (button, lang) in asked() {
        for (name, body) in cards::bodies(crate::incidents::MENTION, lang) {
            let Body::Card(card) = &body else { continue };
            let question =
                assert_question(button, lang, &gallery::body(&render::incident(&body, "inc-1-parent")));
            let seen = bare(&seen::message(&question));
            assert!(
                seen.contains(&bare(&card.title)) && seen.contains(&bare(&card.summary)),
                "{name}: {seen}"
            );
            assert!(!seen.contains("cut") && !seen.contains("截断"), "{name}: {seen}");
            if let Some(official) = &official {
                official::assert_valid(official, name, &question);
            }
        }
    }
}

/// Whoever may manage messages can take a message's embeds off: then it is named.
#[test]
fn a_card_without_its_embed_is_named() {
    for (button, lang) in asked() {
        for pressed in
            [json!({ "embeds": [] }), Value::Null, json!({ "embeds": [{ "title": 7, "description": " " }] })]
        {
            let question = assert_question(button, lang, &pressed);
            assert!(seen::message(&question).contains(&name()));
        }
    }
}

#[test]
fn what_is_cut_is_said_to_be() {
    for (button, lang) in asked() {
        let short = json!({ "title": "t", "description": "One.\n\n- a" });
        let marked = json!({ "title": "t", "description": "One.\n*… cut*\n\n- a" });
        let long = json!({ "title": "t", "description": "w ".repeat(2_000) });
        let titled = json!({ "title": "t ".repeat(200), "description": "One." });
        for (embed, cut) in [(short, false), (marked, true), (long, true), (titled, true)] {
            let seen = seen::message(&assert_question(button, lang, &json!({ "embeds": [embed] })));
            assert_eq!(seen.contains("… cut") || seen.contains("……已截断"), cut, "{seen}");
        }
    }
}

#[test]
fn every_dialog_is_valid() {
    let official = official::of("ModalInteractionCallbackRequest");
    let forms = Button::ALL.into_iter().filter_map(Button::form);
    for (form, lang) in forms.flat_map(|form| Lang::ALL.map(|lang| (form, lang))) {
        let dialog = render::dialog(form, &name(), lang);
        assert_dialog(form, &dialog);
        let read = action::of_dialog(dialog["custom_id"].as_str().unwrap()).unwrap();
        assert_eq!((read.0.button, read.1), (form.button, name().as_str()));
        if let Some(official) = &official {
            let callback = json!({ "type": 9, "data": dialog });
            let faults: Vec<String> =
                official.iter_errors(&callback).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{faults:#?}");
        }
    }
}

/// Within the limits: a row for each field, and the note below them.
fn assert_dialog(form: &Form, dialog: &Value) {
    let units = |value: &Value| value.as_str().unwrap().encode_utf16().count();
    assert!((1..=limits::DIALOG_TITLE).contains(&units(&dialog["title"])), "{dialog}");
    assert!(units(&dialog["custom_id"]) <= limits::CUSTOM_ID, "{dialog}");
    let rows = dialog["components"].as_array().unwrap();
    assert!(rows.len() <= limits::DIALOG_ROWS, "{dialog}");
    for (field, row) in form.fields.iter().zip(rows) {
        let input = &row["components"][0];
        assert_eq!((&row["type"], &input["custom_id"]), (&json!(1), &json!(field.id)));
        assert!((1..=limits::FIELD_LABEL).contains(&units(&input["label"])), "{dialog}");
        assert!(input.get("placeholder").is_none_or(|hint| units(hint) <= limits::PLACEHOLDER), "{dialog}");
        assert_eq!(input["style"], json!(if field.has_lines { 2 } else { 1 }));
        assert_eq!((&input["required"], &input["max_length"]), (&json!(true), &json!(field.longest)));
        assert_eq!(input["value"].as_str().unwrap_or_default(), field.given);
    }
    let notes = &rows[form.fields.len()..];
    assert_eq!(notes.len(), usize::from(form.note.is_some()));
    // it is Markdown, in which nothing of ours is a mark
    let marks = ['*', '_', '~', '`', '|', '<', '>', '@', '#', '[', '\\'];
    assert!(
        notes.iter().all(|note| note["type"] == 10 && !note["content"].as_str().unwrap().contains(marks))
    );
}

/// A card takes every button there is, five to a row; of a name that is too long there is none.
#[test]
fn every_button_fits() {
    let (_, Body::Card(card)) = cards::bodies(crate::incidents::MENTION, Lang::En).remove(0) else {
        panic!("a card")
    };
    for (incident, count) in [(name(), Button::ALL.len()), ("n".repeat(100), 0)] {
        let card = Card { buttons: Button::ALL.to_vec(), incident, ..card.clone() };
        let mut message = render::incident(&Body::Card(card), "inc-1-parent");
        let buttons: usize =
            message.components.iter().map(|row| row["components"].as_array().unwrap().len()).sum();
        assert_eq!(buttons, count);
        message.content = String::new();
        message.embeds = vec![json!({ "title": "x" })];
        valid::assert_message("buttons", &message);
    }
}

proptest! {
    #![proptest_config(Config { cases: 96, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_question_about_any_card_is_valid(mut card in cards::cards(crate::incidents::MENTION)) {
        card.buttons = Button::ALL.to_vec();
        let pressed = gallery::body(&render::incident(&Body::Card(card), "inc-1-parent"));
        for (button, lang) in asked() {
            assert_question(button, lang, &pressed);
        }
    }

    #[test]
    fn whatever_stands_in_an_embed_nothing_of_it_is_markup(title in replies::text(), summary in replies::text()) {
        let pressed = json!({ "embeds": [{ "title": title, "description": summary }] });
        for (button, lang) in asked() {
            assert_question(button, lang, &pressed);
        }
    }
}
