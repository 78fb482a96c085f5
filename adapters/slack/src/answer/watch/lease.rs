//! Whose a watched message is: one replica's, as long as it claims one lease after the other, each before it begins.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use podwhy_flow::chat::watching::EVERY;

use super::super::Work;
use super::Watch;
use crate::metrics::{Counted, Metrics};
use crate::outbound::Posted;

/// For how long one claim lasts. A replica that ends leaves its messages unwatched for at most two.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// A message, by its channel and `ts`.
type Key = (String, String);

/// The messages this replica watches.
#[derive(Debug)]
pub(crate) struct Watches {
    most: usize,
    now: Arc<Mutex<HashMap<Key, Counted>>>,
    /// The leases this replica has had of messages it watches no more: they are its own still.
    had: Mutex<HashMap<Key, i64>>,
}

/// Why a watch was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begun {
    Already,
    TooMany,
}

/// A message counts as watched here until this is dropped.
#[derive(Debug)]
pub(super) struct Seat {
    of: Arc<Mutex<HashMap<Key, Counted>>>,
    key: Key,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.of.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.key);
    }
}

/// Whether a message is this replica's to watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lease {
    Own(i64),
    /// Another replica has it.
    Others,
    /// Nobody could be asked.
    Unknown,
}

impl Watches {
    pub(crate) fn new(most: usize) -> Watches {
        Watches { most, now: Arc::default(), had: Mutex::default() }
    }

    pub(super) fn begin(&self, posted: &Posted, metrics: &Metrics) -> Result<Seat, Begun> {
        let key = key_of(posted);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.contains_key(&key) {
            return Err(Begun::Already);
        }
        if now.len() >= self.most {
            return Err(Begun::TooMany);
        }
        now.insert(key.clone(), metrics.watch());
        Ok(Seat { of: self.now.clone(), key })
    }

    pub(super) fn keep_lease(&self, posted: &Posted, lease: i64, now: i64) {
        let mut had = self.had.lock().unwrap_or_else(PoisonError::into_inner);
        had.retain(|_, until| *until >= now);
        had.insert(key_of(posted), lease);
    }

    fn lease(&self, posted: &Posted) -> Option<i64> {
        self.had.lock().unwrap_or_else(PoisonError::into_inner).get(&key_of(posted)).copied()
    }
}

fn key_of(posted: &Posted) -> Key {
    (posted.channel.clone(), posted.ts.clone())
}

/// The lease a time falls into.
pub(super) fn number(now: Timestamp) -> i64 {
    now.as_second().div_euclid(LEASE.as_secs() as i64)
}

impl Work {
    pub(super) async fn first_lease(&self, posted: &Posted) -> Lease {
        let now = number(self.clock.now());
        match self.watches.lease(posted) {
            Some(had) if had >= now => Lease::Own(had),
            _ => self.lease(posted, now).await,
        }
    }

    /// The lease for now, and the next one early enough.
    pub(super) async fn next_lease(&self, watch: &mut Watch) -> Lease {
        let ahead = self.clock.now() + EVERY + EVERY;
        // after a long sleep of the machine nobody asks for the leases slept through
        watch.lease = watch.lease.max(number(self.clock.now()) - 1);
        while watch.lease < number(ahead) {
            let lease = self.lease(&watch.watched.posted, watch.lease + 1).await;
            if lease == Lease::Others {
                return lease;
            }
            // one that is not known to be its own may be: it is not asked for again, the next one decides
            watch.lease += 1;
            watch.is_own = lease != Lease::Unknown;
        }
        if watch.is_own { Lease::Own(watch.lease) } else { Lease::Unknown }
    }

    pub(super) async fn lease(&self, posted: &Posted, number: i64) -> Lease {
        let key = format!("slack:watch:{}:{}:{number}", posted.channel, posted.ts);
        match self.claim(&key).await {
            Ok(true) => Lease::Own(number),
            Ok(false) => Lease::Others,
            Err(_) => Lease::Unknown,
        }
    }
}
