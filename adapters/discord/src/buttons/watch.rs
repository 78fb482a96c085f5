//! "Watch until well": begins it.

use std::sync::Arc;

use podwhy_flow::chat::Reply;
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::Value;
use tracing::warn;

use super::{Asked, Press};
use crate::body::refusal;
use crate::claim::Respond;
use crate::id::Id;
use crate::posted;
use crate::render::{self, Marked, State};
use crate::rest::Fail;
use crate::watch::{Began, Begun, Keeper, Watch, claim_key, is_stale};

/// Begins to watch, where nobody does yet. A message that only one person sees cannot be found by its id: they are answered
/// anew.
pub(crate) async fn watch(press: Press<'_>, asked: Asked, line: String) {
    if asked.is_for_the_asker() || posted::is_ephemeral(press.message) {
        return press.alone(asked, |reply| render::message(reply, State::Answer)).await;
    }
    let now = press.app.ports.clock.now();
    let since = match render::state_of(press.message) {
        // someone does, or the click came twice
        Some(Marked::Watching { .. }) if !is_stale(press.message, now) => return nothing(&press).await,
        Some(Marked::Watching { since }) => since,
        _ => now,
    };
    let Some(message) = Id::of(&press.message["id"]) else { return nothing(&press).await };
    let lang = lang(&asked);
    let slot = match press.app.watches.begin(message) {
        Begun::Slot(slot) => slot,
        Begun::Already => return nothing(&press).await,
        Begun::Full => return press.refuse(&refusal(words::BUSY.of(lang), lang, None), "busy").await,
    };
    if !press.claim(Respond::Silently).await || !claimed(&press, message, press.message, lang).await {
        return;
    }
    press.answered();
    let watch =
        Watch { channel: press.received.channel, message, asker: press.received.asker(), line, since };
    let mut keeper = Keeper::new(Arc::clone(press.app), watch);
    let began = match asked.answer(&press).await {
        Some(reply) => keeper.begin(reply).await,
        None => return,
    };
    // the question is answered: what follows takes no place among those that wait
    drop(asked);
    match began {
        Ok(Began::Goes) => keeper.keep(slot).await,
        Ok(Began::Not(reply)) => follow(&press, &reply).await,
        Err(fail) => follow(&press, &refusal(&why_not(&fail, press.received.id, lang), lang, None)).await,
    }
}

async fn nothing(press: &Press<'_>) {
    press.claim(Respond::Silently).await;
}

async fn follow(press: &Press<'_>, reply: &Reply) {
    press.original(true).follow(&render::message(reply, State::Answer), true, None).await;
}

fn lang(asked: &Asked) -> Lang {
    match asked {
        Asked::Answered(reply) => reply.lang,
        Asked::Open { accepted, .. } => accepted.lang,
    }
}

/// Whether it is ours among the replicas: two people may press at once, on the same text.
async fn claimed(press: &Press<'_>, id: Id, message: &Value, lang: Lang) -> bool {
    match press.app.ports.claims.claim(&claim_key(press.received.channel, id, message)).await {
        Ok(ours) => ours,
        Err(error) => {
            warn!(id = %press.received.id, %error, "a message is not watched");
            let fault = format!("{} {}", words::FAULT.of(lang), press.received.id);
            follow(press, &refusal(&fault, lang, None)).await;
            false
        }
    }
}

fn why_not(fail: &Fail, id: Id, lang: Lang) -> String {
    match fail {
        Fail::Refused { status: 403 | 404, .. } => words::INVITE.of(lang).to_string(),
        _ => {
            warn!(%id, %fail, "a message is not watched");
            format!("{} {id}", words::FAULT.of(lang))
        }
    }
}
