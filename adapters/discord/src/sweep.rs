//! At the start: what an earlier process, or another replica that died, left unfinished in the configured channels and their
//! threads.
//!
//! A message that still says "looking at…" after longer than any answer takes is marked as interrupted, with a button to ask
//! again; one that was watched is taken up again, by one replica. What is younger may be another replica's, and is looked at
//! again later. Messages for one person's eyes, and direct messages, cannot be found: Discord itself ends a "thinking…"
//! after 15 minutes.

mod places;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::ask::command::Command;
use podwhy_flow::chat::{Ask, Asker, Intake, Platform, Question};
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use serde_json::Value;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use places::{Place, places};

use crate::app::{App, Me};
use crate::body::{self, refusal};
use crate::id::Id;
use crate::posted;
use crate::render::{self, Marked, State};
use crate::rest::{Call, To};
use crate::watch::{Begun, Keeper, Watch, claim_key, is_stale};

/// The messages of a channel that are read: the last ones. <https://discord.com/developers/docs/resources/message#get-channel-messages>
const LAST: usize = 50;

/// How often the channels are looked through, at most: young messages of a living replica stay young.
const ROUNDS: usize = 6;

/// Between two rounds.
const BETWEEN: Duration = Duration::from_secs(45);

/// Beyond the time for an answer: for showing it.
const SLACK: Duration = Duration::from_secs(30);

/// How long it is tried to read or mark one.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks through the channels, and again while there is something that may yet be left.
pub(crate) async fn sweep(app: &Arc<App>, me: &Me) {
    for _ in 0..ROUNDS {
        let mut young = false;
        for place in places(app, me).await {
            young |= look_through(app, me, &place).await;
        }
        if !young {
            return;
        }
        tokio::select! {
            () = app.life.ending() => return,
            () = sleep(BETWEEN) => {}
        }
    }
}

/// Whether something may yet be left.
async fn look_through(app: &Arc<App>, me: &Me, place: &Place) -> bool {
    let read = Call::get(To::Messages { channel: place.channel }).query("limit", LAST);
    let messages = match app.rest.repeated(&read, Instant::now() + PATIENCE).await {
        Ok(messages) => messages,
        Err(fail) => {
            let channel = place.channel;
            info!(%channel, %fail, "what an earlier process left in this channel is not finished: is the bot in it?");
            return false;
        }
    };
    let mut young = false;
    for message in messages.as_array().into_iter().flatten() {
        if posted::is_of(message, me.application, Some(me.bot)) {
            young |= finish(app, place, message).await;
        }
    }
    young
}

/// Finishes a message of ours; whether it may be another's, still at work on it.
async fn finish(app: &Arc<App>, place: &Place, message: &Value) -> bool {
    let loading = posted::is_loading(message).then_some(Marked::Looking);
    let now = app.ports.clock.now();
    match render::state_of(message).or(loading) {
        Some(Marked::Looking) if is_old(app, message, now) => {
            interrupted(app, place, message).await;
            false
        }
        Some(Marked::Watching { since }) if is_stale(message, now) => {
            take_up(app, place, message, since).await;
            false
        }
        Some(Marked::Looking | Marked::Watching { .. }) => true,
        Some(Marked::Done) | None => false,
    }
}

fn is_old(app: &App, message: &Value, now: Timestamp) -> bool {
    let longest = SignedDuration::try_from(app.timeouts.answer + SLACK).unwrap_or(SignedDuration::MAX);
    posted::written_at(message).is_some_and(|at| now.duration_since(at) > longest)
}

async fn interrupted(app: &App, place: &Place, message: &Value) {
    let lang = lang(app, &asker(place, message));
    let reply = refusal(words::INTERRUPTED.of(lang), lang, render::line_of(message));
    if write(app, place, message, &render::message(&reply, State::Interrupted)).await {
        app.metrics.interrupted();
    }
}

async fn take_up(app: &Arc<App>, place: &Place, message: &Value, since: Timestamp) {
    let asker = asker(place, message);
    let (Some(id), Some(line), Some(asker)) = (Id::of(&message["id"]), render::line_of(message), asker)
    else {
        return ended(app, place, message).await;
    };
    let Begun::Slot(slot) = app.watches.begin(id) else { return };
    match app.ports.claims.claim(&claim_key(place.channel, id, message)).await {
        Ok(true) => {
            let watch = Watch { channel: place.channel, message: id, asker, line, since };
            let keeper = Keeper::new(Arc::clone(app), watch);
            tokio::spawn(keeper.keep(slot));
        }
        Ok(false) => {}
        Err(error) => warn!(message = %id, %error, "a message is not watched again"),
    }
}

/// A watch that nobody can be asked for any more.
async fn ended(app: &App, place: &Place, message: &Value) {
    let lang = lang(app, &None);
    let note = words::WATCH_ENDED.of(lang).to_string();
    let reply = refusal(&note, lang, render::line_of(message));
    write(app, place, message, &render::message(&reply, State::Over { note })).await;
}

async fn write(app: &App, place: &Place, old: &Value, new: &render::Message) -> bool {
    let Some(message) = Id::of(&old["id"]) else { return false };
    let edit = Call::patch(To::Message { channel: place.channel, message }, body::edit(new, false, None));
    let written = app.rest.repeated(&edit, Instant::now() + PATIENCE).await;
    written.inspect_err(|fail| warn!(%message, %fail, "a message could not be finished")).is_ok()
}

fn asker(place: &Place, message: &Value) -> Option<Asker> {
    let person = posted::asked_by(message)?.to_string();
    Some(Asker {
        platform: Platform::Discord,
        channel: Some(place.parent.to_string()),
        person,
        groups: Vec::new(),
    })
}

/// The language of a place: that in which help would be given.
fn lang(app: &App, asker: &Option<Asker>) -> Lang {
    let Some(asker) = asker.clone() else { return Lang::default() };
    match app.ports.answering.intake(&Question { asker, ask: Ask::Command(Command::Help), thread: None }) {
        Intake::Now(reply) => reply.lang,
        Intake::Soon(accepted) => accepted.lang,
    }
}
