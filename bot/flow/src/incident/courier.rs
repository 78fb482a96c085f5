//! Tells receivers outside the chats what becomes of incidents: each change at least once, in order for each incident.
//!
//! The ledger knows what a receiver was last told: it is noted once the receiver has it. So a restart neither loses a notice nor
//! sends all of them anew, and one whose answer was lost is sent again, with the same id. Only the leader sends.
//!
//! # Retry policy
//! What failed is tried again after a second, then twice as long each time up to five minutes, for as long as the incident is in
//! the ledger; each incident waits for itself. A receiver that asks to be left alone is, for all incidents, up to an hour. What it
//! refuses for good is counted, logged once and noted: the next change is sent again.
//!
//! - [`options`]: how patient it is. [`tally`]: what is counted.
//! - `desk`: what is remembered between two notices. Pure.

mod desk;
pub mod options;
pub mod tally;
#[cfg(test)]
mod tests;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use podwhy_knowledge::redact::{clean_name, redact};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

use self::desk::{Desk, Errand, Outcome};
pub use self::options::Options;
pub use self::tally::Tally;
use super::outgoing::{Notice, Receiver};
use super::record::{MOST_SENT, Sent, Status};
use super::store::Store;
use crate::ports::{Clock, Lead, Outlet, OutletError};

/// So often it asks whether it leads, and whether a mute is over.
const IDLE: Duration = Duration::from_secs(1);

/// What is under way is finished before it stops, unless it takes longer.
const FINISH: Duration = Duration::from_secs(5);

/// A receiver's own words are kept as far as this.
const WHY: usize = 200;

/// A receiver, the way to it, and what is counted of it.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Who is told of what.
    pub receiver: Receiver,
    /// The way.
    pub outlet: Arc<dyn Outlet>,
    /// The counters.
    pub tally: Arc<Tally>,
}

/// See the module.
#[derive(Debug)]
pub struct Courier {
    store: Arc<Store>,
    destinations: Vec<Destination>,
    lead: Arc<dyn Lead>,
    clock: Clock,
    options: Options,
}

type Errands<'c> = FuturesUnordered<BoxFuture<'c, (String, Outcome)>>;

impl Courier {
    /// Over the store that the keeper shows, and keeps loaded. No two destinations have one name, and there are [`MOST_SENT`] at
    /// most: those beyond are told nothing.
    pub fn new(
        store: Arc<Store>,
        mut destinations: Vec<Destination>,
        lead: Arc<dyn Lead>,
        clock: Clock,
        options: Options,
    ) -> Courier {
        destinations.truncate(MOST_SENT);
        Courier { store, destinations, lead, clock, options }
    }

    /// Keeps on until `stopped` says so; then what is under way is finished, for a few seconds at most. Wherever it is dropped
    /// instead, another run takes up where it was.
    pub async fn run(&self, stopped: watch::Receiver<bool>) {
        // a receiver that is slow delays no other
        join_all(self.destinations.iter().map(|to| self.serve(to, stopped.clone()))).await;
    }

    async fn serve(&self, to: &Destination, mut stopped: watch::Receiver<bool>) {
        let mut desk = Desk::default();
        let mut errands: Errands<'_> = FuturesUnordered::new();
        let mut changes = self.store.changes();
        let mut stop = pin!(async move { while !*stopped.borrow() && stopped.changed().await.is_ok() {} });
        loop {
            changes.mark_unchanged();
            let wake = self.begin(to, &mut desk, &mut errands);
            tokio::select! {
                () = &mut stop => break,
                Some((incident, outcome)) = errands.next(), if !errands.is_empty() => {
                    desk.end(&incident, outcome, Instant::now(), &self.options);
                }
                // the store lives as long as this does
                _ = changes.changed() => {}
                () = sleep_until(wake) => {}
            }
        }
        let _finished = timeout(FINISH, errands.for_each(|_| async {})).await;
    }

    /// Sets out with everything that is ready; when to come again at the latest.
    fn begin<'c>(&'c self, to: &'c Destination, desk: &mut Desk, errands: &mut Errands<'c>) -> Instant {
        let now = Instant::now();
        if !self.lead.leads() {
            // another may send anything meanwhile: what is remembered is worth nothing
            desk.clear();
            to.tally.queue.set(0, None);
            return now + IDLE;
        }
        let known = self.store.incidents();
        let plan = desk.plan(&known, &to.receiver, now, self.clock.now());
        to.tally.queue.set(plan.waiting, plan.oldest);
        plan.lost.iter().for_each(|incident| self.lose(to, incident));
        let room = self.options.at_once.saturating_sub(errands.len());
        for errand in plan.ready.into_iter().take(room) {
            desk.set_out(&errand);
            errands.push(self.go(to, errand).boxed());
        }
        plan.next.map_or(now + IDLE, |next| next.min(now + IDLE))
    }

    async fn go(&self, to: &Destination, errand: Errand) -> (String, Outcome) {
        let Errand { incident, notice, sent } = errand;
        let outcome = match notice {
            Some(notice) => self.send(to, &incident, &notice, sent).await,
            // it was taken, and only that is still to be noted
            None => self.note(to, &incident, sent).await,
        };
        (incident, outcome)
    }

    async fn send(&self, to: &Destination, incident: &str, notice: &Notice, mut sent: Sent) -> Outcome {
        // asked again before what cannot be taken back
        if !self.lead.leads() {
            return Outcome::NotLeading;
        }
        let receiver = to.receiver.name.as_str();
        match timeout(self.options.longest, to.outlet.send(notice)).await {
            Ok(Ok(())) => to.tally.sent.add(),
            Ok(Err(OutletError::Refused(why))) => {
                to.tally.refused.add();
                let why: String = clean_name(&redact(&why)).chars().take(WHY).collect();
                tracing::warn!(receiver, incident, change = ?notice.change, why, "a receiver refuses a notice for good");
                sent.refused = Some(why);
            }
            Ok(Err(OutletError::Later { why, after })) => {
                to.tally.failed.add();
                tracing::debug!(receiver, incident, why, "a notice is put off");
                return Outcome::Later(after);
            }
            Err(_elapsed) => {
                to.tally.failed.add();
                return Outcome::Later(None);
            }
        }
        sent.at = self.clock.now();
        self.note(to, incident, sent).await
    }

    async fn note(&self, to: &Destination, incident: &str, sent: Sent) -> Outcome {
        match self.store.status(incident, |status| self.remember(status, &sent)).await {
            Ok(_) => Outcome::Noted,
            Err(error) => {
                tracing::warn!(receiver = to.receiver.name, incident, %error, "what was sent could not be noted yet");
                Outcome::NotNoted(sent)
            }
        }
    }

    fn remember(&self, status: &mut Status, sent: &Sent) {
        if let Some(own) = status.sent.iter_mut().find(|own| own.to == sent.to) {
            // another may have led, and told more
            if own.number < sent.number {
                *own = sent.clone();
            }
            return;
        }
        if status.sent.len() >= MOST_SENT {
            let is_known = |own: &Sent| self.destinations.iter().any(|to| to.receiver.name == own.to);
            status.sent.retain(is_known);
        }
        status.sent.push(sent.clone());
    }

    /// The ledger forgot an incident before its receiver took all of it.
    fn lose(&self, to: &Destination, incident: &str) {
        self.store.counts().drops.add();
        let receiver = to.receiver.name.as_str();
        tracing::error!(
            receiver,
            incident,
            "an incident is kept no longer, and its receiver has not taken all of it"
        );
    }
}
