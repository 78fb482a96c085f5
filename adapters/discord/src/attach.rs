//! Texts that are too long for a message, as files.

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;

use crate::render::{self, Message};
use crate::rest::File;

/// The most that is attached. Discord takes 10 MiB:
/// <https://discord.com/developers/docs/reference#uploading-files>
const MOST: usize = 4 * 1024 * 1024;

/// The longest name of a file, without its end.
const NAME: usize = 60;

/// Everything a reply says.
pub(crate) fn everything(reply: &Reply) -> File {
    let mut text = render::everything(reply);
    if text.len() > MOST {
        text.truncate(text.floor_char_boundary(MOST));
        text.push('\n');
        text.push_str(words::CUT_HERE.of(reply.lang));
        text.push('\n');
    }
    File { name: format!("{}.txt", name(reply.line.as_deref().unwrap_or("podwhy"))), text }
}

/// Of a message that does not show everything: logs and events, which are read to the end, and what no button shows.
pub(crate) fn cut_off(reply: &Reply, message: &Message) -> Option<File> {
    let told = matches!(reply.content, Content::Answer(Answer::Logs(_) | Answer::Events(_)));
    let marks = [words::CUT.of(reply.lang), words::CUT_HERE.of(reply.lang)];
    let shown = || message.embeds.iter().map(ToString::to_string).chain([message.content.clone()]);
    let cut = told && shown().any(|text| marks.iter().any(|mark| text.contains(mark)));
    (cut || render::needs_file(reply)).then(|| everything(reply))
}

/// A line as a file's name: `why prod:shop/cart-0` is `why-prod-shop-cart-0`.
fn name(line: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' || c == '_' { c } else { '-' };
    let name: String = line.chars().map(plain).take(NAME).collect();
    let name = name.trim_matches(['-', '.']).to_string();
    if name.is_empty() { "podwhy".to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use podwhy_knowledge::Lang;

    use super::*;
    use crate::body::refusal;

    #[test]
    fn a_name_is_no_path() {
        assert_eq!(name("why prod:shop/cart-0"), "why-prod-shop-cart-0");
        assert_eq!(name("../../etc/passwd"), "etc-passwd");
        assert_eq!(name("为什么"), "podwhy");
        assert_eq!(name(&"a".repeat(500)).len(), NAME);
    }

    #[test]
    fn only_logs_and_events_come_with_a_file() {
        let reply = refusal(words::CUT.of(Lang::En), Lang::En, None);
        assert_eq!(cut_off(&reply, &render::note(words::CUT.of(Lang::En))), None);
        assert_eq!(everything(&reply).name, "podwhy.txt");
    }
}
