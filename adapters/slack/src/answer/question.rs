//! A question, from its reading to its answer in the place of "looking at…".

use std::future::Future;
use std::pin::{Pin, pin};

use futures::future::{Either, ready, select};
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Accepted, Content, Intake, Reply};
use tracing::{error, warn};

use super::Work;
use super::show::{audience_of, good, message_of};
use crate::inbound::{Asked, Place};
use crate::mark::{Mark, Stage};
use crate::outbound::{CallError, Posted, Respond, Spot};
use crate::render;

/// Longer logs and events are attached as a file, too: a message has no room for them.
const LONG: usize = 4000;
const MANY_LINES: usize = 50;

impl Work {
    pub(super) async fn question(&self, asked: &Asked) -> &'static str {
        let place = &asked.place;
        match self.read(&asked.question) {
            Intake::Now(reply) => self.at_once(place, &reply).await,
            Intake::Soon(accepted) if self.is_open(place, accepted.audience) => {
                self.openly(place, &accepted).await
            }
            Intake::Soon(accepted) => self.privately(place, &accepted).await,
        }
    }

    async fn at_once(&self, place: &Place, reply: &Reply) -> &'static str {
        let message = message_of(reply);
        if place.is_direct || !self.is_open(place, audience_of(reply)) {
            self.whisper(place, &message).await;
            return "at-once";
        }
        let mark = self.mark(Stage::Done, place, reply.lang).asks(reply.line.as_deref());
        if let Err(error) = self.outbound.post(&place.spot(), &message, &mark).await {
            self.instead(place, &message, error).await;
        }
        "at-once"
    }

    /// Answers for everyone to see: "looking at…" is posted while the answer is looked for, and then becomes it.
    pub(super) async fn openly(&self, place: &Place, accepted: &Accepted) -> &'static str {
        let mark = self.mark(Stage::Looking, place, accepted.lang).asks(accepted.line.as_deref());
        let (spot, looking) = (place.spot(), render::looking(&accepted.looking()));
        let post = pin!(self.outbound.post(&spot, &looking, &mark));
        let answer = pin!(self.answered(accepted));
        match select(post, answer).await {
            Either::Left((Ok(posted), answer)) => self.becomes(place, posted, &mark, answer.await).await,
            Either::Left((Err(error), answer)) => self.unposted(place, accepted, error, answer).await,
            Either::Right((reply, post)) => match post.await {
                Ok(posted) => self.becomes(place, posted, &mark, reply).await,
                Err(error) => self.unposted(place, accepted, error, pin!(ready(reply))).await,
            },
        }
    }

    /// The posted message becomes the answer.
    async fn becomes(&self, place: &Place, posted: Posted, mark: &Mark, reply: Reply) -> &'static str {
        let message = message_of(&reply);
        if !self.is_open(place, audience_of(&reply)) {
            // a refusal is for the one who asked
            if let Err(error) = self.outbound.delete(&posted).await {
                warn!(%error, "a message that is not for everyone any more could not be taken away");
                let over = mark.becomes(Stage::Done, self.clock.now());
                // an ellipsis says that there is nothing to see; a second failure changes nothing
                let _hidden = self.outbound.edit(&posted, &render::note("…"), &over).await;
            }
            self.whisper(place, &message).await;
            return "answered";
        }
        let done = mark.becomes(Stage::Done, self.clock.now()).asks(reply.line.as_deref());
        let shown = match self.outbound.edit(&posted, &message, &done).await {
            // it was deleted: in its place comes one new message, whatever becomes of that
            Err(error) if error.is_gone() => self.outbound.post(&place.spot(), &message, &done).await,
            result => result.map(|()| posted),
        };
        match shown {
            Ok(posted) => {
                self.attach_if_long(place, &posted, &reply).await;
                "answered"
            }
            // it may stand already, and must not stand twice; if it does not, the message is marked by a later sweep
            Err(error) if error.is_unclear() => {
                warn!(%error, "it is not known whether an answer arrived");
                "answered"
            }
            Err(error) => self.instead(place, &message, error).await,
        }
    }

    /// Nothing can be posted: the answer goes by the response URL, else to the one who asked.
    async fn unposted(
        &self,
        place: &Place,
        accepted: &Accepted,
        error: CallError,
        answer: Pin<&mut impl Future<Output = Reply>>,
    ) -> &'static str {
        if !error.is_no_member() {
            warn!(%error, "a message could not be posted");
        }
        match good(place) {
            // a direct message that the bot is not part of is one of two people: the other may not be allowed to see it
            Some(url) => self.by_url(url, place, accepted, !place.is_direct, answer).await,
            None => {
                let reply = answer.await;
                self.whisper(place, &message_of(&reply)).await;
                "answered"
            }
        }
    }

    async fn privately(&self, place: &Place, accepted: &Accepted) -> &'static str {
        let answer = pin!(self.answered(accepted));
        match good(place) {
            Some(url) => self.by_url(url, place, accepted, false, answer).await,
            None => {
                let reply = answer.await;
                self.whisper(place, &message_of(&reply)).await;
                "answered"
            }
        }
    }

    /// What could not be shown where it belongs is shown where it can be.
    async fn instead(&self, place: &Place, message: &render::Message, error: CallError) -> &'static str {
        warn!(%error, "a message could not be shown");
        let how = if place.is_direct { Respond::Whisper } else { Respond::Everyone };
        if let Some(url) = good(place)
            && self.outbound.respond(url, message, how, place.thread.as_deref()).await.is_ok()
        {
            return "answered";
        }
        error!(%error, "an answer was not shown");
        "not-shown"
    }

    async fn attach_if_long(&self, place: &Place, posted: &Posted, reply: &Reply) {
        if !is_long(reply) && !render::needs_file(reply) {
            return;
        }
        let thread = place.thread.clone().or_else(|| Some(posted.ts.clone()));
        let spot = Spot { channel: posted.channel.clone(), thread };
        if let Err(error) = self.attach(&spot, reply).await {
            // the message says where it was cut, and its button brings the rest
            warn!(%error, "a file could not be attached");
        }
    }

    pub(super) fn mark(&self, stage: Stage, place: &Place, lang: podwhy_knowledge::Lang) -> Mark {
        Mark::new(stage, &place.person, self.clock.now(), lang)
    }
}

/// Whether logs or events are longer than a message can show.
fn is_long(reply: &Reply) -> bool {
    if !matches!(&reply.content, Content::Answer(Answer::Logs(_) | Answer::Events(_))) {
        return false;
    }
    let text = render::everything(reply);
    text.len() > LONG || text.lines().count() > MANY_LINES
}
