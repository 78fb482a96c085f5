//! Which incidents get a thread of their own, and which are told in the thread of "many failures": nobody reads forty threads.
//!
//! Of each channel at most `storm_threads` incidents get a new thread within `storm_window`, the severe ones first. The others are
//! entries of the channel's "many failures" incident: each of them says so itself ([`Thread::within`]), so that it is never
//! without a place, whatever of it was stored. Those that still fail get threads of their own when `storm_threads` or fewer are
//! open, by the same rule.

use std::cmp::Reverse;

use super::alert::Severity;
use super::book::{Work, elapsed, is_muted};
use super::mute::Mute;
use super::name::MANY_FAILURES;
use super::policy::Spot;
use super::record::{Incident, MOST_ENTRIES, Thread};

impl Work<'_> {
    /// See the module.
    pub(crate) fn tell(&mut self) {
        let mutes: Vec<Mute> = self.all().filter_map(Mute::of).collect();
        for spot in self.policy.channels() {
            let untold = self.untold(spot, &mutes);
            self.give(spot, &untold);
            self.split(spot);
        }
        let many: Vec<String> =
            self.all().filter(|one| one.is_many_failures()).map(|one| one.name.clone()).collect();
        many.iter().for_each(|name| self.count_entries(name));
    }

    /// What is to be told in a channel and has no place there, the severe ones and then the oldest first.
    fn untold(&self, spot: &Spot, mutes: &[Mute]) -> Vec<String> {
        let is_untold = |one: &&Incident| {
            one.is_open()
                && one.is_ordinary()
                // what is well again before it was told stays untold
                && one.still_fails()
                && !self.has_place(one, spot)
                && !is_muted(one, mutes, self.now)
                && self.policy.spots(one).iter().any(|route| route.to == *spot)
        };
        let mut untold: Vec<&Incident> = self.all().filter(is_untold).collect();
        untold.sort_by_key(|one| (Reverse(one.status.severity), one.spec.opened_at, &one.name));
        untold.into_iter().map(|one| one.name.clone()).collect()
    }

    fn has_place(&self, one: &Incident, spot: &Spot) -> bool {
        one.thread(spot).is_some_and(|own| own.within.as_ref().is_none_or(|many| self.get(many).is_some()))
    }

    fn give(&mut self, spot: &Spot, untold: &[String]) {
        let (own, entries) = untold.split_at(self.room(spot).min(untold.len()));
        own.iter().for_each(|name| self.place(name, spot, None));
        if !entries.is_empty() {
            let many = self.many_failures(spot);
            entries.iter().for_each(|name| self.place(name, spot, Some(many.clone())));
        }
    }

    /// How many threads may be new now.
    fn room(&self, spot: &Spot) -> usize {
        let is_new =
            |own: &Thread| own.within.is_none() && elapsed(own.since, self.now) < self.policy.storm_window;
        let new = self.all().filter(|one| one.is_ordinary() && one.thread(spot).is_some_and(is_new));
        self.policy.storm_threads.saturating_sub(new.count())
    }

    fn place(&mut self, name: &str, spot: &Spot, within: Option<String>) {
        let now = self.now;
        self.edit(name, |one| {
            let called_at = one.thread(spot).and_then(|own| own.called_at);
            one.status.threads.retain(|own| !own.is_in(spot));
            one.status.threads.push(Thread { called_at, ..Thread::new(spot, within, now) });
        });
    }

    /// The channel's "many failures": the open one, one resolved a short while ago, or a new one.
    fn many_failures(&mut self, spot: &Spot) -> String {
        let root_cause = spot.many_failures();
        let (now, reopen) = (self.now, self.policy.reopen);
        let lately = |one: &&Incident| one.status.resolved_at.is_none_or(|at| elapsed(at, now) <= reopen);
        let own = self.all().filter(|one| one.spec.root_cause == root_cause).filter(lately);
        if let Some(name) =
            own.max_by_key(|one| (one.is_open(), one.spec.episode)).map(|one| one.name.clone())
        {
            return name;
        }
        let episode = self.next_episode(&root_cause);
        let mut many = Incident::opened(root_cause, episode, now);
        many.status.threads.push(Thread::new(spot, None, now));
        let name = many.name.clone();
        self.add(many);
        name
    }

    fn split(&mut self, spot: &Spot) {
        // one that is resolved, too: an entry of it may just have come back
        let is_told =
            |one: &&Incident| one.is_open() && one.thread(spot).is_some_and(|own| own.within.is_some());
        let mut open: Vec<&Incident> = self.all().filter(is_told).collect();
        if open.len() > self.policy.storm_threads {
            return;
        }
        // what is well but not yet for long enough is told as resolved where it stands
        open.retain(|one| one.still_fails());
        open.sort_by_key(|one| (Reverse(one.status.severity), one.spec.opened_at, &one.name));
        let names: Vec<String> = open.iter().take(self.room(spot)).map(|one| one.name.clone()).collect();
        names.iter().for_each(|name| self.place(name, spot, None));
    }

    fn entries_of<'b>(&'b self, many: &'b str) -> impl Iterator<Item = &'b Incident> {
        let within = move |own: &Thread| own.within.as_deref() == Some(many);
        self.all().filter(move |one| one.status.threads.iter().any(within))
    }

    /// What "many failures" shows, of what is told in its thread.
    fn count_entries(&mut self, name: &str) {
        let mut entries: Vec<&Incident> = self.entries_of(name).collect();
        entries.sort_by_key(|one| (!one.is_open(), one.spec.opened_at, &one.name));
        let names: Vec<String> = entries.iter().take(MOST_ENTRIES).map(|one| one.name.clone()).collect();
        let open: Vec<&&Incident> = entries.iter().filter(|one| one.is_open()).collect();
        let count = u32::try_from(open.len()).unwrap_or(u32::MAX);
        let severity = open.iter().map(|one| one.status.severity).max().unwrap_or(Severity::Info);
        let now = self.now;
        self.edit(name, |many| {
            if count > 0 && !many.is_open() {
                many.reopen(now);
            }
            let status = &mut many.status;
            status.entries = names;
            status.failing = count;
            status.most_failing = status.most_failing.max(count);
            status.severity = status.severity.max(severity);
            if count == 0 && many.is_open() {
                many.resolve(now);
            }
        });
    }
}

impl Incident {
    fn is_many_failures(&self) -> bool {
        self.spec.root_cause.cause == MANY_FAILURES
    }
}
