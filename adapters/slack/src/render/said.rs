//! What is no answer: a refusal, a fault, a word meanwhile.

use podwhy_flow::words;
use podwhy_knowledge::Lang;

use super::page::Page;
use super::rich::{Line, block, section};
use super::{Message, escape, whole};
use podwhy_flow::show::text::{line, shorten};

/// What a short text, and a reason, may take, and each paragraph of it.
const NOTE: usize = 2_500;
const PARAGRAPH: usize = 2_000;
/// Channels of a refusal.
const CHANNELS: usize = 10;
const ID: usize = 100;

/// Why there is no answer, and where there would be.
pub(crate) fn refused(page: &mut Page, why: &str, channels: &[String]) {
    page.share(NOTE);
    let mut elements = page.prose(why, PARAGRAPH);
    // an id that is none would have the whole message refused
    let valid =
        |id: &&String| id.len() > 1 && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let known: Vec<&String> = channels.iter().filter(valid).collect();
    if !known.is_empty() {
        let mut line = Line::new().words(words::ASK_IN.of(page.lang)).words(" ");
        for (number, id) in known.iter().take(CHANNELS).enumerate() {
            line = line.words(if number > 0 { ", " } else { "" }).channel(id);
        }
        if known.len() > CHANNELS {
            line = line.words(", ").words(&words::more(known.len() - CHANNELS, page.lang));
        }
        elements.extend(section(line));
    }
    page.part(elements);
}

/// A fault of podwhy's own, by the id it has in the log.
pub(crate) fn fault(page: &mut Page, id: &str) {
    let id = page.line(id, ID);
    page.part(section(
        Line::new().emoji("warning").words(" ").words(words::FAULT.of(page.lang)).words(" ").code(&id),
    ));
}

/// In the place of the answer while it is looked for.
pub fn looking(text: &str) -> Message {
    let shown = shorten(&line(text), PARAGRAPH, str::to_string).text;
    let shown = Line::new().emoji("hourglass_flowing_sand").words(" ").italic(&shown);
    whole(escape::mrkdwn(text, PARAGRAPH).text, block(section(shown)).into_iter().collect())
}

/// A short text of podwhy's own.
pub fn note(text: &str) -> Message {
    let mut page = Page::new(Lang::En, false);
    page.share(NOTE);
    let elements = page.prose(text, PARAGRAPH);
    whole(escape::mrkdwn(text, PARAGRAPH).text, block(elements).into_iter().collect())
}
