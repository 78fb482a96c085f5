//! Text for Slack's own markup, mrkdwn: only a message's `text` and its context lines are written in it.
//!
//! The blocks are rich text, whose elements say what they are: there nothing is escaped, and nothing in a name can become
//! a mention, a link or an emoji. A message's `text` is what a notification shows, and has no such form.

use podwhy_flow::show::text::{Shortened, line, shorten};

/// A line in which nothing is markup, of at most `most` units.
///
/// Slack knows no escape but for `&`, `<` and `>`
/// (<https://docs.slack.dev/messaging/formatting-message-text#escaping>): what else would mean something is replaced by a
/// sign that looks like it, which is right for a notification and would be wrong for what is copied.
pub(crate) fn mrkdwn(text: &str, most: usize) -> Shortened {
    shorten(&line(text), most, escaped)
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '*' => out.push('∗'),
            '_' => out.push('ˍ'),
            '~' => out.push('∼'),
            '`' => out.push('ˋ'),
            '@' => out.push('＠'),
            '#' => out.push('＃'),
            ':' if is_markup(text, at) => out.push('∶'),
            c => out.push(c),
        }
    }
    out
}

/// Whether a colon is an end of an emoji's name, or makes a link of a host. Others stay: targets have one, and are copied.
fn is_markup(text: &str, at: usize) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || "_+-'".contains(c);
    let (before, after) = (&text[..at], &text[at + 1..]);
    let opens = after.trim_start_matches(part).starts_with(':') && after.starts_with(part);
    let closes = before.trim_end_matches(part).ends_with(':') && before.ends_with(part);
    opens || closes || after.starts_with("//")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_markup() {
        for (text, shown) in [
            ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;＠U1&gt;"),
            ("*a* _b_ ~c~ `d`", "∗a∗ ˍbˍ ∼c∼ ˋdˋ"),
            (":boom: https://x.example", "∶boom∶ https∶//x.example"),
            ("Pod prod:shop/cart-0: at 12:00", "Pod prod:shop/cart-0: at 12:00"),
            ("a\n> b", "a &gt; b"),
        ] {
            assert_eq!(mrkdwn(text, 99).text, shown);
        }
    }

    #[test]
    fn an_entity_is_not_cut_in_two() {
        assert_eq!(mrkdwn("a&b", 6).text, "a…");
        assert_eq!(mrkdwn("a&b", 7).text, "a&amp;b");
    }
}
