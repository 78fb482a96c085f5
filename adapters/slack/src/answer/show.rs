//! What was answered is shown: to everyone, to the one who asked, by whatever way is open.

use podwhy_flow::chat::{Audience, Content, Reply};
use podwhy_flow::words;
use tracing::warn;

use super::Work;
use crate::inbound::Place;
use crate::mark::{Mark, Stage};
use crate::outbound::{CallError, Respond, ResponseUrl, Spot};
use crate::render::{self, Message, State};

/// The message of a reply.
pub(super) fn message_of(reply: &Reply) -> Message {
    render::message(reply, State::Answer)
}

/// A text that only one person is shown is no longer than this, in bytes as Slack counts them.
const LONGEST_ASIDE: usize = 2800;

/// Who is to see a reply: a refusal only the one who asked, also where the cluster itself refused what the channel allows.
pub(super) fn audience_of(reply: &Reply) -> Audience {
    match reply.content {
        Content::Refused { .. } => Audience::Asker,
        _ => reply.audience,
    }
}

impl Work {
    /// Whether everyone in a place may see a reply. In a direct message everyone is the one who asked.
    pub(super) fn is_open(&self, place: &Place, audience: Audience) -> bool {
        place.is_direct || audience == Audience::Channel
    }

    /// Shows a message to the one who asked. What fails is logged: there is nobody else to tell.
    pub(super) async fn whisper(&self, place: &Place, message: &Message) {
        if let Err(error) = self.try_whisper(place, message).await {
            warn!(%error, "a person could not be told");
        }
    }

    async fn try_whisper(&self, place: &Place, message: &Message) -> Result<(), CallError> {
        if let Some(url) = good(place) {
            match self.outbound.respond(url, message, Respond::Whisper, None).await {
                Err(error) if !error.is_unclear() => warn!(%error, "a response URL was not taken"),
                result => return result,
            }
        }
        if place.is_direct {
            let mark = Mark::new(Stage::Done, &place.person, self.clock.now(), self.lang);
            return self.outbound.post(&place.spot(), message, &mark).await.map(drop);
        }
        self.outbound.whisper(&place.aside(), &place.person, message).await
    }

    /// Shows a long text to the one who asked, as much of it as one message takes.
    pub(super) async fn whisper_text(&self, place: &Place, text: &str, reply: &Reply) {
        let message = render::note(&cut(text, words::CUT_HERE.of(reply.lang)));
        self.whisper(place, &message).await;
    }

    /// Puts a long text below a message, as a file.
    pub(super) async fn attach(&self, spot: &Spot, reply: &Reply) -> Result<(), CallError> {
        let name = file_name(reply.line.as_deref());
        self.outbound.upload(spot, &name, &render::everything(reply)).await
    }
}

/// The place's response URL, while it can be used.
pub(super) fn good(place: &Place) -> Option<&ResponseUrl> {
    place.respond.as_deref().filter(|url| url.is_good())
}

/// `why prod:shop/cart-0` → `podwhy-why-prod-shop-cart-0.txt`
fn file_name(line: Option<&str>) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let line: String = line.unwrap_or("answer").chars().map(safe).take(80).collect();
    format!("podwhy-{}.txt", line.trim_matches(['-', '.']))
}

/// As much of a text as fits once it is escaped, with the cut shown.
fn cut(text: &str, mark: &str) -> String {
    let mut room = LONGEST_ASIDE;
    for (at, c) in text.char_indices() {
        // what is escaped as an entity is longer than it looks
        let takes = if matches!(c, '&' | '<' | '>') { 5 } else { c.len_utf8() };
        match room.checked_sub(takes) {
            Some(left) => room = left,
            None => return format!("{}\n{mark}", &text[..at]),
        }
    }
    text.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_what_was_asked() {
        assert_eq!(file_name(Some("why prod:shop/cart-0")), "podwhy-why-prod-shop-cart-0.txt");
        assert_eq!(
            file_name(Some("explain ../../etc/passwd\u{202e}")),
            "podwhy-explain-..-..-etc-passwd.txt"
        );
        assert_eq!(file_name(None), "podwhy-answer.txt");
    }

    #[test]
    fn a_cut_is_shown_and_fits() {
        assert_eq!(cut("short", "… cut"), "short");
        let long = cut(&"<é".repeat(5000), "… cut");
        assert!(long.ends_with("\n… cut"));
        assert!(long.replace('<', "&lt;").len() <= LONGEST_ASIDE + 10);
    }
}
