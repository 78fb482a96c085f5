//! What is asked before something is done: once more, or in a dialog.
//!
//! Whoever agrees reads to what: the title and the summary stand in the message they pressed on, and are written anew from
//! what is seen there, so that nothing in them is markup.

use podwhy_flow::incident::form::Field;
use podwhy_flow::incident::{Button, Form, words};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::markdown::plain;
use super::page::{Page, lines};
use super::{Card, GREY, Message, action, buttons, incident};

/// Above what is asked once more before a refusal counts.
const DECLINE_THIS: [&str; 2] = ["Decline this?", "确认拒绝？"];

/// As long as what a card writes, with what stands before it.
const TITLE: usize = 250;
const SUMMARY: usize = 1_500;
const NAME: usize = 100;

/// A field of one line, and one of several.
/// <https://docs.discord.com/developers/components/reference#text-input-text-input-styles>
const ONE_LINE: u8 = 1;
const LINES: u8 = 2;

/// Asks once more whether a button is to count, by the message it was pressed on.
pub fn confirm(button: Button, name: &str, pressed: &Value, lang: Lang) -> Message {
    let mut page = Page::new(lang, false);
    let embed = &pressed["embeds"][0];
    let title = page.line(&plain(text(&embed["title"])), TITLE);
    // a summary has one line; what stands below it says that it is cut
    let mut first = text(&embed["description"]).split("\n\n").next().unwrap_or_default().lines();
    let summary = page.line(&plain(first.next().unwrap_or_default()), SUMMARY);
    page.room.missing(first.next().is_some());
    // anybody who may manage messages can take the embed off
    let bare = title.is_empty() && summary.is_empty();
    let name_alone = if bare { page.code(name, NAME) } else { String::new() };
    page.part("", &lines(&[summary, name_alone]));
    let embed = Card { title, text: page.text, colour: GREY }.embed();
    let [english, chinese] = DECLINE_THIS;
    let question =
        if button == Button::Decline { lang.pick(english, chinese) } else { words::APPROVE_THIS.of(lang) };
    let once_more = incident::one(button, action::confirm(button, name), lang);
    let row = json!({"type": buttons::ACTION_ROW, "components": [once_more]});
    Message { content: question.to_string(), embeds: vec![embed], components: vec![row] }
}

/// A button's dialog. Its fields stand in rows: of the newer label serenity 0.12 drops what was typed.
/// <https://docs.discord.com/developers/interactions/receiving-and-responding#interaction-response-object-modal>
pub fn dialog(form: &Form, name: &str, lang: Lang) -> Value {
    let mut components: Vec<Value> = form.fields.iter().map(|field| row(field, lang)).collect();
    components.extend(form.note.map(|note| json!({"type": buttons::TEXT_DISPLAY, "content": note.of(lang)})));
    json!({
        "custom_id": action::dialog(form, name), "title": form.title.of(lang), "components": components,
    })
}

/// <https://docs.discord.com/developers/components/reference#text-input>
fn row(field: &Field, lang: Lang) -> Value {
    let mut input = json!({
        "type": buttons::TEXT_INPUT, "custom_id": field.id, "style": if field.has_lines { LINES } else { ONE_LINE },
        "label": field.label.of(lang), "min_length": field.shortest, "max_length": field.longest, "required": true,
    });
    if let Some(hint) = field.hint {
        input["placeholder"] = json!(hint.of(lang));
    }
    if !field.given.is_empty() {
        input["value"] = json!(field.given);
    }
    json!({"type": buttons::ACTION_ROW, "components": [input]})
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
