//! What is remembered of one receiver between two notices. Nothing in it has to outlive the process: what does is in the ledger.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use super::super::book::is_muted;
use super::super::mute::Mute;
use super::super::outgoing::{self, Due, Notice, Receiver};
use super::super::record::{Incident, Sent};
use super::options::Options;

/// How an errand ended.
#[derive(Clone, Debug)]
pub(super) enum Outcome {
    /// The receiver has it, or refused it, and the ledger says so.
    Noted,
    /// The same, but the ledger does not say so yet.
    NotNoted(Sent),
    /// The receiver may take it later, after this.
    Later(Option<Duration>),
    /// Another leads.
    NotLeading,
}

/// One notice on its way; without it, only what the ledger is to remember.
#[derive(Clone, Debug)]
pub(super) struct Errand {
    pub(super) incident: String,
    pub(super) notice: Option<Notice>,
    pub(super) sent: Sent,
}

/// What is to be done.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Errands that can set out, the oldest first.
    pub(super) ready: Vec<Errand>,
    /// When another will be ready.
    pub(super) next: Option<Instant>,
    /// How many incidents wait, and since when the oldest does.
    pub(super) waiting: u64,
    pub(super) oldest: Option<Timestamp>,
    /// Incidents that waited, and are gone.
    pub(super) lost: Vec<String>,
}

/// Of one incident of which something is to be told.
#[derive(Clone, Debug)]
struct Pending {
    since: Timestamp,
    failures: u32,
    not_before: Option<Instant>,
    receipt: Option<Sent>,
}

/// Of one receiver.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pending: HashMap<String, Pending>,
    busy: HashSet<String>,
    /// The receiver asked to be left alone until then.
    paused: Option<Instant>,
    /// What is due of an incident, as long as that stays the same.
    worked_out: HashMap<String, (Arc<Incident>, bool, Option<Due>)>,
}

impl Desk {
    pub(super) fn clear(&mut self) {
        *self = Desk { busy: std::mem::take(&mut self.busy), ..Desk::default() };
    }

    /// Over all incidents.
    pub(super) fn plan(
        &mut self,
        known: &[Arc<Incident>],
        receiver: &Receiver,
        now: Instant,
        at: Timestamp,
    ) -> Plan {
        let mut plan = Plan::default();
        let names: HashSet<&str> = known.iter().map(|one| one.name.as_str()).collect();
        self.worked_out.retain(|name, _| names.contains(name.as_str()));
        let is_gone = |name: &String| !names.contains(name.as_str());
        plan.lost = self
            .pending
            .iter()
            .filter(|(n, p)| is_gone(n) && p.receipt.is_none())
            .map(|(n, _)| n.clone())
            .collect();
        self.pending.retain(|name, _| !is_gone(name));
        let mutes: Vec<Mute> = known.iter().filter_map(|one| Mute::of(one)).collect();
        let mut ready: Vec<(Timestamp, Errand)> = Vec::new();
        for incident in known {
            let due = self.due(incident, receiver, is_muted(incident, &mutes, at), at);
            self.of_incident(incident, due, now, at, &mut plan, &mut ready);
        }
        ready.sort_by(|a, b| (a.0, &a.1.incident).cmp(&(b.0, &b.1.incident)));
        plan.ready = ready.into_iter().map(|(_, errand)| errand).collect();
        plan
    }

    fn of_incident(
        &mut self,
        incident: &Incident,
        due: Option<Due>,
        now: Instant,
        at: Timestamp,
        plan: &mut Plan,
        ready: &mut Vec<(Timestamp, Errand)>,
    ) {
        let name = &incident.name;
        let receipt = self.pending.get(name).and_then(|pending| pending.receipt.clone());
        let Some(due) = due else {
            if receipt.is_none() {
                self.pending.remove(name);
            }
            return;
        };
        if due.at > at {
            let until = now + Duration::try_from(at.duration_until(due.at)).unwrap_or_default();
            plan.next = Some(plan.next.map_or(until, |next| next.min(until)));
            return;
        }
        let since = due.since.unwrap_or(at).min(at);
        let fresh = Pending { since, failures: 0, not_before: None, receipt: None };
        let pending = self.pending.entry(name.clone()).or_insert(fresh);
        plan.waiting += 1;
        plan.oldest = Some(plan.oldest.map_or(pending.since, |oldest| oldest.min(pending.since)));
        if self.busy.contains(name) {
            return;
        }
        let paused = self.paused.filter(|_| receipt.is_none());
        let begins = pending.not_before.max(paused).unwrap_or(now);
        if begins > now {
            plan.next = Some(plan.next.map_or(begins, |next| next.min(begins)));
            return;
        }
        let errand = match receipt {
            Some(sent) => Errand { incident: name.clone(), notice: None, sent },
            None => Errand { incident: name.clone(), notice: Some(due.notice), sent: due.sent },
        };
        ready.push((pending.since, errand));
    }

    /// What is due, worked out anew only when something changed that it depends on.
    fn due(
        &mut self,
        incident: &Arc<Incident>,
        receiver: &Receiver,
        is_muted: bool,
        at: Timestamp,
    ) -> Option<Due> {
        if let Some((known, was_muted, due)) = self.worked_out.get(&incident.name)
            && Arc::ptr_eq(known, incident)
            && *was_muted == is_muted
        {
            return due.clone();
        }
        let due = outgoing::next(incident, receiver, is_muted, at);
        self.worked_out.insert(incident.name.clone(), (Arc::clone(incident), is_muted, due.clone()));
        due
    }

    pub(super) fn set_out(&mut self, errand: &Errand) {
        self.busy.insert(errand.incident.clone());
    }

    /// Takes in how an errand ended.
    pub(super) fn end(&mut self, incident: &str, outcome: Outcome, now: Instant, options: &Options) {
        self.busy.remove(incident);
        match outcome {
            Outcome::Noted => {
                self.pending.remove(incident);
            }
            Outcome::NotNoted(sent) => {
                if let Some(pending) = self.pending.get_mut(incident) {
                    pending.receipt = Some(sent);
                    pending.fail(now, options);
                }
            }
            Outcome::Later(after) => {
                if let Some(pending) = self.pending.get_mut(incident) {
                    pending.fail(now, options);
                }
                if let Some(after) = after {
                    self.paused = Some(now + after.min(options.longest_pause)).max(self.paused);
                }
            }
            Outcome::NotLeading => {}
        }
    }
}

impl Pending {
    fn fail(&mut self, now: Instant, options: &Options) {
        self.failures += 1;
        self.not_before = Some(now + options.pause(self.failures));
    }
}
