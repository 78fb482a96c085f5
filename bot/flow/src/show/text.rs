//! Text before it is written for an app: what may be shown of it, how long it is, and where it may be cut.

use podwhy_knowledge::redact::clean;
use unicode_segmentation::UnicodeSegmentation;

/// Stands where a name or a sentence goes on.
pub const ELLIPSIS: &str = "…";

/// The length in UTF-16 code units. The apps do not say what they count; of bytes left aside this is the most it can be.
pub fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The longest beginning of at most `most` units that ends where a grapheme does.
pub fn head(text: &str, most: usize) -> &str {
    let mut used = 0;
    let end = text.grapheme_indices(true).find(|(_, grapheme)| {
        used += units(grapheme);
        used > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// The longest end of at most `most` units that begins where a grapheme does.
pub fn tail(text: &str, most: usize) -> &str {
    let mut used = 0;
    let begin = text.grapheme_indices(true).rev().find(|(_, grapheme)| {
        used += units(grapheme);
        used > most
    });
    begin.map_or(text, |(at, grapheme)| &text[at + grapheme.len()..])
}

/// A name or a sentence on one line, with nothing in it that cannot be seen.
pub fn line(text: &str) -> String {
    let cleaned = clean(text).replace('\t', " ");
    let lines: Vec<&str> = cleaned.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join(" ")
}

/// What is left of a text when it has to be short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortened {
    /// The text as it is written.
    pub text: String,
    /// Whether anything is missing.
    pub cut: bool,
}

/// As much of a text's beginning as takes `most` units once it is written as `shown` writes it, "…" included.
pub fn shorten(text: &str, most: usize, shown: impl Fn(&str) -> String) -> Shortened {
    // far more than fits is not worth writing out
    let whole = head(text, most);
    if whole.len() == text.len() {
        let written = shown(whole);
        if units(&written) <= most {
            return Shortened { text: written, cut: false };
        }
    }
    let most = most.saturating_sub(units(ELLIPSIS));
    let (mut good, mut bad) = (0, most + 1);
    while bad - good > 1 {
        let middle = (good + bad) / 2;
        if units(&shown(head(text, middle))) <= most { good = middle } else { bad = middle }
    }
    Shortened { text: format!("{}{ELLIPSIS}", shown(head(text, good).trim_end())), cut: true }
}

/// Which end of an excerpt says most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The first lines.
    First,
    /// The last lines, as of a log.
    Last,
}

/// Lines of a text for a code block: at most `lines` of them and `most` units, whole ones where one fits. Of a single line
/// that does not, both ends.
pub fn excerpt(text: &str, keep: Keep, lines: usize, most: usize) -> Shortened {
    let text = clean(text);
    let text = text.trim_matches('\n').trim_end();
    let all: Vec<&str> = text.lines().collect();
    let kept = match keep {
        Keep::First => all[..all.len().min(lines)].join("\n"),
        Keep::Last => all[all.len().saturating_sub(lines)..].join("\n"),
    };
    if kept.len() == text.len() && units(&kept) <= most {
        return Shortened { text: kept, cut: false };
    }
    let room = most.saturating_sub(2 * units(ELLIPSIS) + 1);
    let text = match keep {
        Keep::First => {
            let part = head(&kept, room);
            match whole_lines(part.len() == kept.len(), part.rfind('\n'), part.len()) {
                Some(end) => format!("{}\n{ELLIPSIS}", &part[..end]),
                // a chain of errors begins with what was tried and ends with why it failed
                None if !kept.contains('\n') => {
                    let begin = head(&kept, room / 3);
                    format!("{begin}{ELLIPSIS}{}", tail(&kept, room - room / 3))
                }
                None => format!("{part}{ELLIPSIS}"),
            }
        }
        Keep::Last => {
            let part = tail(&kept, room);
            let first = part.find('\n').map(|at| part.len() - at - 1);
            match whole_lines(part.len() == kept.len(), first, part.len()) {
                Some(length) => format!("{ELLIPSIS}\n{}", &part[part.len() - length..]),
                None => format!("{ELLIPSIS}{part}"),
            }
        }
    };
    Shortened { text, cut: true }
}

/// How much of a part to keep so that no line seems to be whole that is not; `None` where that would be too little.
fn whole_lines(ends_there: bool, whole: Option<usize>, all: usize) -> Option<usize> {
    if ends_there { Some(all) } else { whole.filter(|whole| whole * 2 >= all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_cut_within_what_is_read_as_one() {
        let family = "e\u{301}🇩🇪";
        assert_eq!(units(family), 6);
        assert_eq!(head(family, 1), "");
        assert_eq!(head(family, 5), "e\u{301}");
        assert_eq!(tail(family, 5), "🇩🇪");
        assert_eq!(tail(family, 3), "");
        assert_eq!(head(family, 6), family);
    }

    #[test]
    fn what_is_longer_once_written_is_cut_by_that_length() {
        let doubled = |text: &str| text.chars().flat_map(|c| [c, c]).collect::<String>();
        assert_eq!(shorten("abc", 6, doubled), Shortened { text: "aabbcc".to_string(), cut: false });
        assert_eq!(shorten("abcd", 7, doubled), Shortened { text: "aabbcc…".to_string(), cut: true });
        assert_eq!(shorten("abc", 1, doubled), Shortened { text: "…".to_string(), cut: true });
    }

    #[test]
    fn an_excerpt_has_whole_lines_and_says_where_it_was_cut() {
        let cut = |text: &str| Shortened { text: text.to_string(), cut: true };
        assert_eq!(excerpt("a\nb\n", Keep::First, 9, 9), Shortened { text: "a\nb".to_string(), cut: false });
        assert_eq!(excerpt("one\ntwo\nthree", Keep::First, 2, 99), cut("one\ntwo\n…"));
        assert_eq!(excerpt("one\ntwo\nthree", Keep::Last, 2, 99), cut("…\ntwo\nthree"));
        assert_eq!(excerpt("one\ntwo\nthree", Keep::Last, 9, 11), cut("…\nthree"));
        assert_eq!(excerpt("one\ntwo\nthree", Keep::First, 9, 12), cut("one\ntwo\n…"));
        assert_eq!(excerpt("one\ntwothreefour", Keep::First, 9, 13), cut("one\ntwothr…"));
        assert_eq!(excerpt("abcdefgh", Keep::Last, 9, 6), cut("…fgh"));
        assert_eq!(excerpt("pulling: unknown authority", Keep::First, 9, 24), cut("pulling…nown authority"));
    }
}
