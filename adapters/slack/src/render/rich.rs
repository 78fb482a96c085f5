//! Slack's rich text: every element says what it is, so that no text needs escaping.
//!
//! <https://docs.slack.dev/reference/block-kit/blocks/rich-text-block>

use jiff::Timestamp;
use podwhy_knowledge::redact::clean;
use serde_json::{Value, json};

use super::mention::Mention;
use podwhy_flow::show::prose::{Paragraph, Span, spans};
use podwhy_flow::show::text::{line, shorten, units};

/// How times are shown, in the reader's own time zone: `Today 3:04 AM`.
pub(crate) const DATE: &str = "{date_short_pretty} {time}";

/// The most of what stands where a time should.
const TIME: usize = 40;

/// What an element costs besides its text; see [`crate::limits::BLOCKS_TEXT`].
const ELEMENT: usize = 8;

/// A line being written.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line(Vec<Value>);

impl Line {
    /// An empty one.
    pub(crate) fn new() -> Line {
        Line::default()
    }

    /// Words as they are.
    pub(crate) fn words(self, text: &str) -> Line {
        self.styled(text, &json!({}))
    }

    /// In bold.
    pub(crate) fn bold(self, text: &str) -> Line {
        self.styled(text, &json!({"bold": true}))
    }

    /// In italics: what podwhy says of the message itself.
    pub(crate) fn italic(self, text: &str) -> Line {
        self.styled(text, &json!({"italic": true}))
    }

    /// As code, on one line.
    pub(crate) fn code(self, text: &str) -> Line {
        self.styled(text, &json!({"code": true}))
    }

    /// A sentence of our pages, in bold or not, with code where they have backquotes.
    pub(crate) fn marked(self, text: &str, bold: bool) -> Line {
        spans(text).into_iter().fold(self, |line, span| match (span, bold) {
            (Span::Words(text), true) => line.bold(text),
            (Span::Words(text), false) => line.words(text),
            (Span::Code(text), true) => line.styled(text, &json!({"bold": true, "code": true})),
            (Span::Code(text), false) => line.code(text),
        })
    }

    /// One of Slack's own emoji, by its name.
    pub(crate) fn emoji(mut self, name: &str) -> Line {
        self.0.push(json!({"type": "emoji", "name": name}));
        self
    }

    /// A time as the reader's clock has it; what is no time is shown as it stands.
    pub(crate) fn date(mut self, at: &str) -> Line {
        let time = at.parse::<Timestamp>().ok().filter(|time| time.as_second() > 0);
        let Some(time) = time else { return self.words(&shorten(&line(at), TIME, str::to_string).text) };
        let (seconds, fallback) = (time.as_second(), time.to_string());
        self.0.push(json!({"type": "date", "timestamp": seconds, "format": DATE, "fallback": fallback}));
        self
    }

    /// A channel, by its id.
    pub(crate) fn channel(mut self, id: &str) -> Line {
        self.0.push(json!({"type": "channel", "channel_id": id}));
        self
    }

    /// A link. `url` must be one; nothing where there are no words for it.
    pub(crate) fn link(mut self, url: &str, words: &str) -> Line {
        if !words.is_empty() {
            self.0.push(json!({"type": "link", "url": url, "text": clean(words)}));
        }
        self
    }

    /// Calls someone.
    pub(crate) fn calls(mut self, mention: &Mention) -> Line {
        self.0.push(mention.element());
        self
    }

    /// What stands after it on the same line.
    pub(crate) fn then(mut self, mut after: Line) -> Line {
        self.0.append(&mut after.0);
        self
    }

    fn styled(mut self, text: &str, style: &Value) -> Line {
        // Slack refuses an element without text
        if text.is_empty() {
            return self;
        }
        let mut element = json!({"type": "text", "text": clean(text)});
        if style.as_object().is_some_and(|style| !style.is_empty()) {
            element["style"] = style.clone();
        }
        self.0.push(element);
        self
    }
}

/// A line of its own.
pub(crate) fn section(line: Line) -> Vec<Value> {
    if line.0.is_empty() {
        Vec::new()
    } else {
        vec![json!({"type": "rich_text_section", "elements": line.0})]
    }
}

/// A code block.
pub(crate) fn preformatted(text: &str) -> Vec<Value> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    vec![json!({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": clean(text)}]})]
}

/// A list with bullets.
pub(crate) fn bullets(lines: Vec<Line>) -> Vec<Value> {
    let items: Vec<Value> = lines.into_iter().flat_map(section).collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![json!({"type": "rich_text_list", "style": "bullet", "elements": items})]
}

/// Paragraphs and lists as our pages write them.
pub(crate) fn paragraphs(paragraphs: &[Paragraph]) -> Vec<Value> {
    let mut elements = Vec::new();
    let mut items = Vec::new();
    for paragraph in paragraphs {
        match paragraph {
            Paragraph::Item(text) => items.push(Line::new().marked(text, false)),
            Paragraph::Text(text) => {
                elements.extend(bullets(std::mem::take(&mut items)));
                elements.extend(section(Line::new().marked(text, false)));
            }
        }
    }
    elements.extend(bullets(items));
    elements
}

/// A block of these; none where there is nothing in it. Lists that follow each other become one.
pub(crate) fn block(elements: Vec<Value>) -> Option<Value> {
    let mut joined: Vec<Value> = Vec::new();
    for mut element in elements {
        let is_list = |element: &Value| element["type"] == "rich_text_list";
        match joined.last_mut().filter(|last| is_list(last) && is_list(&element)) {
            Some(last) => {
                if let (Some(items), Some(more)) =
                    (last["elements"].as_array_mut(), element["elements"].as_array_mut())
                {
                    items.append(more);
                }
            }
            None => joined.push(element),
        }
    }
    (!joined.is_empty()).then(|| json!({"type": "rich_text", "elements": joined}))
}

/// What elements take of a message's room.
pub(crate) fn size(elements: &[Value]) -> usize {
    elements.iter().map(size_of).sum()
}

fn size_of(element: &Value) -> usize {
    let text = |key: &str| element.get(key).and_then(Value::as_str).map_or(0, units);
    let inner = element.get("elements").and_then(Value::as_array).map_or(0, |inner| size(inner));
    let ids = text("channel_id") + text("url");
    ELEMENT + text("text") + text("fallback") + text("name") + ids + inner
}
