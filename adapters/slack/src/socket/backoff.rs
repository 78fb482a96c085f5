//! How long until the next try.

use std::time::Duration;

use crate::random::jitter;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// At once after a good connection, then longer and longer; never the same time for two of them.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    tries: u32,
}

impl Backoff {
    pub(super) fn next(&mut self) -> Duration {
        let tries = self.tries;
        self.tries += 1;
        let Some(doublings) = tries.checked_sub(1) else {
            return jitter(FIRST / 5);
        };
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST);
        wait / 2 + jitter(wait / 2)
    }

    pub(super) fn reset(&mut self) {
        self.tries = 0;
    }

    /// Slack wants no connection now: asking again at once would not help.
    pub(super) fn refused(&mut self) {
        self.tries = self.tries.max(4);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_once_and_ends_at_half_a_minute() {
        let mut backoff = Backoff::default();
        assert!(backoff.next() <= FIRST / 5);
        let second = backoff.next();
        assert!(second >= FIRST / 2 && second <= FIRST);
        let waits: Vec<Duration> = (0..40).map(|_| backoff.next()).collect();
        assert!(waits.iter().all(|wait| *wait <= LONGEST));
        assert!(waits[20] >= LONGEST / 2);
        backoff.reset();
        assert!(backoff.next() <= FIRST / 5);
        backoff.refused();
        assert!(backoff.next() >= FIRST);
    }
}
