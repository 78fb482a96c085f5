//! What is to be done in one channel while the ledger is away. Pure: it is told the time, and what came of each step.
//!
//! The thread is looked for; where there is none it is posted, and looked for again: of two, whoever posted the later takes it
//! away. An app that gave no answer may have posted it, and shows it only after a while.

use std::time::Duration;

use tokio::time::Instant;

/// So long after a post without an answer a thread that is not found is posted again.
const GRACE: Duration = Duration::from_secs(20);

/// So long after it was posted it is looked for: another replica's may be shown late.
const CHECKS: [Duration; 3] = [Duration::from_secs(5), Duration::from_secs(20), Duration::from_secs(50)];

/// After the n-th failure in a row n times as long, …
const PAUSE: Duration = Duration::from_secs(1);

/// … and never longer than this.
const LONGEST: Duration = Duration::from_secs(30);

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The thread is looked for.
    LookUp,
    /// It is posted.
    Post,
    /// One's own is made to show what is to be told.
    Show(String),
    /// One's own is taken away.
    TakeAway(String),
}

/// How it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// These stand, the oldest first.
    Found(Vec<String>),
    /// It stands as this.
    Posted(String),
    /// What was to be done is done.
    Done,
    /// It is not known whether it was posted.
    Unclear,
    /// Not now.
    Later,
    /// Never.
    Refused,
}

/// How it stands in a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// It is not known whether a thread stands.
    Unknown,
    /// None does.
    Untold,
    /// One's own stands; so many times it was looked for.
    Own(String, Instant, usize),
    /// One's own was given back by the app, from before, and has to show this.
    Stale(String, Instant, usize),
    /// One's own is the later of two.
    Double(String),
    /// A thread stands, or never will.
    Over,
}

/// One channel during one outage.
#[derive(Clone, Debug)]
pub(super) struct Channel {
    stage: Stage,
    not_before: Instant,
    is_busy: bool,
    unclear: Option<Instant>,
    failures: u32,
}

impl Channel {
    /// One of which nothing is known, and nothing is done before a time.
    pub(super) fn new(not_before: Instant) -> Channel {
        Channel { stage: Stage::Unknown, not_before, is_busy: false, unclear: None, failures: 0 }
    }

    /// The step that begins now, if one is due and none is under way.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Act> {
        if self.is_busy || now < self.not_before {
            return None;
        }
        let act = match &self.stage {
            Stage::Unknown => Act::LookUp,
            Stage::Untold => Act::Post,
            Stage::Own(_, at, checks) if *at + *CHECKS.get(*checks)? <= now => Act::LookUp,
            Stage::Own(..) | Stage::Over => return None,
            Stage::Stale(own, ..) => Act::Show(own.clone()),
            Stage::Double(own) => Act::TakeAway(own.clone()),
        };
        self.is_busy = true;
        Some(act)
    }

    /// Takes in how the step ended.
    pub(super) fn end(&mut self, outcome: Outcome, now: Instant) {
        self.is_busy = false;
        let failed = matches!(outcome, Outcome::Unclear | Outcome::Later);
        self.failures = if failed { self.failures.saturating_add(1) } else { 0 };
        self.not_before = now + if failed { (PAUSE * self.failures).min(LONGEST) } else { Duration::ZERO };
        self.stage = match (self.stage.clone(), outcome) {
            (Stage::Unknown, Outcome::Found(found)) if found.is_empty() => match self.unclear {
                // it may be shown yet
                Some(since) if now < since + GRACE => {
                    self.not_before = (now + GRACE / 4).min(since + GRACE);
                    Stage::Unknown
                }
                _ => Stage::Untold,
            },
            (Stage::Unknown, Outcome::Found(_)) => Stage::Over,
            (Stage::Untold, Outcome::Posted(own)) => Stage::Own(own, now, 0),
            (Stage::Untold, Outcome::Unclear) => {
                self.unclear = Some(now);
                Stage::Unknown
            }
            // another may have been faster meanwhile
            (Stage::Untold, Outcome::Later) => Stage::Unknown,
            (Stage::Own(own, at, checks), Outcome::Found(found)) => match found.first() {
                Some(first) if *first != own && found.contains(&own) => Stage::Double(own),
                // which is the later shows only when both do
                Some(_) => Stage::Own(own, at, checks + 1),
                // Discord gives back the thread of an outage that is over if it was posted minutes ago
                None => Stage::Stale(own, at, checks + 1),
            },
            (Stage::Stale(own, at, checks), Outcome::Done) => Stage::Own(own, at, checks),
            (_, Outcome::Done | Outcome::Refused) => Stage::Over,
            (stage, _) => stage,
        };
    }
}

#[cfg(test)]
mod tests;
