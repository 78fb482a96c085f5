//! Whether a cluster answers.

use std::time::Duration;

use jiff::Timestamp;

use crate::incident::due::thresholds::later;
use crate::ports::{Seen, What};

/// Since when a cluster says nothing.
#[derive(Debug, Default)]
pub(super) struct Silence {
    since: Option<Timestamp>,
    told: bool,
    /// Whether it spoke after it was told.
    over: bool,
    /// When something was last seen of it.
    heard: Option<Timestamp>,
}

impl Silence {
    /// Takes in what was seen; whether the watch was lost by it. That nodes are refused says nothing about the cluster.
    pub(super) fn hears(&mut self, seen: &Seen, now: Timestamp) -> bool {
        match seen {
            Seen::Lost(What::Pods, _) => {
                self.begins(now);
                true
            }
            Seen::Lost(What::Nodes, _) | Seen::Relisting(_) => false,
            _ => {
                self.heard = Some(now);
                self.ends();
                false
            }
        }
    }

    pub(super) fn begins(&mut self, at: Timestamp) {
        self.since.get_or_insert(at);
        self.over = false;
    }

    /// A look that began then has no answer yet: a silence, unless the watch has heard something since.
    pub(super) fn waits(&mut self, began: Timestamp, now: Timestamp, long: Duration) {
        let heard = self.heard.is_some_and(|heard| heard >= began);
        if !heard && later(began, long).is_some_and(|at| at <= now) {
            self.begins(began);
        }
    }

    pub(super) fn ends(&mut self) {
        self.since = None;
        self.over = self.told;
    }

    /// Whether it does not answer, or has not been heard since.
    pub(super) fn is_lasting(&self) -> bool {
        self.since.is_some()
    }

    /// Since when it lasts, once, when that is too long.
    pub(super) fn lasts(&mut self, now: Timestamp, long: Duration) -> Option<Timestamp> {
        let at = self.told_at(long)?;
        (at <= now).then(|| {
            self.told = true;
            self.since
        })?
    }

    /// When it is told; `None` where there is nothing to tell.
    pub(super) fn told_at(&self, long: Duration) -> Option<Timestamp> {
        self.since.filter(|_| !self.told).and_then(|since| later(since, long))
    }

    /// Whether one that was told is over, once.
    pub(super) fn is_over(&mut self) -> bool {
        let over = self.told && self.over;
        if over {
            (self.told, self.over) = (false, false);
        }
        over
    }
}
