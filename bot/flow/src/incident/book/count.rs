//! What of an incident fails, counted: of some namespaces, of all, or of what could be read.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use super::elapsed;
use crate::incident::look::Scope;
use crate::incident::record::{BEYOND, Incident, MOST_MEMBERS, Member, Phase, Status};

/// What goes on failing is written down again only after this: a ledger is no place for a clock.
const REFRESH: Duration = Duration::from_secs(60);

/// What was looked at, as far as one incident is concerned.
pub(super) struct View<'a> {
    pub scope: &'a Scope,
    /// Whether what is not seen in the scope is well.
    pub is_whole: bool,
    /// What of it fails.
    pub seen: &'a BTreeSet<Member>,
    /// What of it fails for another reason by now.
    pub elsewhere: BTreeSet<&'a Member>,
}

impl Status {
    /// Whether a look at this much would have seen all of it.
    pub(super) fn is_covered(&self, scope: &Scope) -> bool {
        let members = self.members.iter().all(|member| scope.holds(&member.namespace));
        members && self.namespaces.keys().all(|namespace| scope.holds(namespace))
    }

    /// Counts again what fails.
    pub(super) fn see(&mut self, view: &View<'_>, now: Timestamp) {
        let failed = self.failing > 0;
        let before = if failed { self.members.clone() } else { Vec::new() };
        let keeps = |namespace: &str| !view.is_whole || !view.scope.holds(namespace);
        let mut counts: BTreeMap<String, u32> =
            self.namespaces.iter().filter(|(name, _)| keeps(name)).map(|(n, c)| (n.clone(), *c)).collect();
        let mut members = view.seen.clone();
        for member in before.into_iter().filter(|member| keeps(&member.namespace)) {
            if !view.elsewhere.contains(&member) {
                members.insert(member);
            } else if let Some(count) = counts.get_mut(&member.namespace) {
                *count = count.saturating_sub(1);
            }
        }
        let mut listed: BTreeMap<&str, u32> = BTreeMap::new();
        for member in &members {
            *listed.entry(&member.namespace).or_default() += 1;
        }
        for (namespace, listed) in listed {
            if !self.namespaces.contains_key(namespace)
                && let Some(beyond) = counts.get_mut(BEYOND)
            {
                // it was counted there, as far as is known
                *beyond = beyond.saturating_sub(listed);
            }
            // more than are listed may have been counted
            let count = counts.entry(namespace.to_string()).or_default();
            *count = listed.max(*count);
        }
        counts.retain(|_, count| *count > 0);
        self.failing = counts.values().fold(0, |all, count| all.saturating_add(*count));
        self.namespaces = counts;
        self.most_failing = self.most_failing.max(self.failing);
        if self.failing > 0 {
            self.members = members.into_iter().take(MOST_MEMBERS).collect();
            self.refresh(now);
        } else if failed {
            self.last_failing = now;
        }
    }

    /// It fails now.
    pub(super) fn refresh(&mut self, now: Timestamp) {
        if elapsed(self.last_failing, now) >= REFRESH {
            self.last_failing = now;
        }
    }
}

impl Incident {
    /// Whether nothing of it failed for long enough.
    pub(super) fn is_settled(&self, settle: Duration, now: Timestamp) -> bool {
        self.is_open() && !self.still_fails() && elapsed(self.status.last_failing, now) >= settle
    }

    pub(crate) fn resolve(&mut self, now: Timestamp) {
        self.status.phase = Phase::Resolved;
        self.status.resolved_at = Some(now);
        self.status.failing = 0;
        self.status.namespaces.clear();
    }

    /// It goes on in the same thread. Who was on it may have gone home, and someone is called once more.
    pub(crate) fn reopen(&mut self, now: Timestamp) {
        let status = &mut self.status;
        status.phase = Phase::Open;
        status.reopened = status.reopened.saturating_add(1);
        status.last_failing = now;
        (status.resolved_at, status.same_as, status.taken) = (None, None, None);
        status.fixed.clear();
        status.revisions.clear();
        status.ended = None;
        status.threads.iter_mut().for_each(|thread| thread.reminded = false);
    }
}
