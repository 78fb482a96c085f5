//! What a look, an alert or a person changes about all incidents. Pure: no request, no clock.
//!
//! Reads as it happens: a look or an alert is sorted by root cause (`look`, `alert`); what turned out to be another cause is
//! renamed or goes on in the other's incident (`deeper`); each cause meets its incident (`meet`), or a resolved one, or a new one;
//! members are counted (`count`); channels are dealt out (`storm`); and what changed is handed back to be stored.
//!
//! # Caveats
//! A change that could not be stored is taken back by [`Book::put`] (or [`Book::take_away`]) of what the ledger has, and the look
//! or alert is told again: each of them may be told any number of times.

mod adopt;
mod alert;
mod alerted;
mod answers;
mod call;
mod count;
mod deeper;
mod forsake;
mod keep;
mod look;
mod meet;
mod people;
mod settle;
mod sort;
mod work;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::mute::Mute;
use super::policy::Policy;
use super::record::Incident;

pub use super::change::Change;
pub use adopt::Adopted;
pub use call::Call;
pub(super) use work::Work;

/// All incidents, as they are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    incidents: BTreeMap<String, Arc<Incident>>,
}

impl Book {
    /// Of what the ledger has; only what is changed is copied.
    pub fn of(known: &[Arc<Incident>]) -> Book {
        Book { incidents: known.iter().map(|one| (one.name.clone(), Arc::clone(one))).collect() }
    }

    /// All of them, by name.
    pub fn incidents(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values().map(Arc::as_ref)
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&Incident> {
        self.incidents.get(name).map(Arc::as_ref)
    }

    /// One as the ledger has it.
    pub fn put(&mut self, incident: Incident) {
        self.incidents.insert(incident.name.clone(), Arc::new(incident));
    }

    /// One the ledger does not have.
    pub fn take_away(&mut self, name: &str) {
        self.incidents.remove(name);
    }

    /// What is not told now, by cause, namespace or workload.
    pub fn mutes(&self, now: Timestamp) -> Vec<Mute> {
        self.incidents().filter_map(Mute::of).filter(|mute| now < mute.until).collect()
    }

    /// Whether nothing is to be said about an incident now.
    pub fn is_muted(&self, incident: &Incident, now: Timestamp) -> bool {
        is_muted(incident, &self.mutes(now), now)
    }

    /// Gives what has none a thread, or a place in one: to be asked for when routes changed or a mute ended. A look, an alert and
    /// [`Book::settle`] do it themselves.
    pub fn tell(&mut self, policy: &Policy, now: Timestamp) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        work.tell();
        work.done()
    }
}

pub(super) fn is_muted(incident: &Incident, mutes: &[Mute], now: Timestamp) -> bool {
    incident.status.is_muted(now) || mutes.iter().any(|mute| mute.holds(incident, now))
}

/// How long ago; nothing for what is still to come, as another's clock may be ahead.
pub(super) fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}
