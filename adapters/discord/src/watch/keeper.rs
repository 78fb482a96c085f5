//! Keeps one message current.

use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::chat::watching::{EVERY, Step, Watching};
use podwhy_flow::chat::{Ask, Audience, Intake, Question, Reply};
use podwhy_flow::words;
use serde_json::json;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::{Slot, TOUCH, Watch};
use crate::app::App;
use crate::body;
use crate::render::{self, State};
use crate::rest::{Call, Fail, To};

/// How long the end of a watch is tried to be shown.
const LAST_WORDS: Duration = Duration::from_secs(300);

/// Keeps one message current.
pub(crate) struct Keeper {
    app: Arc<App>,
    watch: Watch,
    watching: Watching,
    /// The last answer that said how it is.
    shown: Option<Reply>,
    /// When the message was last written; `None` where what is shown does not stand there yet.
    written: Option<Instant>,
}

/// How it began.
pub(crate) enum Began {
    /// It goes on.
    Goes,
    /// There is nothing to watch: the reply says why.
    Not(Box<Reply>),
}

impl Keeper {
    pub(crate) fn new(app: Arc<App>, watch: Watch) -> Keeper {
        let watching = Watching::new(watch.since);
        Keeper { app, watch, watching, shown: None, written: None }
    }

    /// Shows the first answer.
    ///
    /// # Errors
    /// When Discord refuses: the bot cannot see the channel, or not its own message.
    pub(crate) async fn begin(&mut self, reply: Reply) -> Result<Began, Fail> {
        if reply.is_well().is_none() {
            return Ok(Began::Not(Box::new(reply)));
        }
        // nothing can be over at the first look but what was begun before
        self.watching.step(&reply, self.app.ports.clock.now());
        self.shown = Some(reply);
        self.write().await?;
        Ok(Began::Goes)
    }

    /// Looks again and again until it is over, the message is gone, or podwhy ends.
    pub(crate) async fn keep(mut self, slot: Slot) {
        let app = Arc::clone(&self.app);
        loop {
            tokio::select! {
                () = app.life.ending() => break self.leave().await,
                () = sleep(EVERY.unsigned_abs()) => {}
            }
            match self.look().await {
                Ok(true) => {}
                Ok(false) => break,
                Err(fail) => {
                    break info!(message = %self.watch.message, %fail, "a message is no longer watched");
                }
            }
        }
        drop(slot);
    }

    /// Looks once; whether it goes on.
    async fn look(&mut self) -> Result<bool, Fail> {
        let question = Question {
            asker: self.watch.asker.clone(),
            ask: Ask::Line(self.watch.line.clone()),
            thread: None,
        };
        let accepted = match self.app.ports.answering.intake(&question) {
            Intake::Soon(accepted) if accepted.audience == Audience::Channel => accepted,
            // it may be asked no longer, or only for one person's eyes
            Intake::Soon(accepted) => {
                let why = words::WATCH_ENDED.of(accepted.lang);
                return self.gave_up(body::refusal(why, accepted.lang, accepted.line)).await;
            }
            Intake::Now(reply) => return self.gave_up(reply).await,
        };
        let Some(reply) = self.app.answer(&accepted, self.watch.message).await else { return Ok(true) };
        let now = self.app.ports.clock.now();
        match self.watching.step(&reply, now) {
            Step::Same => {
                let old = self.written.is_none_or(|at| at.elapsed() >= TOUCH);
                if old && self.shown.is_some() {
                    self.write().await?;
                }
                Ok(true)
            }
            Step::Changed => {
                self.shown = Some(reply);
                self.write().await?;
                Ok(true)
            }
            Step::Well => {
                let minutes = now.duration_since(self.watch.since).as_mins();
                let note = words::well_after(minutes, reply.lang);
                self.shown = Some(reply);
                self.over(note).await
            }
            Step::GaveUp => self.gave_up(reply).await,
        }
    }

    async fn gave_up(&mut self, reply: Reply) -> Result<bool, Fail> {
        let note = words::WATCH_ENDED.of(reply.lang).to_string();
        if reply.is_well().is_some() || self.shown.is_none() {
            self.shown = Some(reply);
        }
        self.over(note).await
    }

    /// Writes what is shown. What may succeed later is left to the next look.
    async fn write(&mut self) -> Result<(), Fail> {
        let Some(reply) = &self.shown else { return Ok(()) };
        let message = render::message(reply, State::Watching { since: self.watch.since });
        match self.app.rest.once(&self.edit(&message)).await {
            Ok(_) => self.written = Some(Instant::now()),
            Err(fail) if fail.may_heal() => self.written = None,
            Err(fail) => return Err(fail),
        }
        Ok(())
    }

    fn edit(&self, message: &render::Message) -> Call {
        let to = To::Message { channel: self.watch.channel, message: self.watch.message };
        Call::patch(to, body::edit(message, false, None))
    }

    /// Shows the last answer with why it is over, and says so below, where those are told who follow the channel.
    async fn over(&mut self, note: String) -> Result<bool, Fail> {
        let Some(reply) = &self.shown else { return Ok(false) };
        let message = render::message(reply, State::Over { note: note.clone() });
        let until = Instant::now() + LAST_WORDS;
        self.app.rest.repeated(&self.edit(&message), until).await?;
        let told = self.app.rest.repeated(&self.tell(&note), until).await;
        if let Err(fail) = told {
            warn!(message = %self.watch.message, %fail, "nobody was told that a watch is over");
        }
        Ok(false)
    }

    /// A reply to the message. Discord posts one for a nonce, however many replicas send it:
    /// <https://discord.com/developers/docs/resources/message#create-message>
    fn tell(&self, note: &str) -> Call {
        let mut body = body::new(&render::note(note), false, None);
        let message = self.watch.message;
        body["message_reference"] = json!({ "message_id": message.to_string(), "fail_if_not_exists": false });
        body["nonce"] = json!(format!("{message}{:05}", self.watch.since.as_second().rem_euclid(100_000)));
        body["enforce_nonce"] = json!(true);
        Call::post(To::Messages { channel: self.watch.channel }, body)
    }

    /// podwhy ends. A message in a channel that is looked through at the next start is left as it is; any other would say for
    /// ever that it is watched.
    async fn leave(&mut self) {
        let channel = self.watch.asker.channel.as_deref().and_then(|channel| channel.parse().ok());
        if channel.is_some_and(|channel| self.app.channels.contains(&channel)) {
            return;
        }
        let Some(reply) = &self.shown else { return };
        let note = words::WATCH_ENDED.of(reply.lang).to_string();
        let message = render::message(reply, State::Over { note });
        if let Err(fail) = self.app.rest.once(&self.edit(&message)).await {
            warn!(message = %self.watch.message, %fail, "a message still says that it is watched");
        }
    }
}
