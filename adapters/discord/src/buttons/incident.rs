//! A button below an incident: done by whoever keeps incidents, and told to the one who pressed.

use podwhy_flow::incident::Button;
use podwhy_flow::ports::{Click, Said};
use podwhy_flow::words;
use tokio::time::timeout;
use tracing::warn;

use super::Press;
use crate::body::refusal;
use crate::claim::Respond;
use crate::render;
use crate::rest::File;

/// The same guards as for every other button, and then the click is handed on; what comes of it is for the eyes of the one
/// who pressed.
pub(super) async fn incident(press: Press<'_>, button: Button, name: &str) {
    let (app, received) = (press.app, press.received);
    let channel = received.parent.unwrap_or(received.channel);
    let is_configured =
        app.answers_in(received) && received.guild.is_some() && app.channels.contains(&channel);
    if !is_configured {
        return told_at_once(&press, words::NOT_CONFIGURED_HERE, "elsewhere").await;
    }
    let Some(incidents) = &app.ports.incidents else {
        return told_at_once(&press, words::NO_INCIDENTS_HERE, "no-incidents").await;
    };
    if !press.claim(Respond::Deferred { ephemeral: true }).await {
        return;
    }
    let click = Click {
        button,
        incident: name.to_string(),
        asker: received.asker(),
        shown_name: received.name.clone(),
        typed: None,
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
