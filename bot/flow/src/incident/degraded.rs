//! What is told while the ledger is away: its cluster does not answer, or lets nothing be written.
//!
//! Nothing can be stored then, alerts are not taken, and the incidents that stand in the channels grow old: that much each
//! replica may say by itself, in one thread a channel. Every replica's has the same id, is looked for before it is posted and
//! again after, and of two the later is taken away by the one who posted it. When the ledger is back the leader writes the oldest
//! into an incident of the cluster's silence, which keeps it to its end as any other, and closes what else was found.
//!
//! Reads as it happens: [`health`] hears of every call of the ledger, `outage` (pure) says what is to be done in a channel, `card`
//! is what is told, `steps` does it, and `hand_over` gives it to the ledger.
//!
//! # Caveats
//! Whoever starts while the ledger is away does not know which incidents are open, and tells the rest.

mod card;
mod hand_over;
pub mod health;
mod outage;
mod steps;
mod words;

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep};

use self::health::Health;
use self::outage::{Channel, Outcome};
use super::policy::{Policy, Spot};
use super::store::Store;
use super::wanted::{PARENT, message_id};
use crate::ports::{Board, Clock, Lead, Place};

/// So often it is asked whether the ledger answers.
const EVERY: Duration = Duration::from_millis(250);

/// A thread of this outage is not older: one that nobody could hand over for longer is another's.
const WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// So long after the ledger is back, or this replica began to lead, the leader looks for threads to hand over: at once, and again
/// for what an app shows late.
const LOOKS: [Duration; 3] = [Duration::ZERO, Duration::from_secs(20), Duration::from_secs(60)];

/// And after these so often: another replica may have been cut off alone.
const LOOK_EVERY: Duration = Duration::from_secs(300);

/// Tells that the ledger is away, and hands that over when it is back.
#[derive(Debug)]
pub struct Degraded {
    /// The ledger's own cluster.
    cluster: String,
    store: Arc<Store>,
    health: Arc<Health>,
    boards: Vec<Arc<dyn Board>>,
    lead: Arc<dyn Lead>,
    policy: Arc<Policy>,
    clock: Clock,
    /// So much later than others this replica begins, so that one finds what the other posted.
    stagger: Duration,
}

/// What is known of the outages of this process.
#[derive(Debug, Default)]
struct Running {
    /// Since when the ledger is away, or was.
    since: Option<Timestamp>,
    /// Whether it is away now.
    is_away: bool,
    /// How many outages there were.
    outages: u64,
    channels: BTreeMap<Spot, Channel>,
    led: bool,
    /// When threads are looked for next, and how often they were.
    look: Option<(Instant, usize)>,
}

/// A step of a channel in the how-manieth outage; nothing of one that hands over.
type Done = Option<(u64, Spot, Outcome)>;

type Steps<'d> = FuturesUnordered<BoxFuture<'d, Done>>;

impl Degraded {
    /// Over a store whose ledger `health` hears of. Of several replicas each has a `stagger` of its own, below a second.
    #[expect(clippy::too_many_arguments, reason = "each is a part of its own, and there is one caller")]
    pub fn new(
        cluster: String,
        store: Arc<Store>,
        health: Arc<Health>,
        boards: Vec<Arc<dyn Board>>,
        lead: Arc<dyn Lead>,
        policy: Arc<Policy>,
        clock: Clock,
        stagger: Duration,
    ) -> Degraded {
        Degraded { cluster, store, health, boards, lead, policy, clock, stagger }
    }

    /// Does so until `stop`. It may be dropped at any point: another run, here or elsewhere, finds what was posted.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let (mut running, mut steps) = (Running::default(), Steps::new());
        let mut stop = pin!(stop);
        loop {
            self.begin(&mut running, &mut steps);
            tokio::select! {
                biased;
                () = &mut stop => return,
                Some(done) = steps.next(), if !steps.is_empty() => running.end(done),
                () = sleep(EVERY) => {}
            }
        }
    }

    /// Begins what is to be done now.
    fn begin<'d>(&'d self, running: &mut Running, steps: &mut Steps<'d>) {
        let now = Instant::now();
        match self.health.away() {
            Some(since) => running.is_away(since, self.policy.channels(), now + self.stagger),
            None => running.is_back(now),
        }
        running.leads(self.lead.leads(), now);
        if running.is_away {
            for (spot, channel) in &mut running.channels {
                if let (Some(act), Some(board)) = (channel.begin(now), self.board(spot)) {
                    let (number, since, spot) = (running.outages, running.since, spot.clone());
                    let step = async move {
                        let outcome = self.step(&spot, board, act, since).await;
                        Some((number, spot, outcome))
                    };
                    steps.push(step.boxed());
                }
            }
        } else if running.is_look_due(now) {
            let since = running.since;
            for spot in self.policy.channels() {
                let Some(board) = self.board(spot) else { continue };
                steps.push(async move { self.hand_over(spot, board, since).await }.map(|()| None).boxed());
            }
        }
    }

    fn board(&self, to: &Spot) -> Option<&dyn Board> {
        self.boards.iter().find(|board| board.platform() == to.platform).map(Arc::as_ref)
    }

    /// The place of a channel's thread: every replica's, at every outage.
    fn place(&self, to: &Spot, part: &str) -> Place {
        let id = message_id(&format!("unreachable-{}", self.cluster), part, to);
        Place { channel: to.channel.clone(), thread: None, id }
    }

    fn own(&self, to: &Spot) -> Place {
        self.place(to, PARENT)
    }
}

impl Running {
    fn is_away(&mut self, since: Timestamp, channels: Vec<&Spot>, begin: Instant) {
        if !self.is_away {
            tracing::warn!(%since, "the ledger is away: alerts are not taken");
            (self.is_away, self.since, self.outages) = (true, Some(since), self.outages + 1);
            self.channels = channels.into_iter().map(|spot| (spot.clone(), Channel::new(begin))).collect();
        }
    }

    fn is_back(&mut self, now: Instant) {
        if self.is_away {
            tracing::info!("the ledger is back");
            self.is_away = false;
            self.channels.clear();
            self.look = Some((now, 0));
        }
    }

    fn leads(&mut self, leads: bool, now: Instant) {
        match (self.led, leads) {
            (false, true) if self.look.is_none() => self.look = Some((now, 0)),
            // another hands over
            (true, false) if !self.is_away => (self.look, self.since) = (None, None),
            _ => {}
        }
        self.led = leads;
    }

    /// Whether it is time for the leader to look for threads.
    fn is_look_due(&mut self, now: Instant) -> bool {
        let Some((at, count)) = self.look.filter(|(at, _)| self.led && *at <= now) else { return false };
        let pause = match LOOKS.get(count + 1) {
            Some(next) => next.saturating_sub(LOOKS[count]),
            None => LOOK_EVERY,
        };
        self.look = Some((at.max(now) + pause, (count + 1).min(LOOKS.len())));
        true
    }

    fn end(&mut self, done: Done) {
        // of an outage that is over it does not matter any more
        if let Some((number, spot, outcome)) = done
            && number == self.outages
            && let Some(channel) = self.channels.get_mut(&spot)
        {
            channel.end(outcome, Instant::now());
        }
    }
}

/// A time a little before.
fn before(at: Timestamp) -> Timestamp {
    at.checked_sub(WITHIN).unwrap_or(Timestamp::MIN)
}

#[cfg(test)]
mod tests;
