//! The buttons. Each asks anew, for the one who clicked: what the message shows was for the one who asked.

use std::sync::Arc;

use podwhy_flow::chat::{Accepted, Ask, Intake, Question, Reply};
use tracing::warn;

use super::Work;
use super::show::{audience_of, good, message_of};
use crate::inbound::{Action, Click, Clicked};
use crate::mark::Stage;
use crate::outbound::Respond;
use crate::render::{self, State};

impl Work {
    pub(super) async fn click(self: &Arc<Self>, click: Click) -> &'static str {
        let ask = Ask::Line(click.line.clone());
        // what is offered stands below what was clicked on
        let thread = click.place.thread.clone().filter(|_| click.action == Action::Fix);
        let accepted = match self.read(&Question { asker: click.asker.clone(), ask, thread }) {
            Intake::Now(reply) => {
                self.whisper(&click.place, &message_of(&reply)).await;
                return "at-once";
            }
            Intake::Soon(accepted) => accepted,
        };
        let Some(message) = &click.message else { return self.openly(&click.place, &accepted).await };
        match click.action {
            Action::Again => self.again(&click, message, &accepted).await,
            Action::Evidence => self.evidence(&click, message, &accepted).await,
            Action::Commands => self.commands(&click, &accepted).await,
            Action::Watch => self.watch_clicked(&click, message, &accepted).await,
            Action::Fix => self.fix(&click, &accepted).await,
        }
    }

    /// Whether a reply may stand in the message that was clicked on.
    pub(super) fn is_for_all(&self, click: &Click, accepted: &Accepted, reply: &Reply) -> bool {
        self.is_open(&click.place, accepted.audience) && self.is_open(&click.place, audience_of(reply))
    }

    async fn again(&self, click: &Click, message: &Clicked, accepted: &Accepted) -> &'static str {
        let reply = self.answered(accepted).await;
        if message.is_ephemeral {
            return self.replace(click, &reply, Respond::WhisperInstead).await;
        }
        if !self.is_for_all(click, accepted, &reply) {
            self.whisper(&click.place, &message_of(&reply)).await;
            return "answered";
        }
        let watched = message.mark.as_ref().filter(|mark| mark.stage == Stage::Watching);
        let state = watched.map_or(State::Answer, |mark| State::Watching { since: mark.since });
        let mark = match (watched, &message.mark) {
            (Some(mark), _) => mark.clone(),
            (None, Some(mark)) => mark.becomes(Stage::Done, self.clock.now()),
            (None, None) => self.mark(Stage::Done, &click.place, reply.lang),
        };
        let mark = mark.asks(Some(&click.line));
        match self.outbound.edit(&message.posted, &render::message(&reply, state), &mark).await {
            Ok(()) => "answered",
            // posted by a response URL, where the bot is no member: only the click's own URL can replace it
            Err(error) => {
                if !error.is_no_member() {
                    warn!(%error, "a message could not be edited");
                }
                self.replace(click, &reply, Respond::EveryoneInstead).await
            }
        }
    }

    async fn replace(&self, click: &Click, reply: &Reply, how: Respond) -> &'static str {
        let message = message_of(reply);
        if let Some(url) = good(&click.place)
            && self.outbound.respond(url, &message, how, None).await.is_ok()
        {
            return "answered";
        }
        self.whisper(&click.place, &message).await;
        "answered"
    }

    async fn evidence(&self, click: &Click, message: &Clicked, accepted: &Accepted) -> &'static str {
        let reply = self.answered(accepted).await;
        if reply.answers().is_empty() {
            self.whisper(&click.place, &message_of(&reply)).await;
            return "answered";
        }
        if !message.is_ephemeral && self.is_for_all(click, accepted, &reply) {
            match self.attach(&click.place.spot(), &reply).await {
                Ok(()) => return "answered",
                Err(error) => warn!(%error, "evidence could not be attached as a file"),
            }
        }
        self.whisper_text(&click.place, &render::everything(&reply), &reply).await;
        "answered"
    }

    /// The offers are messages of their own, for everyone; what came of asking is for the one who did.
    async fn fix(&self, click: &Click, accepted: &Accepted) -> &'static str {
        let reply = self.answered(accepted).await;
        self.whisper(&click.place, &message_of(&reply)).await;
        "answered"
    }

    async fn commands(&self, click: &Click, accepted: &Accepted) -> &'static str {
        let reply = self.answered(accepted).await;
        let message = if reply.answers().is_empty() { message_of(&reply) } else { render::commands(&reply) };
        self.whisper(&click.place, &message).await;
        "answered"
    }
}

#[cfg(test)]
pub(crate) mod tests;
