//! Evidence that stays with an incident when its object or event is gone.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::{Book, Change, elapsed};
use crate::incident::fit::tidy_kept;
use crate::incident::policy::{Excerpts, Policy};
use crate::incident::record::{Incident, Kept};

/// What a look sees of a pod that is known is taken in again only after this: counts in events change with every look, and a
/// ledger is no place for a clock.
const AGAIN: Duration = Duration::from_secs(10 * 60);

/// The same of a pod that is new: pods of a Job come and go.
const ANEW: Duration = Duration::from_secs(60);

impl Book {
    /// Evidence that stays with an incident when its object or event is gone: the newest of each object and source.
    pub fn keep(&mut self, name: &str, kept: &[Kept], policy: &Policy, now: Timestamp) -> Vec<Change> {
        self.one(name, now, |one| one.keep(kept, policy.excerpts))
    }
}

impl Incident {
    /// What a look brought.
    pub(super) fn keep_seen(&mut self, seen: &[Kept], excerpts: Excerpts, now: Timestamp) {
        let Some(first) = seen.first() else { return };
        let is_known = self.status.kept.iter().any(|kept| kept.object == first.object);
        let pause = if is_known { AGAIN } else { ANEW };
        if self.status.kept_at.is_some_and(|at| elapsed(at, now) < pause) {
            return;
        }
        let before = self.status.kept.clone();
        self.keep(seen, excerpts);
        if self.status.kept != before {
            self.status.kept_at = Some(now);
        }
    }

    /// See [`Book::keep`]. The same texts seen again later are no news.
    pub(super) fn keep(&mut self, kept: &[Kept], excerpts: Excerpts) {
        let new: Vec<Kept> = kept.iter().map(|kept| tidy_kept(kept, excerpts.longest)).collect();
        let mut origins: Vec<(&str, &str)> = Vec::new();
        for at in new.iter().map(origin) {
            if !origins.contains(&at) {
                origins.push(at);
            }
        }
        let own = &mut self.status.kept;
        for at in origins {
            let (before, after) = (texts(own, at), texts(&new, at));
            let newest = |all: &[Kept]| all.iter().filter(|kept| origin(kept) == at).map(|k| k.seen_at).max();
            if before == after || newest(own) > newest(&new) {
                continue;
            }
            own.retain(|old| origin(old) != at);
            own.extend(new.iter().filter(|kept| origin(kept) == at).cloned());
        }
        own.sort_by_key(|kept| std::cmp::Reverse(kept.seen_at));
        own.truncate(excerpts.most);
    }
}

fn origin(kept: &Kept) -> (&str, &str) {
    (&kept.object, &kept.source)
}

fn texts<'k>(all: &'k [Kept], at: (&str, &str)) -> BTreeSet<&'k str> {
    all.iter().filter(|kept| origin(kept) == at).map(|kept| kept.text.as_str()).collect()
}
