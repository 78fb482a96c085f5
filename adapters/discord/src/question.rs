//! From what someone did to what they see.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::join;
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Accepted, Ask, Audience, Content, Intake, Question, Reply};
use podwhy_flow::words;
use tracing::error;

use crate::app::{App, Seat};
use crate::asked;
use crate::attach;
use crate::body::{is_refusal, refusal};
use crate::buttons;
use crate::claim::Respond;
use crate::complete;
use crate::original::Original;
use crate::received::{Received, What};
use crate::render::{self, State};
use crate::rest::Rest;

/// Handles an interaction, whatever happens in it.
pub(crate) async fn handle(app: Arc<App>, received: Received) {
    let (kind, id) = (received.kind(), received.id);
    let handled = AssertUnwindSafe(dispatch(&app, received)).catch_unwind().await;
    if handled.is_err() {
        app.metrics.took(kind, "panicked");
        error!(kind, %id, "handling what someone did in Discord panicked");
    }
}

async fn dispatch(app: &Arc<App>, received: Received) {
    let rest = app.rest.of_interaction();
    match &received.what {
        What::Slash { command, sub, options } => {
            // a command of another name was registered by an earlier podwhy: what there is now is shown
            let ask = asked::ask(if *command == app.command { sub } else { "help" }, options);
            asked_for(app, rest, &received, ask).await;
        }
        What::OnMessage { text } => asked_for(app, rest, &received, Ask::Message(text.clone())).await,
        What::Typing { options, focused } => complete::complete(app, rest, &received, options, focused).await,
        What::Button { id, message } => buttons::pressed(app, rest, &received, id, message).await,
        What::Dialog { id, typed, message } => {
            buttons::submitted(app, rest, &received, (id, typed.as_ref()), message).await;
        }
        What::Other => app.metrics.took(received.kind(), "foreign"),
    }
}

/// A question that was read, or the reply that says why not.
pub(crate) enum Read {
    /// To be shown at once; counted as this.
    Now(Reply, &'static str),
    /// To be answered.
    Soon(Accepted, Seat),
}

/// Reads a question by whoever did this. Makes no request.
pub(crate) fn read(app: &App, received: &Received, ask: Ask) -> Read {
    if !app.answers_in(received) {
        let why = words::NOT_CONFIGURED_HERE.of(received.lang);
        return Read::Now(refusal(why, received.lang, None), "elsewhere");
    }
    // a thread has the id of the message it hangs on
    let thread = received.parent.map(|_| received.channel.to_string());
    match app.ports.answering.intake(&Question { asker: received.asker(), ask, thread }) {
        Intake::Now(reply) => Read::Now(reply, "now"),
        Intake::Soon(accepted) => match app.seat() {
            Some(seat) => Read::Soon(accepted, seat),
            None => Read::Now(refusal(words::BUSY.of(accepted.lang), accepted.lang, accepted.line), "busy"),
        },
    }
}

/// Whether only the asker is to see what was answered at once: what is of no use to the others.
pub(crate) fn is_for_the_asker(reply: &Reply) -> bool {
    let help = matches!(reply.content, Content::Answer(Answer::Help));
    reply.audience == Audience::Asker || is_refusal(reply) || help
}

async fn asked_for(app: &Arc<App>, rest: Rest, received: &Received, ask: Ask) {
    let (accepted, _seat) = match read(app, received, ask) {
        Read::Now(reply, outcome) => {
            let ephemeral = is_for_the_asker(&reply);
            let message = render::message(&reply, State::Answer);
            if app.claim(&rest, received, &Respond::Now { message, ephemeral }).await {
                app.metrics.took(received.kind(), outcome);
            }
            return;
        }
        Read::Soon(accepted, seat) => (accepted, seat),
    };
    let ephemeral = accepted.audience == Audience::Asker;
    if !app.claim(&rest, received, &Respond::Deferred { ephemeral }).await {
        return;
    }
    let original = Original::new(rest, received, ephemeral, app.metrics.clone());
    let looking = render::looking(&accepted.looking(), accepted.line.as_deref());
    let (may_be_late, reply) = join(original.looking(&looking), app.answer(&accepted, received.id)).await;
    match reply {
        // found only by asking, as a name that does not exist: for the one who asked alone
        Some(reply) if matches!(reply.content, Content::Refused { .. }) && !ephemeral => {
            app.metrics.took(received.kind(), "refused");
            original.whisper(&render::message(&reply, State::Answer), reply.lang).await;
        }
        Some(reply) => {
            app.metrics.took(received.kind(), "answered");
            let message = render::message(&reply, State::Answer);
            let file = attach::cut_off(&reply, &message);
            original.finish(&message, file.as_ref(), reply.lang, may_be_late).await;
        }
        None => interrupted(&original, accepted).await,
    }
}

/// Says that podwhy was stopped.
async fn interrupted(original: &Original, accepted: Accepted) {
    let lang = accepted.lang;
    let reply = refusal(words::INTERRUPTED.of(lang), lang, accepted.line);
    original.finish(&render::message(&reply, State::Interrupted), None, lang, false).await;
}
