//! What people change, and what is kept for them. Whether they may is decided before.

use jiff::Timestamp;

use super::work::Work;
use super::{Book, Change};
use crate::incident::mute::Mute;
use crate::incident::policy::Policy;
use crate::incident::record::{Incident, Taken};

impl Book {
    /// Someone is on it: who said so last.
    pub fn take(&mut self, name: &str, by: &str, now: Timestamp) -> Vec<Change> {
        self.one(name, now, |one| one.status.taken = Some(Taken { by: by.to_string(), at: now }))
    }

    /// Nothing is said about it until then, at most 24 hours from now; a time that is over ends it.
    pub fn mute(&mut self, name: &str, until: Timestamp, by: &str, now: Timestamp) -> Vec<Change> {
        self.one(name, now, |one| {
            let until = Some(Mute::latest(until, now)).filter(|until| now < *until);
            one.status.muted_until = until;
            one.status.muted_by = until.map(|_| by.to_string());
        })
    }

    /// Someone said that its diagnosis is right, or wrong.
    pub fn vote(&mut self, name: &str, right: bool, now: Timestamp) -> Vec<Change> {
        self.one(name, now, |one| {
            let count = if right { &mut one.status.right } else { &mut one.status.wrong };
            *count = count.saturating_add(1);
        })
    }

    /// Nothing is said about what a mute holds; said again for the same, it has a new end.
    pub fn mute_all(&mut self, mute: &Mute, now: Timestamp) -> Vec<Change> {
        let record = mute.record(now);
        if !self.incidents.contains_key(&record.name) {
            let policy = Policy::default();
            let mut work = Work::new(&mut self.incidents, &policy, now);
            work.add(record);
            return work.done();
        }
        let name = record.name.clone();
        self.one(&name, now, |one| {
            one.status.muted_until = record.status.muted_until;
            one.status.muted_by = record.status.muted_by;
            one.status.taken = record.status.taken;
        })
    }

    pub(super) fn one(
        &mut self,
        name: &str,
        now: Timestamp,
        change: impl FnOnce(&mut Incident),
    ) -> Vec<Change> {
        let policy = Policy::default();
        let mut work = Work::new(&mut self.incidents, &policy, now);
        work.edit(name, change);
        work.done()
    }
}
