//! Colours, on a terminal only, and text within its width.

use std::io::IsTerminal;

use textwrap::Options;

/// Answers are readable at this many columns.
const WIDTH: usize = 80;

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

    /// The text wrapped, each of its own lines by itself, behind an indent.
    pub fn wrap(&self, text: &str, first: &str, rest: &str, style: Style) -> String {
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
            let options = Options::new(WIDTH).initial_indent(lead).subsequent_indent(&indent);
            for wrapped in textwrap::wrap(&line, options) {
                out.push_str(&self.style(style, wrapped.trim_end()));
                out.push('\n');
            }
            lead = rest;
        }
        out
    }
}
