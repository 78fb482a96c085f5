//! One clock, which follows tokio's (a test may jump it), and the ids made from it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// When Discord's ids begin: 2015-01-01. <https://discord.com/developers/docs/reference#snowflakes>
const EPOCH_MILLISECONDS: i64 = 1_420_070_400_000;

#[derive(Debug)]
pub(super) struct Clock {
    began: Instant,
    wall: Timestamp,
    last: u64,
}

impl Clock {
    pub(super) fn new() -> Clock {
        Clock { began: Instant::now(), wall: Timestamp::now(), last: 0 }
    }

    /// The date now: the wall's at the start, tokio's since.
    pub(super) fn now(&self) -> Timestamp {
        let since = SignedDuration::try_from(self.began.elapsed()).unwrap_or_default();
        self.wall.checked_add(since).unwrap_or(self.wall)
    }

    /// As Discord writes it.
    pub(super) fn stamp(&self) -> String {
        written(self.now())
    }

    /// An id that was never given before, and later than every one before.
    pub(super) fn id(&mut self) -> u64 {
        let milliseconds = self.now().as_millisecond().saturating_sub(EPOCH_MILLISECONDS);
        let wanted = u64::try_from(milliseconds).unwrap_or_default() << 22;
        self.last = wanted.max(self.last + 1);
        self.last
    }
}

/// A date as Discord writes it.
pub(super) fn written(date: Timestamp) -> String {
    date.strftime("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()
}

/// Seconds with three decimals, as in Discord's headers and bodies.
pub(super) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
