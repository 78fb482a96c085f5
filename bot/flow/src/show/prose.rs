//! How our pages write: paragraphs, lists, and names between backquotes.

use podwhy_knowledge::redact::clean;

use super::text::line;

/// A piece of a sentence of our pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span<'a> {
    /// Words.
    Words(&'a str),
    /// What stands between two backquotes.
    Code(&'a str),
}

/// More backquotes than these are in no sentence of our pages.
const BACKQUOTES: usize = 40;

/// What stands between backquotes is code; an odd one is a backquote, and so is each where there are too many.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    if text.matches('`').count() > BACKQUOTES {
        return vec![Span::Words(text)];
    }
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('`') {
        let Some(length) = rest[open + 1..].find('`') else { break };
        let (code, after) = (&rest[open + 1..open + 1 + length], &rest[open + length + 2..]);
        if code.trim().is_empty() {
            spans.push(Span::Words(&rest[..open + length + 2]));
        } else {
            spans.push(Span::Words(&rest[..open]));
            spans.push(Span::Code(code));
        }
        rest = after;
    }
    spans.push(Span::Words(rest));
    spans.retain(|span| !matches!(span, Span::Words("")));
    spans
}

/// A paragraph of our pages, or an item of a list, on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paragraph {
    /// A paragraph.
    Text(String),
    /// An item.
    Item(String),
}

/// Paragraphs and lists, as the pages write them; a list may follow its sentence at once.
pub fn prose(text: &str) -> Vec<Paragraph> {
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut fresh = true;
    for written in clean(text).lines() {
        let one = line(written);
        if one.is_empty() {
            fresh = true;
            continue;
        }
        match (one.strip_prefix("- "), paragraphs.last_mut()) {
            (Some(item), _) => paragraphs.push(Paragraph::Item(item.to_string())),
            (None, Some(Paragraph::Text(last) | Paragraph::Item(last))) if !fresh => {
                last.push(' ');
                last.push_str(&one);
            }
            (None, _) => paragraphs.push(Paragraph::Text(one)),
        }
        fresh = false;
    }
    paragraphs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backquotes_are_code_where_they_come_in_pairs() {
        assert_eq!(spans("a `b` c"), [Span::Words("a "), Span::Code("b"), Span::Words(" c")]);
        assert_eq!(spans("a ` b"), [Span::Words("a ` b")]);
        assert_eq!(spans("``"), [Span::Words("``")]);
        assert_eq!(spans(""), []);
    }

    #[test]
    fn paragraphs_and_lists_are_told_apart() {
        let text = |text: &str| Paragraph::Text(text.to_string());
        let item = |text: &str| Paragraph::Item(text.to_string());
        assert_eq!(
            prose("One.\n- a\n- b\n  c\n\nTwo\nlines."),
            [text("One."), item("a"), item("b c"), text("Two lines.")]
        );
    }
}
