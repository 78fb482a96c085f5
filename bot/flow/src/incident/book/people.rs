//! What people change, and what is kept for them. Whether they may is decided before.

use jiff::Timestamp;

use super::work::Work;
use super::{Book, Change};
use crate::incident::mute::Mute;
use crate::incident::name::short;
use crate::incident::policy::Policy;
use crate::incident::record::{Incident, MOST_VOTES, Status, Taken};

/// A person's name, in bytes.
const LONGEST_NAME: usize = 120;

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

    /// Someone said that its diagnosis is right, or wrong: once, but anyone may change their mind.
    pub fn vote(&mut self, name: &str, right: bool, by: &str, now: Timestamp) -> Vec<Change> {
        self.one(name, now, |one| one.status.vote(&short(by, LONGEST_NAME), right))
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

    /// What is of these names is told of again, at once: mutes end, and incidents that are muted themselves are so no more.
    pub fn unmute(&mut self, names: &[String], policy: &Policy, now: Timestamp) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        for name in names {
            if work.get(name).is_some_and(|one| Mute::of(one).is_some()) {
                work.remove(name);
            }
            work.edit(name, |one| {
                one.status.muted_until = None;
                one.status.muted_by = None;
            });
        }
        work.tell();
        work.done()
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

impl Status {
    /// What someone said of its diagnosis; `None` for nothing.
    pub fn vote_of(&self, by: &str) -> Option<bool> {
        self.votes.get(&short(by, LONGEST_NAME)).copied()
    }

    /// See [`Book::vote`]. The counts of an older version, which did not note who said so, stay.
    fn vote(&mut self, by: &str, right: bool) {
        let before = self.votes.get(by).copied();
        if before == Some(right) || (before.is_none() && self.votes.len() >= MOST_VOTES) {
            return;
        }
        match before {
            Some(true) => self.right = self.right.saturating_sub(1),
            Some(false) => self.wrong = self.wrong.saturating_sub(1),
            None => {}
        }
        let count = if right { &mut self.right } else { &mut self.wrong };
        *count = count.saturating_add(1);
        self.votes.insert(by.to_string(), right);
    }
}
