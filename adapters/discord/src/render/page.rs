//! The description of an embed being written, part by part.

use podwhy_flow::words::{self, Words};
use podwhy_knowledge::Lang;

use super::markdown::{bold, escaped, marked};
use podwhy_flow::show::prose::{Paragraph, prose};
use podwhy_flow::show::room::Room;
use podwhy_flow::show::text::{Shortened, line, shorten, units};

/// What a part takes besides its pieces: a heading, "+97 more", the mark where it was cut, and blank lines.
const FRAME: usize = 90;

/// The text so far, and the room that is left.
#[derive(Debug)]
pub(crate) struct Page {
    /// The language of the answer.
    pub(crate) lang: Lang,
    /// The text so far.
    pub(crate) text: String,
    /// What is left of the room.
    pub(crate) room: Room,
    /// Whether anything is missing of what there is to say.
    pub(crate) cut: bool,
    mark: Words,
}

impl Page {
    /// An empty one. `evidence` is whether there will be the button that shows everything.
    pub(crate) fn new(lang: Lang, evidence: bool) -> Page {
        let mark = if evidence { words::CUT } else { words::CUT_HERE };
        Page { lang, text: String::new(), room: Room::default(), cut: false, mark }
    }

    /// Begins a part that takes at most so much.
    pub(crate) fn share(&mut self, units: usize) {
        self.room.share(units.saturating_sub(FRAME));
    }

    /// One line of a cluster's text, at most this long once it is escaped.
    pub(crate) fn line(&mut self, text: &str, most: usize) -> String {
        self.kept(shorten(&line(text), most, escaped))
    }

    /// One line of our pages, at most this long once it is written.
    pub(crate) fn marked(&mut self, text: &str, most: usize) -> String {
        self.kept(shorten(&line(text), most, marked))
    }

    /// A name as code, at most this long.
    pub(crate) fn code(&mut self, text: &str, most: usize) -> String {
        self.kept(shorten(&line(text), most, super::markdown::code))
    }

    /// The text, having noted whether it is whole.
    pub(crate) fn kept(&mut self, shortened: Shortened) -> String {
        self.room.missing(shortened.cut);
        shortened.text
    }

    /// Paragraphs of one of our pages, as many as there is room for.
    pub(crate) fn prose(&mut self, text: &str, most: usize) -> String {
        let paragraphs = prose(text);
        let mut written = Vec::new();
        for paragraph in &paragraphs {
            written.push(match paragraph {
                Paragraph::Text(text) => self.marked(text, most),
                Paragraph::Item(text) => format!("- {}", self.marked(text, most)),
            });
        }
        let kept = self.room.fill(written, |one| units(one) + 1);
        self.room.missing(kept.len() < paragraphs.len());
        kept.join("\n")
    }

    /// As many of the items as there is room for, then how many of `all` are not shown.
    pub(crate) fn items(&mut self, items: Vec<String>, all: usize) -> String {
        let mut kept = self.room.fill(items, |item| units(item) + 1);
        let left_out = all - kept.len();
        self.room.missing(left_out > 0);
        kept.extend(self.more(left_out));
        kept.join("\n")
    }

    /// How many are not shown, where there are any.
    pub(crate) fn more(&self, left_out: usize) -> Option<String> {
        (left_out > 0).then(|| words::more(left_out, self.lang))
    }

    /// Ends a part, with a heading or none, and the mark where something of it is missing.
    pub(crate) fn part(&mut self, heading: &str, text: &str) {
        let cut = self.room.take_cut();
        self.cut |= cut;
        let mark = if cut { format!("*{}*", self.mark.of(self.lang)) } else { String::new() };
        let lines = [bold(heading), text.to_string(), mark];
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return;
        }
        if !self.text.is_empty() {
            // a code block has a margin of its own
            self.text.push_str(if self.text.ends_with("```") { "\n" } else { "\n\n" });
        }
        self.text.push_str(&lines.join("\n"));
    }
}

/// Lines under each other, without the empty ones.
pub(crate) fn lines(lines: &[String]) -> String {
    let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}
