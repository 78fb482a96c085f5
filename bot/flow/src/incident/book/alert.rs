//! What an alert changes.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::alerted::{alerted, checked};
use super::count::View;
use super::deeper::{Groups, is_blamed};
use super::meet::Group;
use super::work::Work;
use super::{Book, Change};
use crate::incident::alert::Alert;
use crate::incident::found::{Found, Told};
use crate::incident::look::{Scope, Sighted};
use crate::incident::name::ALERT;
use crate::incident::policy::Policy;
use crate::incident::record::{Alerted, Blamed, Incident, Member, RootCause};

impl Policy {
    /// Whether an alert without a cause in Kubernetes is posted as it is; else it is only counted.
    pub fn posts(&self, alert: &Alert) -> bool {
        alert.severity.as_ref().is_none_or(|severity| {
            self.post_undiagnosed.iter().any(|posted| posted.eq_ignore_ascii_case(severity))
        })
    }
}

impl Book {
    /// What an alert changes; the same one again changes nothing. It joins the incident of its cause, or the one its object
    /// belongs to; one without a cause joins its group's if [`Policy::posts`] it, and otherwise is the caller's to count.
    pub fn alert(&mut self, told: &Told, policy: &Policy, now: Timestamp) -> Vec<Change> {
        let mut work = Work::new(&mut self.incidents, policy, now);
        work.hear(told);
        work.tell();
        work.done()
    }
}

impl Work<'_> {
    fn hear(&mut self, told: &Told) {
        let (alert, now) = (&told.alert, self.now);
        let own = alerted(alert, self.policy);
        let known: Vec<&Incident> = self.listing(&alert.cluster, |other| other.is_same(&own)).collect();
        if !alert.firing {
            let names: Vec<String> = known.iter().map(|one| one.name.clone()).collect();
            return names
                .iter()
                .for_each(|name| self.edit(name, |one| one.add_alert(&own, alert.truncated, now)));
        }
        // one that began later has taken its place
        let is_later =
            |other: &Alerted| other.fingerprint == own.fingerprint && other.starts_at > own.starts_at;
        if self.listing(&alert.cluster, is_later).next().is_some() {
            return;
        }
        let at = known.iter().find(|one| one.is_open()).map(|one| (one.name.clone(), one.is_alert()));
        self.end_earlier(&alert.cluster, &own);
        match (at, &told.found) {
            (Some((name, true)), Found::Cause(sighted)) => {
                self.edit(&name, |one| one.add_alert(&own, alert.truncated, now));
                self.meet_alert(sighted, own, alert);
            }
            (Some((name, _)), _) => self.edit(&name, |one| one.add_alert(&own, alert.truncated, now)),
            (None, Found::Cause(sighted)) => self.meet_alert(sighted, own, alert),
            (None, found) => match self.of_object(&alert.cluster, own.about.as_ref()) {
                Some(name) => self.edit(&name, |one| {
                    one.status.severity = one.status.severity.max(alert.severity().unwrap_or_default());
                    one.add_alert(&own, alert.truncated, now);
                }),
                None if self.policy.posts(alert) => self.meet_undiagnosed(found, own, alert),
                None => self.leave_untold(&alert.cluster, &own),
            },
        }
    }

    fn meet_alert(&mut self, sighted: &Sighted, own: Alerted, alert: &Alert) {
        self.unite_doubles(&alert.cluster);
        let severity = alert.severity().map_or(sighted.severity, |severity| severity.max(sighted.severity));
        let mut group = Group::of(&Sighted { severity, ..sighted.clone() });
        (group.alerts, group.truncated) = (vec![own], alert.truncated);
        let groups = Groups::from([(group.root_cause().clone(), group)]);
        // an object was looked at, and not its cluster: what is known of it stays
        let mut groups = self.hold(&alert.cluster, groups);
        let sorted = self.sort_alerts(&alert.cluster, &mut groups);
        groups.values().for_each(|group| self.meet_all_of(group));
        self.leave_sorted(&sorted);
    }

    fn meet_undiagnosed(&mut self, found: &Found, own: Alerted, alert: &Alert) {
        let said =
            if own.summary.is_empty() { own.name.clone() } else { format!("{}: {}", own.name, own.summary) };
        let kept = checked(found, &own, self.now);
        let blame = Blamed { kind: "AlertGroup".to_string(), namespace: None, name: alert.group.clone() };
        let root_cause = RootCause { cluster: alert.cluster.clone(), cause: ALERT.to_string(), blame };
        let mut group = Group::of(&Sighted {
            root_cause,
            confidence: None,
            summary: said,
            members: Vec::new(),
            is_due: true,
            severity: alert.severity().unwrap_or_default(),
            // whether the cluster could be asked says where it is told
            evidence: kept.clone().into(),
            annotations: None,
        });
        (group.alerts, group.truncated) = (vec![own], alert.truncated);
        self.meet_all_of(&group);
        let name = self.open_of(group.root_cause()).map(|one| one.name.clone());
        let excerpts = self.policy.excerpts;
        name.iter().for_each(|name| self.edit(name, |one| one.keep(&kept, excerpts)));
    }

    fn meet_all_of(&mut self, group: &Group) {
        let nothing = Scope::Namespaces(BTreeSet::new());
        let view =
            View { scope: &nothing, is_whole: false, seen: &group.members, elsewhere: BTreeSet::new() };
        self.meet(group, &view);
    }

    fn listing<'b>(
        &'b self,
        cluster: &'b str,
        is: impl Fn(&Alerted) -> bool + 'b,
    ) -> impl Iterator<Item = &'b Incident> {
        let own = self.all().filter(move |one| one.status.root_cause.cluster == cluster);
        own.filter(move |one| one.status.alerts.iter().any(&is))
    }

    /// One of the same fingerprint that began earlier is over, whether its end was told or not.
    fn end_earlier(&mut self, cluster: &str, own: &Alerted) {
        let now = self.now;
        let is_earlier = |other: &Alerted| {
            other.firing && other.fingerprint == own.fingerprint && other.starts_at < own.starts_at
        };
        let names: Vec<String> = self.listing(cluster, is_earlier).map(|one| one.name.clone()).collect();
        for name in names {
            self.edit(&name, |one| {
                one.status
                    .alerts
                    .iter_mut()
                    .filter(|other| is_earlier(other))
                    .for_each(|other| other.firing = false);
                one.status.last_failing = now;
            });
        }
    }

    /// The open incident an object belongs to.
    fn of_object(&self, cluster: &str, object: Option<&Member>) -> Option<String> {
        let object = object?;
        let own = self.open_in(cluster).find(|one| {
            !one.is_alert()
                && (one.status.members.contains(object) || is_blamed(&one.status.root_cause, object))
        });
        own.map(|one| one.name.clone())
    }
}
