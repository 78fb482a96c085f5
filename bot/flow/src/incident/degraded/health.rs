//! Whether the ledger answers: every call of it is heard.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::time::Instant;

use crate::incident::Incident;
use crate::ports::{Clock, Ledger, LedgerError};

/// A ledger that does not answer for as long is away. It is read every 3 s: one that goes away is known to be within 8 s.
const PATIENCE: Duration = Duration::from_secs(5);

/// What failed longer ago than this, and was not tried again, says nothing about now.
const FORGET: Duration = Duration::from_secs(60);

/// Whether the ledger can be read and written, by what came of its calls.
///
/// It is away if for five seconds nothing was read, or nothing was written, that was tried more than once or waits for its answer.
pub struct Health {
    clock: Clock,
    lines: Mutex<[Line; 2]>,
}

/// Reading, or writing.
#[derive(Debug, Default)]
struct Line {
    next: u64,
    /// Calls that wait for an answer.
    pending: BTreeMap<u64, Moment>,
    failing: Option<Failing>,
    answered: Option<Instant>,
}

type Moment = (Instant, Timestamp);

#[derive(Clone, Copy, Debug)]
struct Failing {
    first: Moment,
    last: Instant,
    times: u32,
}

/// Which of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Read,
    Write,
}

/// What an answer says about the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Answers,
    Fails,
    /// About this one object only.
    Nothing,
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Health")
    }
}

impl Health {
    /// Of a ledger that was not called yet.
    pub fn new(clock: Clock) -> Health {
        Health { clock, lines: Mutex::default() }
    }

    /// Since when the ledger is away; `None` where it is not.
    pub fn away(&self) -> Option<Timestamp> {
        let now = Instant::now();
        self.lines().iter().filter_map(|line| line.away(now)).min()
    }

    fn lines(&self) -> MutexGuard<'_, [Line; 2]> {
        // nothing in it is half done where a holder panicked
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, what: What) -> Waiting<'_> {
        let moment = (Instant::now(), self.clock.now());
        let line = &mut self.lines()[what as usize];
        line.next += 1;
        line.pending.insert(line.next, moment);
        Waiting { health: self, what, id: line.next }
    }
}

impl Line {
    fn away(&self, now: Instant) -> Option<Timestamp> {
        let is_long = |since: Instant| now.duration_since(since) >= PATIENCE;
        let unanswered = |(began, _): &Moment| self.answered.is_none_or(|answered| answered <= *began);
        let waits = self.pending.values().filter(|moment| unanswered(moment)).min();
        let waits = waits.filter(|(began, _)| is_long(*began));
        let fails = self.failing.filter(|own| now.duration_since(own.last) < FORGET);
        let is_failing = fails.is_some_and(|own| own.times > 1 && is_long(own.first.0));
        (waits.is_some() || is_failing).then(|| {
            let first = fails.map(|own| own.first);
            [waits.copied(), first].into_iter().flatten().min().map(|(_, at)| at)
        })?
    }

    fn end(&mut self, id: u64, says: Says, now: Instant) {
        let began = self.pending.remove(&id);
        match (says, began) {
            (Says::Answers, _) => (self.answered, self.failing) = (Some(now), None),
            (Says::Fails, Some(began)) => {
                let before = self.failing.filter(|own| now.duration_since(own.last) < FORGET);
                let first = before.map_or(began, |own| own.first.min(began));
                // one that began before the last answer, and failed after it
                let first = match self.answered {
                    Some(answered) if first.0 < answered => (answered, first.1),
                    _ => first,
                };
                let times = before.map_or(0, |own| own.times).saturating_add(1);
                self.failing = Some(Failing { first, last: now, times });
            }
            _ => {}
        }
    }
}

/// A call under way; one that is given up says nothing.
struct Waiting<'h> {
    health: &'h Health,
    what: What,
    id: u64,
}

impl Waiting<'_> {
    fn end(self, says: Says) {
        self.health.lines()[self.what as usize].end(self.id, says, Instant::now());
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.health.lines()[self.what as usize].pending.remove(&self.id);
    }
}

/// A ledger whose health is heard.
#[derive(Debug)]
pub struct Heard {
    ledger: Arc<dyn Ledger>,
    health: Arc<Health>,
}

impl Heard {
    /// The same ledger.
    pub fn new(ledger: Arc<dyn Ledger>, health: Arc<Health>) -> Heard {
        Heard { ledger, health }
    }

    async fn hear<T>(
        &self,
        what: What,
        is_all: bool,
        call: BoxFuture<'_, Result<T, LedgerError>>,
    ) -> Result<T, LedgerError> {
        let waiting = self.health.begin(what);
        let done = call.await;
        waiting.end(match &done {
            Ok(_) | Err(LedgerError::Conflict) => Says::Answers,
            // one object that is not taken, or cannot be read
            Err(LedgerError::Refused(_)) if !is_all => Says::Nothing,
            Err(_) => Says::Fails,
        });
        done
    }
}

impl Ledger for Heard {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>> {
        Box::pin(self.hear(What::Read, true, self.ledger.all()))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Incident>, LedgerError>> {
        Box::pin(self.hear(What::Read, false, self.ledger.get(name)))
    }

    fn create<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(self.hear(What::Write, false, self.ledger.create(incident)))
    }

    fn save<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(self.hear(What::Write, false, self.ledger.save(incident)))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        Box::pin(self.hear(What::Write, false, self.ledger.remove(name)))
    }
}

#[cfg(test)]
mod tests;
