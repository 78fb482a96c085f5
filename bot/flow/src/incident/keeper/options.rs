//! How patient the keeper is.

use std::time::Duration;

/// How long it waits for what.
#[derive(Clone, Debug)]
pub struct Options {
    /// A message is edited at most once in this time; what changed meanwhile is shown together.
    pub edit_every: Duration,
    /// So long after an attempt without an outcome a message that is not found is posted again: as long as an app may take to
    /// finish a call it never answered, and to show the message to one who looks for it. At least 15 s.
    pub grace: Duration,
    /// So long after a message was posted or found in doubt it is looked for once more, and doubles are taken away.
    pub recheck: Duration,
    /// So much earlier than the attempt a message is looked for: the app's clock is another.
    pub margin: Duration,
    /// Every incident is read anew so often: other replicas write, too.
    pub refresh: Duration,
    /// After something failed it is tried again after this, then twice as long …
    pub backoff: Duration,
    /// … and never longer than this.
    pub longest_backoff: Duration,
    /// An answer takes at most this.
    pub answer: Duration,
    /// A mutation for tests: whatever is in doubt is posted again at once.
    #[cfg(test)]
    pub(crate) without_look_up: bool,
}

impl Default for Options {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Options {
            edit_every: seconds(5),
            grace: seconds(20),
            recheck: seconds(45),
            margin: seconds(600),
            refresh: seconds(3),
            backoff: seconds(1),
            longest_backoff: seconds(60),
            answer: seconds(20),
            #[cfg(test)]
            without_look_up: false,
        }
    }
}

impl Options {
    pub(super) fn looks_up(&self) -> bool {
        #[cfg(test)]
        return !self.without_look_up;
        #[cfg(not(test))]
        return true;
    }

    /// The pause after so many failures in a row.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        let doubled = self.backoff.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1)));
        doubled.min(self.longest_backoff)
    }
}
