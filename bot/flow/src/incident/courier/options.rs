//! How patient the courier is.

use std::time::Duration;

/// How long it waits for what.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sending a notice takes no longer. Shorter than a new leader takes to be one (15 s), so that two send at once only what is
    /// the same.
    pub longest: Duration,
    /// After something failed it is tried again after this, then twice as long …
    pub backoff: Duration,
    /// … and never longer than this.
    pub longest_backoff: Duration,
    /// A receiver that asks to be left alone is for no longer.
    pub longest_pause: Duration,
    /// So many notices are under way to one receiver at once, each of another incident.
    pub at_once: usize,
}

impl Default for Options {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Options {
            longest: seconds(10),
            backoff: seconds(1),
            longest_backoff: seconds(300),
            longest_pause: seconds(3600),
            at_once: 4,
        }
    }
}

impl Options {
    /// The pause after so many failures in a row.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.backoff.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        doubled.min(self.longest_backoff)
    }
}
