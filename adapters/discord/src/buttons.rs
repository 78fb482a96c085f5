//! The buttons below an answer.
//!
//! They only read, and need no store: the line stands in the message that is clicked on. It is asked again as a new question
//! of whoever clicked: a refusal is for their eyes, and leaves the message as it is.
//!
//! - [`evidence`]: everything there is, in a thread.
//! - `incident`: the buttons below an incident, which ask nothing, and the dialogs that some of them open.
//! - [`watch`]: keeps the message current.

pub(crate) mod evidence;
mod incident;
pub(crate) mod watch;

use std::sync::Arc;

use podwhy_flow::chat::{Accepted, Ask, Audience, Reply, fix_line};
use podwhy_flow::incident::Typed;
use podwhy_flow::words;
use serde_json::Value;

use crate::app::{App, Seat};
use crate::attach;
use crate::body::{is_refusal, refusal};
use crate::claim::Respond;
use crate::original::Original;
use crate::posted;
use crate::question::{Read, is_for_the_asker, read};
use crate::received::Received;
use crate::render::{self, Marked, State, action};
use crate::rest::Rest;

/// A button that was pressed on a message, or the dialog that one opened.
pub(crate) struct Press<'a> {
    pub(crate) app: &'a Arc<App>,
    pub(crate) rest: Rest,
    pub(crate) received: &'a Received,
    pub(crate) message: &'a Value,
}

/// Handles a button. A message that is not ours, or has no line in it, may say anything: nothing is done.
pub(crate) async fn pressed(app: &Arc<App>, rest: Rest, received: &Received, id: &str, message: &Value) {
    let press = Press { app, rest, received, message };
    let is_ours = press.is_ours();
    if let Some((button, name)) = action::of_incident(id).filter(|_| is_ours) {
        return incident::pressed(press, button, name).await;
    }
    if let Some((button, name)) = action::of_confirm(id).filter(|_| is_ours) {
        return incident::confirmed(press, button, name).await;
    }
    let known = [action::AGAIN, action::EVIDENCE, action::COMMANDS, action::WATCH, action::FIX].contains(&id);
    let line = (known && is_ours).then(|| render::line_of(message)).flatten();
    let line = if id == action::FIX { line.as_deref().and_then(fix_line) } else { line };
    let Some(line) = line else {
        app.metrics.took(received.kind(), "foreign");
        press.claim(Respond::Silently).await;
        return;
    };
    let asked = match read(app, received, Ask::Line(line.clone())) {
        Read::Now(reply, outcome) if is_refusal(&reply) => return press.refuse(&reply, outcome).await,
        Read::Now(reply, _) => Asked::Answered(reply),
        Read::Soon(accepted, seat) => Asked::Open { accepted, seat },
    };
    match id {
        action::AGAIN => press.again(asked).await,
        action::EVIDENCE => evidence::evidence(press, asked, &line).await,
        action::COMMANDS => press.commands(asked).await,
        action::FIX => press.fix(asked).await,
        _ => watch::watch(press, asked, line).await,
    }
}

/// Handles a dialog that was filled in. Of one that is not ours, or was opened from a message that is not, nothing is taken:
/// Discord tells them that it came to nothing.
pub(crate) async fn submitted(
    app: &Arc<App>,
    rest: Rest,
    received: &Received,
    (id, typed): (&str, Option<&Typed>),
    message: &Value,
) {
    let press = Press { app, rest, received, message };
    match (action::of_dialog(id).filter(|_| press.is_ours()), typed) {
        (Some((form, name)), Some(typed)) => incident::submitted(press, form.button, name, typed).await,
        _ => app.metrics.took(received.kind(), "foreign"),
    }
}

/// A question that may be asked.
pub(crate) enum Asked {
    Answered(Reply),
    Open {
        accepted: Accepted,
        #[expect(dead_code, reason = "held until the answer is shown")]
        seat: Seat,
    },
}

impl Asked {
    /// Whether only the asker is to see the answer.
    pub(crate) fn is_for_the_asker(&self) -> bool {
        match self {
            Asked::Answered(reply) => is_for_the_asker(reply),
            Asked::Open { accepted, .. } => accepted.audience == Audience::Asker,
        }
    }

    /// The answer; `None` when podwhy was stopped meanwhile.
    pub(crate) async fn answer(&self, press: &Press<'_>) -> Option<Reply> {
        match self {
            Asked::Answered(reply) => Some(reply.clone()),
            Asked::Open { accepted, .. } => press.app.answer(accepted, press.received.id).await,
        }
    }

    /// What is said when podwhy was stopped before there was an answer.
    pub(crate) fn interrupted(&self) -> Reply {
        let (lang, line) = match self {
            Asked::Answered(reply) => (reply.lang, reply.line.clone()),
            Asked::Open { accepted, .. } => (accepted.lang, accepted.line.clone()),
        };
        refusal(words::INTERRUPTED.of(lang), lang, line)
    }
}

impl Press<'_> {
    fn is_ours(&self) -> bool {
        let bot = self.app.me.get().map(|me| me.bot);
        posted::is_of(self.message, self.received.token.application, bot)
    }

    pub(crate) async fn claim(&self, respond: Respond) -> bool {
        self.app.claim(&self.rest, self.received, &respond).await
    }

    /// Claims it with something that only the one who pressed sees; counted as this.
    pub(crate) async fn refuse(&self, reply: &Reply, outcome: &'static str) {
        let message = render::message(reply, State::Answer);
        if self.claim(Respond::Now { message, ephemeral: true }).await {
            self.app.metrics.took(self.received.kind(), outcome);
        }
    }

    /// The message that answers the claim: the one with the button after [`Respond::Silently`].
    pub(crate) fn original(&self, ephemeral: bool) -> Original {
        Original::new(self.rest.clone(), self.received, ephemeral, self.app.metrics.clone())
    }

    pub(crate) fn answered(&self) {
        self.app.metrics.took(self.received.kind(), "answered");
    }

    /// Puts a new answer where the old one is. A message that is watched stays so. Where the answer is no longer for all
    /// while the message is, the one who pressed gets it alone.
    async fn again(self, asked: Asked) {
        let apart = asked.is_for_the_asker() && !posted::is_ephemeral(self.message);
        if apart {
            return self.alone(asked, |reply| render::message(reply, State::Answer)).await;
        }
        let state = match render::state_of(self.message) {
            Some(Marked::Watching { since }) => State::Watching { since },
            _ => State::Answer,
        };
        if let Asked::Answered(reply) = asked {
            if self.claim(Respond::Replace(render::message(&reply, state))).await {
                self.answered();
            }
            return;
        }
        if !self.claim(Respond::Silently).await {
            return;
        }
        let original = self.original(posted::is_ephemeral(self.message));
        let Some(reply) = asked.answer(&self).await else { return };
        self.answered();
        let refused = is_refusal(&reply);
        let message = render::message(&reply, if refused { State::Answer } else { state });
        if refused {
            return original.follow(&message, true, None).await;
        }
        let file = attach::cut_off(&reply, &message);
        original.finish(&message, file.as_ref(), reply.lang, false).await;
    }

    /// The offers are messages of their own, for everyone; what came of asking is for the one who did.
    async fn fix(self, asked: Asked) {
        self.alone(asked, |reply| render::message(reply, State::Answer)).await;
    }

    async fn commands(self, asked: Asked) {
        self.alone(asked, |reply| {
            if is_refusal(reply) { render::message(reply, State::Answer) } else { render::commands(reply) }
        })
        .await;
    }

    /// Answers the one who pressed, and nobody else.
    pub(crate) async fn alone(self, asked: Asked, shown: impl Fn(&Reply) -> render::Message) {
        if !self.claim(Respond::Deferred { ephemeral: true }).await {
            return;
        }
        let original = self.original(true);
        let reply = asked.answer(&self).await.unwrap_or_else(|| asked.interrupted());
        self.answered();
        let message = shown(&reply);
        let file = attach::cut_off(&reply, &message);
        original.finish(&message, file.as_ref(), reply.lang, false).await;
    }
}
