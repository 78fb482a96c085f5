//! What the keeper did, for whoever measures.

mod beginnings;
mod steps;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

pub use self::beginnings::Beginnings;
pub use self::steps::Steps;

/// Plain counters; they only grow.
#[derive(Debug, Default)]
pub struct Counts {
    /// Messages posted.
    pub posts: Count,
    /// Messages edited.
    pub edits: Count,
    /// Times a message was looked for, because it was not known whether it stands.
    pub lookups: Count,
    /// Outcomes that were not known.
    pub unclear: Count,
    /// Messages that were found instead of posted again.
    pub adopted: Count,
    /// Doubles that were taken away.
    pub doubles_removed: Count,
    /// Messages an app refused for good.
    pub refused: Count,
    /// Messages an app put off.
    pub later: Count,
    /// Threads posted while the ledger was away.
    pub degraded: Count,
    /// Of several of these, those that were closed.
    pub doubles_closed: Count,
    /// Writes of the ledger that met another's.
    pub ledger_conflicts: Count,
    /// Calls of the ledger that failed otherwise.
    pub ledger_errors: Count,
    /// What people said of diagnoses.
    pub votes: Votes,
    /// What was offered to be done, and what came of it.
    pub steps: Steps,
    /// From an incident's opening to its message in a channel.
    pub to_thread: Durations,
    /// From the beginning of a failure to its message in a channel.
    pub from_failure: Durations,
    /// What was to be told, and never will be: there is no case in which this may happen.
    pub drops: Count,
    /// Messages that do not stand in a channel as they should.
    pub queue: Queue,
    /// Since when what a watch sees fails.
    pub beginnings: Beginnings,
}

/// What waits, and since when the oldest of it does.
#[derive(Debug)]
pub struct Queue {
    waiting: AtomicU64,
    oldest: AtomicI64,
}

impl Default for Queue {
    fn default() -> Self {
        Queue { waiting: AtomicU64::new(0), oldest: AtomicI64::new(NONE) }
    }
}

impl Queue {
    /// How much waits.
    pub fn waiting(&self) -> u64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Since when the oldest of it waits, to a second.
    pub fn oldest(&self) -> Option<Timestamp> {
        let second = self.oldest.load(Ordering::Relaxed);
        (second != NONE).then(|| Timestamp::from_second(second).ok()).flatten()
    }

    pub(super) fn set(&self, waiting: u64, oldest: Option<Timestamp>) {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.oldest.store(oldest.map_or(NONE, Timestamp::as_second), Ordering::Relaxed);
    }
}

/// No timestamp has this second.
const NONE: i64 = i64::MIN;

/// One counter.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    /// Adds one.
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// How many there were.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What people said of diagnoses, by cause and whether it was right; one who changed their mind said both.
#[derive(Debug, Default)]
pub struct Votes(Mutex<BTreeMap<(String, bool), u64>>);

impl Votes {
    /// Adds one.
    pub fn add(&self, cause: &str, right: bool) {
        *self.known().entry((cause.to_string(), right)).or_default() += 1;
    }

    /// How many there were of each.
    pub fn get(&self) -> BTreeMap<(String, bool), u64> {
        self.known().clone()
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(String, bool), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The upper bounds of the buckets in seconds; beyond the last there is one more.
pub const BOUNDS: [f64; 12] = [0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

/// A histogram of durations.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    milliseconds: AtomicU64,
}

impl Durations {
    /// Adds one.
    pub fn add(&self, lasted: Duration) {
        let bucket = BOUNDS.iter().take_while(|bound| lasted.as_secs_f64() > **bound).count();
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let milliseconds = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        self.milliseconds.fetch_add(milliseconds, Ordering::Relaxed);
    }

    /// How many lie in each bucket, not summed up.
    pub fn buckets(&self) -> [u64; BOUNDS.len() + 1] {
        std::array::from_fn(|at| self.buckets[at].load(Ordering::Relaxed))
    }

    /// All of them together, in seconds.
    pub fn sum(&self) -> f64 {
        Duration::from_millis(self.milliseconds.load(Ordering::Relaxed)).as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_where_it_still_fits() {
        let durations = Durations::default();
        for milliseconds in [500, 501, 2_000, 3_600_001] {
            durations.add(Duration::from_millis(milliseconds));
        }
        assert_eq!(durations.buckets(), [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(durations.sum(), 3603.002);
    }
}
