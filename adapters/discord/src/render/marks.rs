//! What a message of ours says of itself, so that a click or a restart needs no store.
//!
//! It stands in an embed's footer, where Discord renders no Markdown: `/pod why prod-eu:shop/cart-0` is what was asked,
//! before it a sign for what becomes of the message. Since when it is watched is the embed's timestamp. A message of an
//! incident has its own id there: `🔖 cart-5f2a-parent`, after what can be asked.

use jiff::Timestamp;
use podwhy_knowledge::redact::clean;
use serde_json::{Value, json};

use super::{Marked, State};
use podwhy_flow::show::text::units;

/// The most of a footer: the embeds of a message have 6000 in all, and a description takes 4096 of them.
const FOOTER: usize = 1_500;
const LOOKING: &str = "⏳";
const WATCHING: &str = "👁";
const COMMAND: &str = "/pod ";
const NAMED: char = '🔖';
/// The most of a message's own id.
const ID: usize = 60;

/// The footer's text for a line; `None` where it is too long to be carried, or empty.
fn footer(line: &str) -> Option<String> {
    if line.trim().is_empty() || units(line) > FOOTER {
        return None;
    }
    let text = format!("{COMMAND}{}", written(line));
    (units(&text) <= FOOTER).then_some(text)
}

/// Whether a message can carry this line.
pub(crate) fn carries(line: &str) -> bool {
    footer(line).is_some()
}

/// What the footer takes of the embeds' room.
pub(crate) fn size(line: Option<&str>) -> usize {
    line.and_then(footer).map_or(0, |text| units(&text)) + units(WATCHING) + 1 + ID + 4
}

/// Marks an embed as looked for.
pub(crate) fn looking(embed: &mut Value, line: Option<&str>) {
    let text = line.and_then(footer).map_or(LOOKING.to_string(), |text| format!("{LOOKING} {text}"));
    embed["footer"] = json!({"text": text});
}

/// Marks an embed with what was asked and what becomes of it.
pub(crate) fn mark(embed: &mut Value, line: Option<&str>, state: &State) {
    let text = line.and_then(footer);
    let text = match (state, text) {
        (State::Watching { since }, text) => {
            embed["timestamp"] = json!(since.to_string());
            text.map_or(WATCHING.to_string(), |text| format!("{WATCHING} {text}"))
        }
        (_, Some(text)) => text,
        (_, None) => return,
    };
    embed["footer"] = json!({"text": text});
}

/// Says a message's own id, after what its footer says already. An id that is none is not said: it could not be read.
pub(crate) fn name(embed: &mut Value, id: &str) {
    if !is_id(id) {
        return;
    }
    let before = embed["footer"]["text"].as_str().map(|text| format!("{text} ")).unwrap_or_default();
    embed["footer"] = json!({"text": format!("{before}{NAMED} {id}")});
}

/// The own id of a message of an incident. Whether the message is ours, its author says, not its text.
pub fn id_of(message: &Value) -> Option<&str> {
    footers(message)
        .find_map(|(text, _)| text.rsplit_once(NAMED).map(|(_, id)| id.trim()))
        .filter(|id| is_id(id))
}

fn is_id(id: &str) -> bool {
    (1..=ID).contains(&id.len()) && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The footers of a message's embeds, the last first, each with its embed.
fn footers(message: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let embeds = message["embeds"].as_array().map_or(&[] as &[Value], Vec::as_slice);
    embeds.iter().rev().filter_map(|embed| Some((embed["footer"]["text"].as_str()?, embed)))
}

/// The line that asks for what a message of ours shows. Whether the message is ours, its author says, not its text.
pub fn line_of(message: &Value) -> Option<String> {
    footers(message).find_map(|(text, _)| {
        let text = text.rsplit_once(NAMED).map_or(text, |(asked, _)| asked.trim_end_matches(' '));
        let text = text.strip_prefix(LOOKING).or(text.strip_prefix(WATCHING)).unwrap_or(text);
        read(text.trim_start().strip_prefix(COMMAND)?)
    })
}

/// What one of our messages was when it was last written; `None` where it is no answer, nor becomes one.
pub fn state_of(message: &Value) -> Option<Marked> {
    footers(message).find_map(|(text, embed)| {
        if text.starts_with(LOOKING) {
            return Some(Marked::Looking);
        }
        if text.starts_with(WATCHING) {
            let since = embed["timestamp"].as_str()?.parse::<Timestamp>().ok()?;
            return Some(Marked::Watching { since });
        }
        text.starts_with(COMMAND).then_some(Marked::Done)
    })
}

/// A line as it stands in a footer: what Discord might trim, join or take out is written as `\u{20}`.
fn written(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut before = ' ';
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        let spaces = c == ' ' && (before == ' ' || rest.peek().is_none());
        let cleaned = |c: char| clean(c.encode_utf8(&mut [0; 4])).contains('\u{fffd}');
        let unseen = !c.is_ascii_graphic() && c != ' ' && (c.is_whitespace() || cleaned(c));
        match c {
            '\\' => out.push_str("\\\\"),
            c if spaces || unseen || c == NAMED => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// The line again; `None` where nothing of ours wrote it.
fn read(written: &str) -> Option<String> {
    let mut line = String::with_capacity(written.len());
    let mut rest = written;
    while let Some(at) = rest.find('\\') {
        line.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('\\') {
            line.push('\\');
            rest = after;
            continue;
        }
        let (code, after) = after.strip_prefix("u{")?.split_once('}')?;
        line.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        rest = after;
    }
    line.push_str(rest);
    Some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_seen_as_it_is_typed() {
        assert_eq!(footer("why prod-eu:shop/cart-0").as_deref(), Some("/pod why prod-eu:shop/cart-0"));
        assert_eq!(footer("explain a  b\n").as_deref(), Some("/pod explain a \\u{20}b\\u{a}"));
        assert_eq!(footer(" "), None);
        assert_eq!(footer(&"x".repeat(FOOTER)), None);
    }

    #[test]
    fn an_id_stands_after_what_is_asked_and_both_are_read() {
        let asked = "explain 🔖 cart-1-parent";
        let mut embed = json!({});
        mark(&mut embed, Some(asked), &State::Answer);
        assert_eq!(id_of(&json!({"embeds": [embed]})), None);
        name(&mut embed, "inc-1-answer");
        let message = json!({"embeds": [embed]});
        assert_eq!(id_of(&message), Some("inc-1-answer"));
        assert_eq!(line_of(&message).as_deref(), Some(asked));
        assert_eq!(state_of(&message), Some(Marked::Done));
        let mut card = json!({});
        name(&mut card, "inc-1-parent");
        let card = json!({"embeds": [card]});
        assert_eq!((id_of(&card), line_of(&card), state_of(&card)), (Some("inc-1-parent"), None, None));
        let mut none = json!({});
        name(&mut none, "a b");
        assert_eq!(none, json!({}));
    }

    #[test]
    fn what_is_not_ours_is_not_read() {
        for text in ["why shop/cart-0", "/pod \\x", "/pod \\u{110000}", "/pod \\u{zz}", ""] {
            assert_eq!(line_of(&json!({"embeds": [{"footer": {"text": text}}]})), None, "{text}");
        }
        assert_eq!(state_of(&json!({"content": "/pod why shop/cart-0"})), None);
    }

    #[test]
    fn the_time_is_read_as_discord_writes_it() {
        let footer = json!({"text": "👁 /pod why shop/cart-0"});
        let message =
            json!({"embeds": [{"footer": footer, "timestamp": "2026-05-04T09:18:00.123000+00:00"}]});
        let since = "2026-05-04T09:18:00.123Z".parse().unwrap();
        assert_eq!(state_of(&message), Some(Marked::Watching { since }));
        assert_eq!(line_of(&message).as_deref(), Some("why shop/cart-0"));
    }
}
