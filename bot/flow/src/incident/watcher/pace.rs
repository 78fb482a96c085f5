//! How often a cluster is looked at.

use std::time::Duration;

use tokio::time::Instant;

/// How often a cluster is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    /// Two looks begin no closer together: what crosses its threshold meanwhile is seen by the second.
    pub apart: Duration,
    /// While an incident is open: that pods join and leave it, and that it ends, is seen by looks.
    pub open: Duration,
    /// While something is due and no incident is open: what is past its threshold may look well at one moment.
    pub due: Duration,
    /// All that is watched: workloads that have no pod are seen by no watch of pods.
    pub whole: Duration,
    /// Before a cluster that does not answer is told of.
    pub silence: Duration,
    /// Between two tries of a look that failed: at first, and doubled up to `open`.
    pub retry: Duration,
    /// How often it is asked whether an incident was opened by others.
    pub check: Duration,
}

impl Default for Pacing {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Pacing {
            apart: seconds(1),
            open: seconds(30),
            due: seconds(60),
            whole: seconds(300),
            silence: seconds(30),
            retry: seconds(2),
            check: seconds(5),
        }
    }
}

/// When looks began.
#[derive(Debug)]
pub(super) struct Pace {
    pacing: Pacing,
    /// No look begins earlier.
    earliest: Instant,
    last: Option<Instant>,
    whole: Option<Instant>,
    /// Whether the look under way is one of all that is watched.
    is_whole: bool,
    /// Looks that failed in a row.
    failed: u32,
    /// Whether a look is owed, whatever else.
    owed: bool,
    due: usize,
}

impl Pace {
    pub(super) fn new(pacing: Pacing, now: Instant) -> Pace {
        Pace {
            pacing,
            earliest: now,
            last: None,
            whole: None,
            is_whole: false,
            failed: 0,
            owed: false,
            due: 0,
        }
    }

    pub(super) fn earliest(&self) -> Instant {
        self.earliest
    }

    pub(super) fn may_begin(&self, now: Instant) -> bool {
        self.earliest <= now
    }

    pub(super) fn began(&mut self, now: Instant, whole: bool) {
        self.earliest = now + self.pacing.apart;
        self.last = Some(now);
        self.is_whole = whole;
        if whole {
            self.whole = Some(now);
        }
        self.owed = false;
    }

    /// After a look that took long, as one of thousands of failing pods does, others have half as long to themselves.
    pub(super) fn succeeded(&mut self, now: Instant) {
        self.failed = 0;
        let took = self.last.map_or(Duration::ZERO, |began| now.duration_since(began));
        self.earliest = self.earliest.max(now + took / 2);
    }

    /// The look is owed, a little later each time; it is a look of all again if it was one.
    pub(super) fn failed(&mut self, now: Instant) {
        let wait = self.pacing.retry.saturating_mul(1 << self.failed.min(16)).min(self.pacing.open);
        self.failed = self.failed.saturating_add(1);
        self.earliest = now + wait;
        self.owed = true;
        if self.is_whole {
            self.whole = None;
        }
    }

    /// A look is owed, of all that is watched.
    pub(super) fn soon(&mut self) {
        self.owed = true;
        self.whole = None;
    }

    pub(super) fn due(&mut self, due: usize) {
        self.due = due;
    }

    pub(super) fn is_whole_due(&self, now: Instant) -> bool {
        self.whole.is_none_or(|at| at + self.pacing.whole <= now)
    }

    pub(super) fn is_again_due(&self, now: Instant, open: bool) -> bool {
        let every = match (open, self.due > 0) {
            (true, _) => self.pacing.open,
            (false, true) => self.pacing.due,
            (false, false) => return self.owed,
        };
        self.owed || self.last.is_none_or(|at| at + every <= now)
    }

    /// When a look is next begun, as far as nothing new happens.
    pub(super) fn next(&self, watched: bool) -> Instant {
        let whole = self.whole.map_or(self.earliest, |at| at + self.pacing.whole);
        let again = self.last.map_or(self.earliest, |at| at + self.pacing.due);
        let far = self.earliest + self.pacing.whole;
        let mut next = far;
        if watched {
            next = next.min(whole);
        }
        if self.due > 0 {
            next = next.min(again);
        }
        if self.owed { self.earliest } else { next }
    }
}
