//! Slack's markup → what was typed. <https://docs.slack.dev/messaging/formatting-message-text/>

/// A text as it was typed. Slack writes every `<`, `>` and `&` of a person as an entity: what stands between real ones is
/// its own.
pub(super) fn typed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('<') {
        out.push_str(before);
        let Some((inner, after)) = after.split_once('>') else {
            out.push('<');
            rest = after;
            continue;
        };
        out.push_str(&shown(inner));
        rest = after;
    }
    out.push_str(rest);
    plain(&out)
}

/// What a link, a mention or a channel is shown as.
fn shown(inner: &str) -> String {
    let (target, label) =
        inner.split_once('|').map_or((inner, None), |(target, label)| (target, Some(label)));
    let label = label.filter(|label| !label.is_empty());
    match (target.chars().next(), label) {
        (Some(sigil @ ('#' | '@')), Some(label)) => {
            format!("{sigil}{}", label.trim_start_matches(sigil))
        }
        (Some('!'), None) => format!("@{}", &target[1..]),
        (Some('#' | '@'), None) => target.to_string(),
        (_, Some(label)) => label.to_string(),
        (_, None) => target.strip_prefix("mailto:").unwrap_or(target).to_string(),
    }
}

/// Entities, and what keyboards and editors make of plain characters: curly quotes, fixed spaces, code marks.
fn plain(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let as_typed = |c: char| match c {
        '\u{a0}' => Some(' '),
        '“' | '”' => Some('"'),
        '‘' | '’' => Some('\''),
        '`' => None,
        c => Some(c),
    };
    text.chars().filter_map(as_typed).collect()
}

/// Leaves the mentions of a user out: `<@U1>`, `<@U1|podwhy>`.
pub(super) fn without_mentions(text: &str, user: &str) -> String {
    let open = format!("<@{user}");
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(&open) {
        let end = after.find('>').filter(|_| after.starts_with(['>', '|']));
        match end {
            Some(end) => {
                out.push_str(before);
                rest = &after[end + 1..];
            }
            None => {
                out.push_str(before);
                out.push_str(&open);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_what_was_typed() {
        for (slack, wanted) in [
            ("why shop/cart-0", "why shop/cart-0"),
            ("a &lt;b&gt; &amp;amp; c", "a <b> &amp; c"),
            ("why <http://shop.example|shop.example>", "why shop.example"),
            ("explain <https://reg.example/v2/>", "explain https://reg.example/v2/"),
            ("<mailto:a@b.example|a@b.example> <mailto:c@d.example>", "a@b.example c@d.example"),
            ("<#C1|shop> <#C2> <@U2> <@U3|bob> <!here> <!subteam^S1|@ops>", "#shop #C2 @U2 @bob @here @ops"),
            ("why `shop/cart-0`", "why shop/cart-0"),
            ("“nginx” isn’t", "\"nginx\" isn't"),
            ("a < b", "a < b"),
            ("<", "<"),
            ("<>", ""),
            ("", ""),
        ] {
            assert_eq!(typed(slack), wanted, "{slack:?}");
        }
    }

    #[test]
    fn only_its_own_mention_is_left_out() {
        for (slack, wanted) in [
            ("<@U1> why x", " why x"),
            ("<@U1|podwhy> why x", " why x"),
            ("hey <@U1>: why x", "hey : why x"),
            ("<@U12> why x", "<@U12> why x"),
            ("<@U1", "<@U1"),
            ("<@U2> <@U1>", "<@U2> "),
        ] {
            assert_eq!(without_mentions(slack, "U1"), wanted, "{slack:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_too_odd(text in "[<>@|!#&;a-z\u{a0}é]{0,60}") {
            let typed = typed(&without_mentions(&text, "U1"));
            proptest::prop_assert!(typed.len() <= text.len() + 8);
        }
    }
}
