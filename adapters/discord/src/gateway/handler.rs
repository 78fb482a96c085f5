//! What is done with the gateway's events: interactions are read and handled in the bot's own runtime.

use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use serenity::all::{Context, Event, Interaction, RawEventHandler};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tracing::warn;

use crate::app::{App, Me};
use crate::id::Id;
use crate::question;
use crate::received::Received;

/// When something was last heard.
#[derive(Clone)]
pub(crate) struct Heard(Arc<Mutex<Instant>>);

impl Heard {
    pub(crate) fn now() -> Heard {
        Heard(Arc::new(Mutex::new(Instant::now())))
    }

    pub(crate) fn again(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    pub(crate) fn at(&self) -> Instant {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// serenity calls it in a task of its own for each event: a panic ends that task alone.
pub(crate) struct Handler {
    pub(crate) app: Arc<App>,
    pub(crate) heard: Heard,
    /// The bot's own runtime; serenity's ends with the session.
    pub(crate) bot: Handle,
}

#[serenity::async_trait]
impl RawEventHandler for Handler {
    async fn raw_event(&self, _: Context, event: Event) {
        self.heard.again();
        let arrived = Instant::now();
        match event {
            Event::Ready(ready) => {
                let me = Me {
                    application: Id::from(ready.ready.application.id.get()),
                    bot: Id::from(ready.ready.user.id.get()),
                    guilds: ready.ready.guilds.iter().map(|guild| Id::from(guild.id.get())).collect(),
                };
                self.app.known_as(me);
            }
            Event::InteractionCreate(event) => self.take(raw(&event.interaction), arrived),
            // what serenity cannot read, as it came
            Event::Unknown(event) if event.kind == "INTERACTION_CREATE" => self.take(event.value, arrived),
            _ => {}
        }
    }
}

impl Handler {
    fn take(&self, raw: Value, arrived: Instant) {
        // another replica is there for it, or the next start
        if self.app.life.is_ending() {
            return;
        }
        match Received::read(&raw, arrived) {
            Some(received) => drop(self.bot.spawn(question::handle(Arc::clone(&self.app), received))),
            None => warn!("an interaction that lacks what every interaction has was left alone"),
        }
    }
}

/// As JSON again; serenity leaves out which kind it is.
fn raw(interaction: &Interaction) -> Value {
    let mut raw = serde_json::to_value(interaction).unwrap_or_default();
    if raw.is_object() {
        raw["type"] = json!(u8::from(interaction.kind()));
    }
    raw
}
