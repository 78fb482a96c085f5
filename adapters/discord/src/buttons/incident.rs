//! A button below an incident: done by whoever keeps incidents, and told to the one who pressed.
//!
//! What acts is not done at the first press: one button asks once more, another opens a dialog. Both
//! questions are the acknowledgement itself, so that nothing is done by one who did not read them.

use std::sync::Arc;

use podwhy_flow::incident::{Button, Typed};
use podwhy_flow::ports::{Click, IncidentClicks, Said};
use podwhy_flow::words;
use tokio::time::timeout;
use tracing::warn;

use super::Press;
use crate::body::refusal;
use crate::claim::Respond;
use crate::render::{self, action};
use crate::rest::File;

/// The button of a card.
pub(super) async fn pressed(press: Press<'_>, button: Button, name: &str) {
    let Some(incidents) = allowed(&press).await else { return };
    let lang = press.received.lang;
    let question = if action::is_asked_again(button) {
        Respond::Now { message: render::confirm(button, name, press.message, lang), ephemeral: true }
    } else if let Some(form) = button.form() {
        Respond::Dialog(render::dialog(form, name, lang))
    } else {
        return alone(&press, incidents, button, name, &Typed::default()).await;
    };
    if press.claim(question).await {
        press.app.metrics.took(press.received.kind(), "asked-again");
    }
}

/// The button of what was asked once more: what comes of it stands in the place of the question. That keeps its button until
/// then: where the acknowledgement got lost, it can be pressed again.
pub(super) async fn confirmed(press: Press<'_>, button: Button, name: &str) {
    let Some(incidents) = allowed(&press).await else { return };
    if press.claim(Respond::Silently).await {
        done(&press, incidents, button, name, &Typed::default()).await;
    }
}

/// A button's dialog was filled in.
pub(super) async fn submitted(press: Press<'_>, button: Button, name: &str, typed: &Typed) {
    let Some(incidents) = allowed(&press).await else { return };
    alone(&press, incidents, button, name, typed).await;
}

/// The same guards as for every other button; `None` where it was said why not.
async fn allowed<'a>(press: &Press<'a>) -> Option<&'a Arc<dyn IncidentClicks>> {
    let (app, received) = (press.app, press.received);
    let channel = received.parent.unwrap_or(received.channel);
    let is_configured =
        app.answers_in(received) && received.guild.is_some() && app.channels.contains(&channel);
    if !is_configured {
        told_at_once(press, words::NOT_CONFIGURED_HERE, "elsewhere").await;
        return None;
    }
    if app.ports.incidents.is_none() {
        told_at_once(press, words::NO_INCIDENTS_HERE, "no-incidents").await;
    }
    app.ports.incidents.as_ref()
}

/// For the eyes of the one who did it, in a message of its own.
async fn alone(
    press: &Press<'_>,
    incidents: &Arc<dyn IncidentClicks>,
    button: Button,
    name: &str,
    typed: &Typed,
) {
    if press.claim(Respond::Deferred { ephemeral: true }).await {
        done(press, incidents, button, name, typed).await;
    }
}

/// Hands the click on, and tells what comes of it where the claim's message is: only the one who did it sees that.
async fn done(
    press: &Press<'_>,
    incidents: &Arc<dyn IncidentClicks>,
    button: Button,
    name: &str,
    typed: &Typed,
) {
    let (app, received) = (press.app, press.received);
    let click = Click {
        button,
        incident: name.to_string(),
        asker: received.asker(),
        shown_name: received.name.clone(),
        typed: typed.name.clone(),
        attests: typed.attests.clone(),
    };
    let patience = app.timeouts.answer;
    let (told, outcome) = match timeout(patience, incidents.clicked(click)).await {
        Ok(Ok(told)) => (told, "answered"),
        Ok(Err(why)) => (Said::from(why), "refused"),
        Err(_) => {
            warn!(button = button.as_str(), incident = name, "a button of an incident took too long");
            (Said::from(words::too_late(patience, received.lang)), "too-late")
        }
    };
    app.metrics.took(received.kind(), outcome);
    let file = told.file.map(|file| File { name: file.name, text: file.text });
    press.original(true).finish(&render::note(&told.text), file.as_ref(), received.lang, false).await;
}

async fn told_at_once(press: &Press<'_>, why: words::Words, outcome: &'static str) {
    let lang = press.received.lang;
    press.refuse(&refusal(why.of(lang), lang, None), outcome).await;
}
