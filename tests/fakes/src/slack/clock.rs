//! The fake's time: tokio's clock, so that a test can move it, begun at the real time of day.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A clock that also gives out the times that are ids.
#[derive(Debug)]
pub(crate) struct Clock {
    started: Instant,
    started_unix: Duration,
    last: u128,
}

impl Clock {
    pub fn start() -> Clock {
        // a machine whose clock stands before 1970 gives times that are still unique
        let started_unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { started: Instant::now(), started_unix, last: 0 }
    }

    /// Since the start.
    pub fn now(&self) -> Duration {
        self.started.elapsed()
    }

    /// The time of day in seconds.
    pub fn unix(&self) -> u64 {
        (self.started_unix + self.now()).as_secs()
    }

    /// The time of day in seconds and parts of one.
    pub fn precise(&self) -> f64 {
        (self.started_unix + self.now()).as_secs_f64()
    }

    /// A new `ts`: later than every one before it.
    pub fn ts(&mut self) -> String {
        self.last = (self.started_unix + self.now()).as_micros().max(self.last + 1);
        format!("{}.{:06}", self.last / 1_000_000, self.last % 1_000_000)
    }
}
