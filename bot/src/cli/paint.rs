//! Colours, on a terminal only, and text within its width.

use std::io::IsTerminal;

use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};

/// Answers are readable at this many columns.
pub(super) const WIDTH: usize = 80;

/// How a piece of text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As it is.
    Plain,
    /// A heading.
    Bold,
    /// Of less weight.
    Dim,
    /// Something fails.
    Red,
    /// Nothing is wrong.
    Green,
    /// Not known, or merely meant so.
    Yellow,
}

/// Draws text for one output.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    colours: bool,
}

impl Paint {
    /// For standard output: colours on a terminal, unless `NO_COLOR` is set (<https://no-color.org>).
    pub fn stdout() -> Paint {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let able = std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Paint { colours: std::io::stdout().is_terminal() && wanted && able }
    }

    /// The text in a style.
    pub fn style(&self, style: Style, text: &str) -> String {
        let code = match style {
            Style::Plain => return text.to_string(),
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Red => "1;31",
            Style::Green => "1;32",
            Style::Yellow => "1;33",
        };
        if self.colours { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    /// The text wrapped, each of its own lines by itself, behind an indent. Names and commands are copied: they stay
    /// whole, also where one is wider than the page.
    pub fn wrap(&self, text: &str, first: &str, rest: &str, style: Style) -> String {
        self.wrapped(text, first, rest, style, false)
    }

    /// The same for text that is only read, such as a log line: what is wider than the page is broken.
    pub fn wrap_hard(&self, text: &str, first: &str, rest: &str, style: Style) -> String {
        self.wrapped(&text.replace('\t', "    "), first, rest, style, true)
    }

    fn wrapped(&self, text: &str, first: &str, rest: &str, style: Style, hard: bool) -> String {
        let mut out = String::new();
        let mut lead = first;
        for line in text.lines() {
            if line.trim().is_empty() {
                out.push('\n');
                continue;
            }
            // a list item's own lines stand below its text
            let (indent, line) = match line.strip_prefix("- ") {
                Some(item) => (format!("{rest}  "), format!("• {item}")),
                None => (rest.to_string(), line.to_string()),
            };
            let options = Options::new(WIDTH)
                .initial_indent(lead)
                .subsequent_indent(&indent)
                .word_separator(WordSeparator::Custom(words))
                .word_splitter(WordSplitter::NoHyphenation)
                .break_words(hard);
            for wrapped in textwrap::wrap(&line, options) {
                out.push_str(&self.style(style, wrapped.trim_end()));
                out.push('\n');
            }
            lead = rest;
        }
        out
    }
}

/// Words end at spaces, and between Chinese characters, which are written without.
fn words(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let mut starts = vec![0];
    let mut before: Option<char> = None;
    for (at, c) in line.char_indices() {
        let after_space = before == Some(' ') && c != ' ';
        let between_wide = before.is_some_and(|b| is_wide(b) || is_wide(c)) && !is_closing(c) && c != ' ';
        if at > 0 && (after_space || (between_wide && !before.is_some_and(is_opening))) {
            starts.push(at);
        }
        before = Some(c);
    }
    starts.push(line.len());
    let ends = starts.clone().into_iter().skip(1);
    Box::new(starts.into_iter().zip(ends).filter(|(a, b)| a < b).map(move |(a, b)| Word::from(&line[a..b])))
}

fn is_wide(c: char) -> bool {
    matches!(c as u32, 0x2e80..=0x9fff | 0xf900..=0xfaff | 0xff00..=0xff60)
}

fn is_closing(c: char) -> bool {
    "，。；：、）」！？,.;:)".contains(c)
}

fn is_opening(c: char) -> bool {
    "（「(".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_width::UnicodeWidthStr;

    const PLAIN: Paint = Paint { colours: false };

    #[test]
    fn names_stay_whole_and_lines_stay_narrow() {
        let text = "waits for registry.example.com:5000/team/application-with-a-long-name:v1.2.3-build.20260504 and more words after it";
        let wrapped = PLAIN.wrap(text, "  ", "  ", Style::Plain);
        assert!(
            wrapped.contains(
                "registry.example.com:5000/team/application-with-a-long-name:v1.2.3-build.20260504"
            )
        );
        assert!(wrapped.lines().all(|line| line.width() <= WIDTH || !line.trim().contains(' ')), "{wrapped}");
    }

    #[test]
    fn chinese_is_wrapped_between_characters() {
        let text = "节点停止上报状态，控制面已把它标记为未知。".repeat(6);
        let wrapped = PLAIN.wrap(&text, "", "", Style::Plain);
        assert!(wrapped.lines().count() > 1);
        assert!(wrapped.lines().all(|line| line.width() <= WIDTH + 2), "{wrapped}");
        assert!(wrapped.lines().all(|line| !line.starts_with('，') && !line.starts_with('。')), "{wrapped}");
    }

    #[test]
    fn without_a_terminal_there_are_no_colours() {
        assert_eq!(PLAIN.style(Style::Red, "x"), "x");
    }
}
