//! Text in Discord's Markdown: what comes from a cluster stays text.
//!
//! A backslash before a sign that is no letter, digit or space makes it text
//! (<https://support.discord.com/hc/en-us/articles/210298617>). Within code nothing but backquotes means anything.
//! Mentions besides are switched off for every message, and an embed notifies nobody.

use jiff::Timestamp;
use podwhy_knowledge::redact::clean;

use podwhy_flow::show::prose::{Span, spans};
use podwhy_flow::show::text::{line, shorten};

/// The most of what stands where a time should.
const TIME: usize = 40;

/// One line of text in which nothing is markup, a mention, a link, an emoji or a time.
pub(crate) fn escaped(text: &str) -> String {
    let text = clean(text).replace(['\n', '\t'], " ");
    let mut out = String::with_capacity(text.len() + 16);
    let start = text.len() - text.trim_start().len();
    let digits = text[start..].chars().take_while(char::is_ascii_digit).count();
    for (at, c) in text.char_indices() {
        let opens_list = at == start && matches!(c, '-' | '+');
        let numbers = digits > 0 && at == start + digits && c == '.';
        let always =
            matches!(c, '\\' | '*' | '_' | '~' | '`' | '|' | '<' | '>' | '#' | '[' | ']' | '(' | ')' | '@');
        if opens_list || numbers || always || c == ':' && opens_name(&text[at + 1..]) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// Whether a colon makes an emoji or a link of what follows it: `:boom:`, `https://x.example`. Most do neither, and stand
/// in every target's name.
fn opens_name(after: &str) -> bool {
    let word = after.split(char::is_whitespace).next().unwrap_or_default();
    word.starts_with("//") || word.contains(':')
}

/// What is seen of one line that was written here: without its backslashes, and code without its backquotes.
pub(crate) fn plain(written: &str) -> String {
    let (mut out, mut in_code) = (String::with_capacity(written.len()), false);
    let mut rest = written.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' if !in_code => out.push(rest.next_if(char::is_ascii_punctuation).unwrap_or(c)),
            '`' => in_code = !in_code,
            c => out.push(c),
        }
    }
    out
}

/// A sentence of our pages: escaped, with code where it has backquotes.
pub(crate) fn marked(text: &str) -> String {
    let write = |span| match span {
        Span::Words(text) => escaped(text),
        Span::Code(text) => code(text),
    };
    spans(text).into_iter().map(write).collect()
}

/// What is written already, in bold.
pub(crate) fn bold(written: &str) -> String {
    if written.trim().is_empty() { String::new() } else { format!("**{written}**") }
}

/// Code on one line; nothing where there is none.
pub(crate) fn code(text: &str) -> String {
    let text = line(text).replace('`', LOOK_ALIKE);
    if text.is_empty() { text } else { format!("`{text}`") }
}

/// A code block, of a language or of none; nothing where there is nothing in it.
pub(crate) fn fence(text: &str, language: &str) -> String {
    // three backquotes would end it
    let text = clean(text).replace("```", &LOOK_ALIKE.repeat(3));
    let text = text.trim_matches('\n').trim_end();
    if text.trim().is_empty() { String::new() } else { format!("```{language}\n{text}\n```") }
}

/// A time as the reader's clock has it; what is no time is shown as it stands.
/// <https://docs.discord.com/developers/reference#message-formatting>
pub(crate) fn date(at: &str) -> String {
    match at.parse::<Timestamp>() {
        Ok(time) if time.as_second() > 0 => format!("<t:{}:f>", time.as_second()),
        _ => shorten(&line(at), TIME, escaped).text,
    }
}

/// How long ago, counted by the reader's own app.
pub(crate) fn ago(at: Timestamp) -> String {
    format!("<t:{}:R>", at.as_second())
}

/// Looks like a backquote and is a letter.
const LOOK_ALIKE: &str = "ˋ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        for (text, shown) in [
            ("@everyone <@1> <#2>", "\\@everyone \\<\\@1\\> \\<\\#2\\>"),
            ("<:a:1> :boom:", "\\<\\:a:1\\> \\:boom:"),
            ("Pod prod-eu:shop/cart-0", "Pod prod-eu:shop/cart-0"),
            ("https://x.example/a_b", "https\\://x.example/a\\_b"),
            ("[a](https://x)", "\\[a\\]\\(https\\://x\\)"),
            ("- a-b", "\\- a-b"),
            (" 12. a", " 12\\. a"),
            ("1.2.3", "1\\.2.3"),
            ("a\n# b", "a \\# b"),
            ("\\*", "\\\\\\*"),
            ("||a||", "\\|\\|a\\|\\|"),
        ] {
            assert_eq!(escaped(text), shown);
            assert_eq!(plain(shown), text.replace('\n', " "));
        }
    }

    #[test]
    fn code_is_seen_without_its_backquotes() {
        assert_eq!(plain(&marked("see `a_b\\*` a_b")), "see a_b\\* a_b");
        assert_eq!(plain("\\a\\"), "\\a\\");
    }

    #[test]
    fn code_ends_where_it_ends() {
        assert_eq!(code("a`b"), "`aˋb`");
        assert_eq!(code(" "), "");
        assert_eq!(fence("a\n```\n@everyone", ""), "```\na\nˋˋˋ\n@everyone\n```");
        assert_eq!(fence("\n", "sh"), "");
        assert_eq!(marked("see `a_b` a_b"), "see `a_b` a\\_b");
    }
}
