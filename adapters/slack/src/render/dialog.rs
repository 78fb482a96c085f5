//! The dialog into which something is typed before a button counts.
//! <https://docs.slack.dev/reference/views/modal-views>

use podwhy_flow::incident::Form;
use podwhy_flow::incident::form::Field;
use podwhy_flow::incident::words::CANCEL;
use podwhy_flow::show::text::{line, shorten};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::action;
use super::rich::{Line, block, section};

/// The most of each line above the inputs, and how many there are.
const LINE: usize = 600;
const LINES: usize = 2;

/// The dialog. `about` says what is to be done, the most important line first; `carried` comes back unseen with what was
/// typed.
pub fn dialog(form: &Form, about: &[String], carried: &str, lang: Lang) -> Value {
    let mut elements = Vec::new();
    for (at, text) in about.iter().take(LINES).enumerate() {
        let shown = shorten(&line(text), LINE, str::to_string).text;
        elements.extend(section(if at == 0 { Line::new().bold(&shown) } else { Line::new().words(&shown) }));
    }
    let mut blocks: Vec<Value> = block(elements).into_iter().collect();
    blocks.extend(form.fields.iter().map(|field| input(field, lang)));
    blocks.extend(form.note.map(|note| json!({"type": "context", "elements": [plain(note.of(lang))]})));
    json!({
        "type": "modal",
        "callback_id": action::dialog(form),
        "private_metadata": carried,
        "title": plain(form.title.of(lang)),
        "submit": plain(form.send.of(lang)),
        "close": plain(CANCEL.of(lang)),
        "blocks": blocks,
    })
}

/// <https://docs.slack.dev/reference/block-kit/block-elements/plain-text-input-element>
fn input(field: &Field, lang: Lang) -> Value {
    let id = action::input(field);
    let mut element = json!({"type": "plain_text_input", "action_id": id, "multiline": field.has_lines,
        "min_length": field.shortest, "max_length": field.longest});
    if let Some(hint) = field.hint {
        element["placeholder"] = plain(hint.of(lang));
    }
    if !field.given.is_empty() {
        element["initial_value"] = json!(field.given);
    }
    let label = plain(field.label.of(lang));
    json!({"type": "input", "block_id": id, "label": label, "optional": false, "element": element})
}

/// Text without markup, in which `:boom:` is no emoji.
pub(crate) fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}
