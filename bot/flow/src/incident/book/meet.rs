//! What fails for one reason meets its incident: the open one, one resolved a short while ago, or a new one.

use std::collections::BTreeSet;

use super::count::View;
use super::work::Work;
use super::{deeper, elapsed};
use crate::incident::fit::{tidy_cause, tidy_member};
use crate::incident::look::Sighted;
use crate::incident::policy::Excerpts;
use crate::incident::record::{Alerted, Incident, Member, RootCause};

/// What fails for one reason, and the alerts that say so.
pub(super) struct Group {
    pub sighted: Sighted,
    pub members: BTreeSet<Member>,
    pub alerts: Vec<Alerted>,
    /// How many alerts the sender left out.
    pub truncated: u64,
}

impl Group {
    pub(super) fn of(sighted: &Sighted) -> Group {
        let root_cause = tidy_cause(&sighted.root_cause);
        let members = sighted.members.iter().map(tidy_member).collect();
        let sighted = Sighted { root_cause, members: Vec::new(), ..sighted.clone() };
        Group { sighted, members, alerts: Vec::new(), truncated: 0 }
    }

    /// The same again, for the same reason.
    pub(super) fn join(&mut self, other: Group) {
        self.sighted.is_due |= other.sighted.is_due;
        match (&mut self.sighted.annotations, other.sighted.annotations) {
            (Some(own), Some(other)) => own.join(other),
            (own, _) => *own = None,
        }
        if self.sighted.summary.is_empty() {
            self.sighted.summary = other.sighted.summary;
            self.sighted.confidence = other.sighted.confidence;
        }
        if self.sighted.evidence.is_empty() {
            self.sighted.evidence = other.sighted.evidence;
        }
        self.sighted.severity = self.sighted.severity.max(other.sighted.severity);
        self.members.extend(other.members);
        self.alerts.extend(other.alerts);
        self.truncated = self.truncated.max(other.truncated);
    }

    pub(super) fn root_cause(&self) -> &RootCause {
        &self.sighted.root_cause
    }

    /// Whether an object is what fails, or what is at fault.
    pub(super) fn names(&self, object: &Member) -> bool {
        self.members.contains(object) || deeper::is_blamed(self.root_cause(), object)
    }

    /// Whether it may open an incident.
    fn is_due(&self) -> bool {
        self.sighted.is_due || self.alerts.iter().any(|alert| alert.firing)
    }
}

impl Work<'_> {
    /// See the module.
    pub(super) fn meet(&mut self, group: &Group, view: &View<'_>) {
        let now = self.now;
        if let Some(name) = self.open_of(group.root_cause()).map(|one| one.name.clone()) {
            let excerpts = self.policy.excerpts;
            self.edit(&name, |incident| incident.take_in(group, view, excerpts, now));
            return;
        }
        if !group.is_due() {
            return;
        }
        let mut incident = self.resolved_lately(group.root_cause()).cloned().map_or_else(
            || Incident::opened(group.root_cause().clone(), self.next_episode(group.root_cause()), now),
            |mut resolved| {
                resolved.reopen(now);
                resolved
            },
        );
        incident.take_in(group, view, self.policy.excerpts, now);
        if !self.policy.spots(&incident).is_empty() {
            self.add(incident);
        }
    }

    pub(super) fn resolved_lately(&self, root_cause: &RootCause) -> Option<&Incident> {
        let own = self.all().filter(|one| !one.is_open() && one.status.root_cause == *root_cause);
        let last = own.max_by_key(|one| one.status.resolved_at);
        last.filter(|one| {
            one.status.resolved_at.is_some_and(|at| elapsed(at, self.now) <= self.policy.reopen)
        })
    }

    /// By what incidents were first known as: their names are made of that.
    pub(crate) fn next_episode(&self, root_cause: &RootCause) -> u32 {
        let own = self.all().filter(|one| one.spec.root_cause == *root_cause);
        own.map(|one| one.spec.episode).max().unwrap_or_default().saturating_add(1)
    }
}

impl Incident {
    fn take_in(&mut self, group: &Group, view: &View<'_>, excerpts: Excerpts, now: jiff::Timestamp) {
        let status = &mut self.status;
        status.severity = status.severity.max(group.sighted.severity);
        status.see(view, now);
        // of some of its namespaces, the first member is not the first of all: its line would change with every look
        if status.summary.is_empty() || status.is_covered(view.scope) && !group.sighted.summary.is_empty() {
            status.summary.clone_from(&group.sighted.summary);
            status.confidence.clone_from(&group.sighted.confidence);
            if let Some(said) = &group.sighted.annotations {
                status.annotations = Some(said.clone()).filter(|said| !said.is_empty());
            }
        }
        self.keep_seen(&group.sighted.evidence, excerpts, now);
        group.alerts.iter().for_each(|alert| self.add_alert(alert, group.truncated, now));
    }
}
