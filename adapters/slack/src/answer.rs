//! What becomes of what was taken in: claimed, read, answered, shown.
//!
//! - `ask`: the flow is asked, and its faults are caught.
//! - `show`, `by_url`: to everyone, to one person, by a response URL.
//! - `groups`: in which user groups a person is.
//! - `question`, `click`, `watch`, `home`, `incident`, `dialog`: one file for each thing that is asked.

mod ask;
mod by_url;
mod click;
mod dialog;
mod groups;
mod home;
mod incident;
mod question;
mod show;
pub(crate) mod watch;

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use podwhy_flow::chat::Answering;
use podwhy_flow::chat::desk::fault_id;
use podwhy_flow::ports::{ClaimError, Claims, IncidentClicks};
use podwhy_flow::words;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::redact;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tracing::error;

use crate::front::{Queued, Seat};
use crate::identity::Identity;
use crate::inbound::Taken;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::render;
use crate::stop::Stop;
pub(crate) use groups::UserGroups;
pub(crate) use home::Homes;
use podwhy_flow::ports::Clock;
use show::message_of;
pub(crate) use watch::Watches;

/// Nobody waits for a claim for longer.
const CLAIMING: Duration = Duration::from_secs(10);

/// What answering needs.
pub(crate) struct Work {
    pub(crate) answering: Arc<dyn Answering>,
    pub(crate) claims: Arc<dyn Claims>,
    pub(crate) incidents: Option<Arc<dyn IncidentClicks>>,
    /// Ids of the channels that are configured.
    pub(crate) channels: BTreeSet<String>,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) own: Identity,
    pub(crate) clock: Clock,
    /// Of the little that is said before a question was read.
    pub(crate) lang: Lang,
    /// How long one answer may take.
    pub(crate) patience: Duration,
    pub(crate) metrics: Metrics,
    /// As many are asked of the clusters at once.
    pub(crate) seats: Semaphore,
    pub(crate) watches: Watches,
    pub(crate) homes: Homes,
    pub(crate) groups: UserGroups,
    pub(crate) stop: Stop,
}

/// Answers what is queued, each on its own. When it is over, what was taken in already is still answered.
pub(crate) async fn answer_all(work: Arc<Work>, mut queue: mpsc::Receiver<Queued>, mut stop: Stop) {
    let mut running = JoinSet::new();
    let mut is_open = true;
    loop {
        let queued = tokio::select! {
            biased;
            () = stop.stopped(), if is_open => {
                queue.close();
                is_open = false;
                continue;
            }
            queued = queue.recv() => queued,
        };
        let Some(queued) = queued else { break };
        while running.try_join_next().is_some() {}
        running.spawn(work.clone().handle(queued));
    }
    while running.join_next().await.is_some() {}
}

impl Work {
    /// Handles one; a fault in it is told and ends nothing else.
    async fn handle(self: Arc<Self>, queued: Queued) {
        let Queued { taken, since, is_refused, seat } = queued;
        let place = taken.place().cloned();
        let handled = AssertUnwindSafe(self.one(taken, is_refused, &seat)).catch_unwind().await;
        let outcome = match handled {
            Ok(outcome) => outcome,
            Err(_) => {
                if let Some(place) = place {
                    let fault = self.fault("the handling of a question panicked", self.lang, None);
                    self.whisper(&place, &message_of(&fault)).await;
                }
                "panicked"
            }
        };
        self.metrics.question(outcome);
        if outcome == "answered" {
            self.metrics.answered(since.elapsed());
        }
    }

    async fn one(self: &Arc<Self>, mut taken: Taken, is_refused: bool, _seat: &Seat) -> &'static str {
        match self.claimed(&taken).await {
            Ok(true) => {}
            Ok(false) => return "duplicate",
            Err(outcome) => return outcome,
        }
        if is_refused {
            if let Some(place) = taken.place() {
                self.whisper(place, &render::note(words::BUSY.of(self.lang))).await;
            }
            return "busy";
        }
        if let Some(asker) = taken.asker_mut() {
            asker.groups = self.groups.of(&asker.person, &self.outbound).await;
        }
        match taken {
            Taken::Question(asked) => self.question(&asked).await,
            Taken::Click(click) => self.click(click).await,
            Taken::Incident(pressed) => self.incident(&pressed).await,
            Taken::Dialog(dialog) => self.dialog(&dialog).await,
            Taken::Home(asker) => self.home(&asker).await,
        }
    }

    /// Whether this replica is the one to answer, and this delivery the first.
    async fn claimed(&self, taken: &Taken) -> Result<bool, &'static str> {
        let Some(key) = taken.key() else { return Ok(true) };
        match self.claim(key).await {
            Ok(first) => Ok(first),
            Err(why) => {
                let id = fault_id();
                error!(id, why = redact(&why.to_string()), "a question was not claimed and is not answered");
                if let Some(place) = taken.place() {
                    let text = format!("{} {id}", words::FAULT.of(self.lang));
                    self.whisper(place, &render::note(&text)).await;
                }
                Err("unclaimed")
            }
        }
    }

    async fn claim(&self, key: &str) -> Result<bool, ClaimError> {
        let late = |_| Err(ClaimError("no answer in time".to_string()));
        tokio::time::timeout(CLAIMING, self.claims.claim(key)).await.unwrap_or_else(late)
    }
}

#[cfg(test)]
mod tests;
