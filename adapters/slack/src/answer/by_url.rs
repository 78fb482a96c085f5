//! By a command's response URL: where the bot is no member, and where only the one who asked is to see the answer.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Accepted, Reply};
use podwhy_flow::words;
use tracing::warn;

use super::Work;
use super::show::{audience_of, message_of};
use crate::inbound::Place;
use crate::outbound::{Respond, ResponseUrl};
use crate::render::{self, State};

/// By a response URL "looking at…" is shown only where the answer takes longer: it is one of five messages, and the answer
/// to a command comes below it, not in its place. <https://github.com/slackapi/bolt-python/issues/1268>
const LOOKING_AFTER: Duration = Duration::from_millis(1500);

impl Work {
    /// Answers by it, for everyone or not.
    pub(super) async fn by_url(
        &self,
        url: &ResponseUrl,
        place: &Place,
        accepted: &Accepted,
        for_everyone: bool,
        mut answer: Pin<&mut impl Future<Output = Reply>>,
    ) -> &'static str {
        let reply = match tokio::time::timeout(LOOKING_AFTER, &mut answer).await {
            Ok(reply) => reply,
            Err(_) => {
                let looking = render::looking(&accepted.looking());
                // only the one who waits is told: this message stays where it is
                let told = self.outbound.respond(url, &looking, Respond::Whisper, None).await;
                if let Err(error) = told {
                    warn!(%error, "a person could not be told that the answer is looked for");
                }
                answer.await
            }
        };
        let for_everyone = for_everyone && self.is_open(place, audience_of(&reply));
        let message = if for_everyone && can_change(&reply) {
            render::message(&reply, State::Over { note: words::INVITE.of(reply.lang).to_string() })
        } else {
            message_of(&reply)
        };
        let how = if for_everyone { Respond::Everyone } else { Respond::Whisper };
        let thread = place.thread.as_deref().filter(|_| for_everyone);
        match self.outbound.respond(url, &message, how, thread).await {
            Ok(()) => "answered",
            Err(error) if error.is_unclear() => {
                warn!(%error, "it is not known whether an answer arrived");
                "answered"
            }
            Err(_) => {
                self.whisper(place, &message).await;
                "answered"
            }
        }
    }
}

/// Whether an answer would be another one later.
fn can_change(reply: &Reply) -> bool {
    let changes = |answer: &&Answer| !matches!(answer, Answer::Explain(_) | Answer::Help);
    reply.answers().iter().any(changes)
}
