//! One watch: since when it has no gap.

use std::time::Duration;

use tokio::time::Instant;

/// A watch, by what it brought.
#[derive(Debug)]
pub(super) struct Line {
    /// Whether its list was in whole since the last gap.
    pub is_listed: bool,
    /// Silent for longer, it may hang.
    patience: Duration,
    /// Since when there was no gap, and when it last brought something.
    heard: Option<(Instant, Instant)>,
}

impl Line {
    pub fn new(patience: Duration) -> Line {
        Line { is_listed: false, patience, heard: None }
    }

    pub fn heard(&mut self, at: Instant) {
        let whole = self.heard.filter(|(_, last)| at.saturating_duration_since(*last) <= self.patience);
        self.heard = Some(whole.map_or((at, at), |(began, last)| (began, last.max(at))));
    }

    pub fn gap(&mut self) {
        (self.is_listed, self.heard) = (false, None);
    }

    /// For how long there was no gap; no time at all where there is one now.
    pub fn whole_for(&self, now: Instant) -> Duration {
        let whole = self.heard.filter(|(_, last)| now.saturating_duration_since(*last) <= self.patience);
        whole
            .filter(|_| self.is_listed)
            .map_or(Duration::ZERO, |(began, _)| now.saturating_duration_since(began))
    }
}
