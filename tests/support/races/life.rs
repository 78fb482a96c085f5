//! One run of a replica: until it is killed. At each step it may be, or be stopped, or not be answered.
//!
//! How likely that is depends on the step's `heat`: what happens from the beginning to the end of a write is what it is all about.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio::time::sleep;

use super::time::Time;
use crate::dice::Dice;

/// The heat of a step like any other.
pub(super) const COLD: u64 = 1;
/// Of one by which it is begun, done, or told.
pub(super) const HOT: u64 = 8;

/// How often what goes wrong, of a thousand steps of no heat.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Harm {
    pub(super) kill: u64,
    pub(super) stop: u64,
    pub(super) lose: u64,
}

/// What came of it, over all lives of a round.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) kills: AtomicU32,
    pub(super) stops: AtomicU32,
    pub(super) lost: AtomicU32,
}

/// Which answer is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// Of a request that was obeyed.
    Done,
    /// Of one that never came.
    NotDone,
}

#[derive(Clone, Debug)]
pub(super) struct Life(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dice: Mutex<Dice>,
    harm: Harm,
    tally: Arc<Tally>,
    time: Time,
    /// Nothing goes wrong any more.
    calm: Arc<AtomicBool>,
    is_dead: AtomicBool,
    died: Notify,
    stopped: Mutex<Option<Timestamp>>,
}

impl Life {
    pub(super) fn new(
        dice: Dice,
        harm: Harm,
        tally: &Arc<Tally>,
        time: &Time,
        calm: &Arc<AtomicBool>,
    ) -> Life {
        let (tally, time, calm) = (Arc::clone(tally), time.clone(), Arc::clone(calm));
        let (is_dead, died, stopped) = (AtomicBool::new(false), Notify::new(), Mutex::new(None));
        Life(Arc::new(Inner { dice: Mutex::new(dice), harm, tally, time, calm, is_dead, died, stopped }))
    }

    pub(super) fn time(&self) -> &Time {
        &self.0.time
    }

    pub(super) fn is_dead(&self) -> bool {
        self.0.is_dead.load(Ordering::SeqCst)
    }

    /// Ends when this is killed: whatever it is about is to be dropped then.
    pub(super) async fn died(&self) {
        loop {
            let died = self.0.died.notified();
            if self.is_dead() {
                return;
            }
            died.await;
        }
    }

    fn hits(&self, of_thousand: u64) -> bool {
        !self.0.calm.load(Ordering::SeqCst) && self.roll(1000) < of_thousand
    }

    fn roll(&self, below: u64) -> u64 {
        self.0.dice.lock().unwrap_or_else(PoisonError::into_inner).below(below)
    }

    /// Between two steps: it may be killed here, or stand still for up to a minute and a half. Whatever else this replica is about stands
    /// still as well.
    pub(super) async fn between(&self, heat: u64) {
        self.may_be_killed(heat).await;
        if self.hits(self.0.harm.stop * heat) {
            self.0.tally.stops.fetch_add(1, Ordering::Relaxed);
            let long = SignedDuration::from_secs(1 + i64::try_from(self.roll(90)).unwrap_or_default());
            let now = self.0.time.now();
            *self.stopped() = now.checked_add(long).ok();
        }
        while self.stopped().is_some_and(|until| self.0.time.now() < until) {
            sleep(Duration::from_millis(1)).await;
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Killed, or not.
    pub(super) async fn may_be_killed(&self, heat: u64) {
        if self.hits(self.0.harm.kill * heat) {
            self.0.tally.kills.fetch_add(1, Ordering::Relaxed);
            self.0.is_dead.store(true, Ordering::SeqCst);
            self.0.died.notify_waiters();
        }
        if self.is_dead() {
            std::future::pending::<()>().await;
        }
    }

    /// Killed while a request is under way, at any moment of it.
    pub(super) async fn may_be_killed_meanwhile(&self, heat: u64) {
        if self.hits(self.0.harm.kill * heat) {
            sleep(Duration::from_micros(self.roll(4_000))).await;
            self.0.tally.kills.fetch_add(1, Ordering::Relaxed);
            self.0.is_dead.store(true, Ordering::SeqCst);
            self.0.died.notify_waiters();
        }
        std::future::pending::<()>().await;
    }

    /// Whether the next answer is lost, and which.
    pub(super) fn lost(&self, heat: u64) -> Option<Lost> {
        self.hits(self.0.harm.lose * heat).then(|| {
            self.0.tally.lost.fetch_add(1, Ordering::Relaxed);
            if self.roll(2) == 0 { Lost::Done } else { Lost::NotDone }
        })
    }

    fn stopped(&self) -> std::sync::MutexGuard<'_, Option<Timestamp>> {
        self.0.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
