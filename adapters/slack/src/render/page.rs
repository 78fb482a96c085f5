//! A message being written, part by part.

use podwhy_flow::words::{self, Words};
use podwhy_knowledge::Lang;
use serde_json::Value;

use super::rich::{Line, block, paragraphs, section, size};
use podwhy_flow::show::prose::{Paragraph, prose};
use podwhy_flow::show::room::Room;
use podwhy_flow::show::text::{Shortened, line, shorten};

/// The blocks so far, and the room that is left.
#[derive(Debug)]
pub(crate) struct Page {
    /// The language of the answer.
    pub(crate) lang: Lang,
    /// The blocks so far.
    pub(crate) blocks: Vec<Value>,
    /// What is left of the room.
    pub(crate) room: Room,
    /// How many answers share it.
    pub(crate) sharing: usize,
    /// Whether anything is missing of what there is to say.
    pub(crate) cut: bool,
    mark: Words,
}

impl Page {
    /// An empty one. `evidence` is whether it will have the button that shows everything.
    pub(crate) fn new(lang: Lang, evidence: bool) -> Page {
        let mark = if evidence { words::CUT } else { words::CUT_HERE };
        Page { lang, blocks: Vec::new(), room: Room::default(), sharing: 1, cut: false, mark }
    }

    /// Begins a part, which may take so much where it is the only answer's.
    pub(crate) fn share(&mut self, units: usize) {
        self.room.share(units / self.sharing.max(1));
    }

    /// One line of a text, at most this long.
    pub(crate) fn line(&mut self, text: &str, most: usize) -> String {
        self.kept(shorten(&line(text), most, str::to_string))
    }

    /// The text, having noted whether it is whole.
    pub(crate) fn kept(&mut self, shortened: Shortened) -> String {
        self.room.missing(shortened.cut);
        shortened.text
    }

    /// Paragraphs of one of our pages, as many as there is room for.
    pub(crate) fn prose(&mut self, text: &str, most: usize) -> Vec<Value> {
        let mut short = Vec::new();
        for paragraph in prose(text) {
            short.push(match paragraph {
                Paragraph::Text(text) => Paragraph::Text(self.line(&text, most)),
                Paragraph::Item(text) => Paragraph::Item(self.line(&text, most)),
            });
        }
        let all = short.len();
        let one = |paragraph: &Paragraph| size(&paragraphs(std::slice::from_ref(paragraph)));
        let kept = self.room.fill(short, one);
        self.room.missing(kept.len() < all);
        paragraphs(&kept)
    }

    /// As many of the items as there is room for, then how many of `all` are not shown.
    pub(crate) fn items(&mut self, items: Vec<Vec<Value>>, all: usize) -> Vec<Value> {
        let kept = self.room.fill(items, |item| size(item));
        let left_out = all - kept.len();
        self.room.missing(left_out > 0);
        let mut elements: Vec<Value> = kept.into_iter().flatten().collect();
        elements.extend(self.more(left_out));
        elements
    }

    /// How many are not shown, where there are any.
    pub(crate) fn more(&self, left_out: usize) -> Vec<Value> {
        let shown = if left_out > 0 { words::more(left_out, self.lang) } else { String::new() };
        section(Line::new().words(&shown))
    }

    /// Ends a part: its block, with the mark where something of it is missing.
    pub(crate) fn part(&mut self, mut elements: Vec<Value>) {
        if self.room.take_cut() {
            self.cut = true;
            elements.extend(section(Line::new().italic(self.mark.of(self.lang))));
        }
        self.blocks.extend(block(elements));
    }
}

/// A part's heading.
pub(crate) fn heading(words: &str) -> Vec<Value> {
    section(Line::new().bold(words))
}
