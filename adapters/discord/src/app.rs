//! What every handler shares, and the answer to a question.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use futures::FutureExt;
use podwhy_flow::chat::{Accepted, Audience, Content, Reply};
use podwhy_flow::words;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tracing::error;

use crate::body::refusal;
use crate::id::Id;
use crate::life::Life;
use crate::metrics::Metrics;
use crate::options::{Options, Ports, Timeouts};
use crate::received::Received;
use crate::rest::Rest;
use crate::watch::Watches;

/// The bot as Discord knows it.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    pub(crate) application: Id,
    pub(crate) bot: Id,
    /// The servers it is in.
    pub(crate) guilds: Vec<Id>,
}

/// More questions than anybody asks; tokio's semaphores have an end.
const MOST: usize = 1 << 20;

/// What every handler shares.
pub(crate) struct App {
    pub(crate) guilds: Vec<Id>,
    pub(crate) channels: Vec<Id>,
    pub(crate) command: String,
    pub(crate) timeouts: Timeouts,
    pub(crate) ports: Ports,
    pub(crate) rest: Rest,
    pub(crate) metrics: Metrics,
    pub(crate) life: Life,
    pub(crate) watches: Watches,
    pub(crate) me: OnceLock<Me>,
    greeted: Notify,
    seats: Arc<Semaphore>,
    seated: u32,
    working: Semaphore,
}

/// A place among the questions that are answered or wait; given back when dropped.
pub(crate) struct Seat(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl App {
    /// `guilds` and `channels` are those of the options, read.
    pub(crate) fn new(options: &Options, ports: Ports, rest: Rest, ids: (Vec<Id>, Vec<Id>)) -> App {
        let parallel = options.parallel.clamp(1, MOST);
        let seated = parallel + options.waiting.min(MOST);
        App {
            guilds: ids.0,
            channels: ids.1,
            command: options.command.clone(),
            timeouts: options.timeouts.clone(),
            metrics: ports.metrics.clone(),
            watches: Watches::new(options.watches, ports.metrics.clone()),
            ports,
            rest,
            life: Life::default(),
            me: OnceLock::new(),
            greeted: Notify::new(),
            seats: Arc::new(Semaphore::new(seated)),
            seated: u32::try_from(seated).unwrap_or(u32::MAX),
            working: Semaphore::new(parallel),
        }
    }

    /// Discord has said who the bot is.
    pub(crate) fn known_as(&self, me: Me) {
        // it says the same at every connection
        drop(self.me.set(me));
        self.greeted.notify_one();
    }

    /// Waits until it has. For one caller.
    pub(crate) async fn greeted(&self) -> Me {
        loop {
            if let Some(me) = self.me.get() {
                return me.clone();
            }
            self.greeted.notified().await;
        }
    }

    /// Whether it answers where this comes from.
    pub(crate) fn answers_in(&self, received: &Received) -> bool {
        let listed =
            received.guild.is_none_or(|guild| self.guilds.is_empty() || self.guilds.contains(&guild));
        listed && !received.among_others
    }

    /// A place for one more question; `None` when there are too many.
    pub(crate) fn seat(&self) -> Option<Seat> {
        Arc::clone(&self.seats).try_acquire_owned().ok().map(Seat)
    }

    /// Waits until no question is left.
    pub(crate) async fn all_answered(&self) {
        // an error would be a closed semaphore, which nobody closes
        drop(self.seats.acquire_many(self.seated).await);
    }

    /// Answers, whatever happens, in `timeouts.answer` from now; `id` is what a fault is logged under. `None` when podwhy
    /// was stopped meanwhile.
    pub(crate) async fn answer(&self, accepted: &Accepted, id: Id) -> Option<Reply> {
        let until = Instant::now() + self.timeouts.answer;
        tokio::select! {
            () = self.life.over() => None,
            reply = self.answer_until(accepted, id, until) => Some(reply),
        }
    }

    async fn answer_until(&self, accepted: &Accepted, id: Id, until: Instant) -> Reply {
        let Ok(_working) = timeout_at(until, self.working.acquire()).await else {
            return refusal(words::BUSY.of(accepted.lang), accepted.lang, accepted.line.clone());
        };
        let answering = AssertUnwindSafe(self.ports.answering.answer(accepted)).catch_unwind();
        let why = match timeout_at(until, answering).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(_panic)) => "panicked",
            Err(_elapsed) => "took too long",
        };
        error!(%id, "answering a question of Discord's {why}");
        Reply {
            lang: accepted.lang,
            audience: Audience::Asker,
            content: Content::Fault(id.to_string()),
            line: accepted.line.clone(),
            fix: false,
        }
    }
}
