//! What is no answer: a refusal, a fault, a word meanwhile, and what becomes of a message.

use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use podwhy_knowledge::Lang;

use super::markdown::{ago, escaped};
use super::page::{Page, lines};
use super::{Card, GREY, Message, NOTHING, State, marks};
use podwhy_flow::show::text;
use podwhy_flow::show::text::shorten;

/// What a short text, and a reason, may take.
const NOTE: usize = 1_900;
const REASON: usize = 1_500;
/// Channels of a refusal.
const CHANNELS: usize = 10;
const ID: usize = 100;

/// Why there is no answer, and where there would be.
pub(crate) fn refused(page: &mut Page, why: &str, channels: &[String]) {
    page.share(NOTE);
    let why = page.prose(why, REASON);
    let number = |id: &&String| !id.is_empty() && id.len() <= 20 && id.chars().all(|c| c.is_ascii_digit());
    let known: Vec<&String> = channels.iter().filter(number).collect();
    let mut shown: Vec<String> = known.iter().take(CHANNELS).map(|id| format!("<#{id}>")).collect();
    shown.extend(page.more(known.len().saturating_sub(CHANNELS)));
    let ask_in = format!("{} {}", words::ASK_IN.of(page.lang), shown.join(", "));
    page.part("", &lines(&[why, if shown.is_empty() { String::new() } else { ask_in }]));
}

/// A fault of podwhy's own, by the id it has in the log.
pub(crate) fn fault(page: &mut Page, id: &str) {
    let id = page.code(id, ID);
    page.part("", &format!("⚠️ {} {id}", escaped(words::FAULT.of(page.lang))));
}

/// What becomes of the message.
pub(crate) fn status(reply: &Reply, state: &State) -> String {
    match state {
        State::Answer | State::Interrupted => String::new(),
        // said already
        State::Over { note } if matches!(&reply.content, Content::Refused { why, .. } if why == note) => {
            String::new()
        }
        State::Over { note } => shorten(&text::line(note), NOTE, escaped).text,
        State::Watching { since } => {
            let lang = reply.lang;
            format!("👁 {} · {} {}", words::WATCHING.of(lang), words::SINCE.of(lang), ago(*since))
        }
    }
}

/// In the place of the answer while it is looked for, with the line that asks for it.
pub fn looking(text: &str, line: Option<&str>) -> Message {
    let shown = shorten(&text::line(text), NOTE, escaped).text;
    let mut embed = Card { title: String::new(), text: format!("⏳ {shown}"), colour: GREY }.embed();
    marks::looking(&mut embed, line);
    Message { content: String::new(), embeds: vec![embed], components: Vec::new() }
}

/// A short text of podwhy's own.
pub fn note(text: &str) -> Message {
    let mut page = Page::new(Lang::En, false);
    page.share(NOTE);
    let shown = page.prose(text, REASON);
    let content = if shown.is_empty() { NOTHING.to_string() } else { shown };
    Message { content, embeds: Vec::new(), components: Vec::new() }
}
