//! What the keeper remembers of a message between two steps. Nothing in it has to outlive the process: what does is in the
//! ledger, and whatever is not known is looked up.

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::policy::Spot;
use super::options::Options;
use crate::chat::Reply;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    /// The incident's name.
    pub(super) incident: String,
    /// Its part.
    pub(super) part: String,
    /// Its channel.
    pub(super) to: Spot,
}

/// How a step ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// It stands and the ledger says so; whether another may stand beside it.
    Stands,
    /// It was found, and the ledger says so.
    Adopted,
    /// What this attempt may have posted was looked for since then, and not found.
    NotThere(Timestamp, Instant),
    /// There is no second one.
    Checked,
    /// It shows this; the ledger says so if it is the last word, because no earlier edit can still be under way.
    Edited {
        /// What it shows.
        digest: String,
        /// Whether it is the last word.
        is_last: bool,
    },
    /// It is not known whether it was posted at this attempt.
    Unclear(Timestamp),
    /// It is not known whether it was edited.
    EditUnclear,
    /// It was not posted at this attempt.
    NotPosted(Timestamp),
    /// What was to be done was not, and may be later.
    Later,
    /// Somebody took it away.
    Gone,
    /// There is a whole answer.
    Answered(Box<Reply>),
    /// There is none.
    NoAnswer,
    /// The ledger says otherwise than the plan did.
    Raced,
    /// Another leads.
    NotLeading,
    /// Nothing more will come of it.
    Over,
}

/// Of one message.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// Attempts that are known to have posted nothing, or were looked for long enough.
    failed: Vec<Timestamp>,
    /// Whether an earlier attempt may have posted after all.
    pub(super) is_doubtful: bool,
    /// The attempt whose outcome is not known, and since when: as seen here, by a clock that never jumps.
    unclear: Option<(Timestamp, Instant)>,
    /// Since when it stands in doubt.
    stands_since: Option<Instant>,
    /// When it was last posted or edited.
    edited: Option<Instant>,
    /// What it was last made to show, with or without success.
    shown: Option<String>,
    /// Whether every edit's outcome is known.
    knows_edits: bool,
    /// Since when an edit may be under way of which nothing is known.
    edit_unclear_since: Option<Instant>,
    /// The whole answer, before it is posted.
    pub(super) answer: Option<Box<Reply>>,
    /// Whether it was asked for, and there was none.
    pub(super) lacks_answer: bool,
    failures: u32,
    not_before: Option<Instant>,
}

impl Memory {
    /// Whether this attempt, which the ledger has, needs no look: it posted nothing, or was looked for.
    pub(super) fn may_repeat(&self, attempt: Timestamp, options: &Options) -> bool {
        self.failed.contains(&attempt) || !options.looks_up()
    }

    /// When something may be tried.
    pub(super) fn ready(&self, now: Instant) -> Instant {
        self.not_before.unwrap_or(now)
    }

    /// Takes up an attempt of unknown outcome; since when it is one.
    pub(super) fn wonder(&mut self, attempt: Timestamp, now: Instant) -> Instant {
        self.is_doubtful = true;
        let known = self.unclear.filter(|(own, _)| *own == attempt).map(|(_, since)| since);
        let since = known.unwrap_or(now);
        self.unclear = Some((attempt, since));
        since
    }

    /// When a message that stands in doubt is looked for once more.
    pub(super) fn check_at(&mut self, now: Instant, options: &Options) -> Instant {
        let since = *self.stands_since.get_or_insert(now);
        (since + options.recheck).max(self.ready(now))
    }

    /// When a message may be made to show this; `is_shown_known` says whether the ledger has what it shows.
    pub(super) fn edit_at(
        &mut self,
        digest: &str,
        is_shown_known: bool,
        now: Instant,
        options: &Options,
    ) -> Instant {
        if !is_shown_known && !self.knows_edits {
            self.edit_unclear_since.get_or_insert(now);
        }
        let last = self.edited.map_or(now, |edited| edited + options.edit_every);
        let sure = self.edit_unclear_since.filter(|_| self.shown.as_deref() == Some(digest));
        last.max(sure.map_or(now, |since| since + options.grace)).max(self.ready(now))
    }

    /// Whether it was made to show this before, as far as this process knows.
    pub(super) fn shows(&self, digest: &str) -> bool {
        self.shown.as_deref() == Some(digest)
    }

    /// Whether an edit that begins now is the last word: no other can still be under way.
    pub(super) fn is_last_word(&self, now: Instant, options: &Options) -> bool {
        self.edit_unclear_since.is_none_or(|since| now >= since + options.grace)
    }

    /// Takes in how a step ended.
    pub(super) fn learn(&mut self, outcome: Outcome, now: Instant, options: &Options) {
        match outcome {
            Outcome::Stands => {
                *self = Memory { edited: Some(now), knows_edits: true, ..Memory::default() };
            }
            Outcome::Adopted => *self = Memory::default(),
            Outcome::Checked => {
                (self.stands_since, self.is_doubtful) = (None, false);
                self.went_well();
            }
            Outcome::NotThere(attempt, begun) => {
                let until = self.wonder(attempt, begun) + options.grace;
                self.failures += 1;
                if begun >= until {
                    self.failed.push(attempt);
                    self.went_well();
                } else {
                    // at once, soon, and when it must have shown: each look costs a call of a channel's rate
                    let soon = if self.failures == 1 { now + options.grace / 4 } else { until };
                    self.not_before = Some(soon.min(until).max(now));
                }
            }
            Outcome::Edited { digest, is_last } => {
                if is_last {
                    (self.edit_unclear_since, self.knows_edits) = (None, true);
                }
                (self.edited, self.shown) = (Some(now), Some(digest));
                self.went_well();
            }
            Outcome::Unclear(attempt) => {
                self.is_doubtful = true;
                self.unclear = Some((attempt, now));
                self.fail(now, options);
            }
            Outcome::EditUnclear => {
                (self.edit_unclear_since, self.knows_edits) = (Some(now), false);
                (self.edited, self.shown) = (Some(now), None);
                self.fail(now, options);
            }
            Outcome::NotPosted(attempt) => {
                self.failed.push(attempt);
                self.fail(now, options);
            }
            Outcome::Gone => {
                let failures = self.failures;
                *self = Memory { failures, is_doubtful: self.is_doubtful, ..Memory::default() };
                self.fail(now, options);
            }
            Outcome::Answered(reply) => {
                (self.answer, self.lacks_answer) = (Some(reply), false);
                self.went_well();
            }
            Outcome::NoAnswer => {
                self.lacks_answer = true;
                self.fail(now, options);
            }
            Outcome::Later => self.fail(now, options),
            Outcome::Raced | Outcome::NotLeading => self.not_before = Some(now + options.backoff / 10),
            Outcome::Over => self.went_well(),
        }
    }

    fn went_well(&mut self) {
        (self.failures, self.not_before) = (0, None);
    }

    fn fail(&mut self, now: Instant, options: &Options) {
        self.failures += 1;
        self.not_before = Some(now + options.pause(self.failures));
    }
}
