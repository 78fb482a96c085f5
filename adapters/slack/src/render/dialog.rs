//! The dialog into which the name of what is changed is typed.
//! <https://docs.slack.dev/reference/views/modal-views>

use podwhy_flow::incident::words::{APPROVE, APPROVE_THIS, CANCEL, TYPE_NAME};
use podwhy_flow::show::text::{line, shorten};
use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::action;
use super::rich::{Line, block, section};

/// The `block_id` and the `action_id` of the input: what was typed comes back below both.
pub const INPUT: &str = "podwhy_name";

/// The most that can be typed: a name of Kubernetes' is no longer.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/names/>
pub const LONGEST_TYPED: usize = 253;

/// The most of each line above the input, and how many there are.
const LINE: usize = 600;
const LINES: usize = 2;

/// The dialog. `about` says what is to be done, the most important line first; `carried` comes back unseen with what was
/// typed.
pub fn dialog(about: &[String], carried: &str, lang: Lang) -> Value {
    let mut elements = Vec::new();
    for (at, text) in about.iter().take(LINES).enumerate() {
        let shown = shorten(&line(text), LINE, str::to_string).text;
        elements.extend(section(if at == 0 { Line::new().bold(&shown) } else { Line::new().words(&shown) }));
    }
    let mut blocks: Vec<Value> = block(elements).into_iter().collect();
    blocks.push(json!({
        "type": "input",
        "block_id": INPUT,
        "label": plain(TYPE_NAME.of(lang)),
        "optional": false,
        "element": {"type": "plain_text_input", "action_id": INPUT, "max_length": LONGEST_TYPED},
    }));
    json!({
        "type": "modal",
        "callback_id": action::DIALOG,
        "private_metadata": carried,
        "title": plain(APPROVE_THIS.of(lang)),
        "submit": plain(APPROVE.of(lang)),
        "close": plain(CANCEL.of(lang)),
        "blocks": blocks,
    })
}

/// Text without markup, in which `:boom:` is no emoji.
pub(crate) fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}
