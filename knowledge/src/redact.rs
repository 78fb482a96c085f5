//! Nothing that looks like a credential leaves the process, and no control character does either.
//!
//! Detection reads the original text; what people, files and other systems get has been through here. Text is redacted
//! before it is cut: a cut credential no longer looks like one.

mod named;
mod object;
mod shapes;

use std::sync::OnceLock;

pub use object::redact_object;
use regex::Regex;
use serde_json::Value;

/// More rounds than any text has needed; each takes something out.
const MAX_ROUNDS: usize = 16;

/// What stands in place of a credential.
pub const REDACTED: &str = "[redacted]";

/// What an installation takes out besides; set once, at start.
static ALSO: OnceLock<Vec<Regex>> = OnceLock::new();

/// Takes these out of every text from now on, in addition to what looks like a credential. A second call changes
/// nothing: what was promised at start holds until the end.
pub fn also_redact(patterns: Vec<Regex>) {
    let _first_wins = ALSO.set(patterns);
}

/// The text without credentials and without control characters other than line breaks and tabs.
pub fn redact(text: &str) -> String {
    let mut text = clean(text);
    for pattern in ALSO.get().into_iter().flatten() {
        text = pattern.replace_all(&text, REDACTED).into_owned();
    }
    if !shapes::maybe(&text) {
        return text;
    }
    // what is taken out may bring two halves of a shape together: until nothing changes, which it soon does
    for _ in 0..MAX_ROUNDS {
        let next = named::redact(&shapes::redact(&text));
        if next == text {
            break;
        }
        text = next;
    }
    text
}

/// The text with control characters, invisible characters and direction marks made visible, and terminal colours gone.
pub fn clean(text: &str) -> String {
    // most texts are plain, and then no character needs a closer look
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return text.to_string();
    }
    let text = shapes::without_colours(text).replace("\r\n", "\n");
    text.chars().map(|c| if is_hostile(c) { '\u{fffd}' } else { c }).collect()
}

/// A name as one line: [`clean`], and no line break or tab either.
pub fn clean_name(name: &str) -> String {
    clean(name).replace(['\n', '\t'], "\u{fffd}")
}

fn is_hostile(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t')
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Redacts every string in a value.
pub fn redact_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(items) => items.iter_mut().for_each(redact_value),
        Value::Object(map) => map.values_mut().for_each(redact_value),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
