//! An alert as its incident has it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use podwhy_knowledge::Kind;

use crate::incident::alert::Alert;
use crate::incident::fit::tidy_alert;
use crate::incident::found::Found;
use crate::incident::links;
use crate::incident::name::ALERT;
use crate::incident::policy::Policy;
use crate::incident::record::{Alerted, Incident, Kept, Member, UNREAD};

impl Incident {
    pub(super) fn is_alert(&self) -> bool {
        self.status.root_cause.cause == ALERT
    }

    /// The same one again is noted once; the end of one that is not known is nobody's.
    pub(super) fn add_alert(&mut self, alert: &Alerted, truncated: u64, now: Timestamp) {
        let status = &mut self.status;
        let before = status.alerts.iter_mut().find(|own| own.is_same(alert));
        let is_new = before.as_ref().is_none_or(|own| own.firing != alert.firing);
        match before {
            Some(own) => own.firing = alert.firing,
            None if alert.firing => status.alerts.push(alert.clone()),
            None => return,
        }
        status.truncated_alerts = status.truncated_alerts.max(truncated);
        if is_new && self.is_open() {
            // what fires is not well, and what ended was not well until now
            self.status.last_failing = now;
        }
        self.name_members();
    }

    /// Of an incident without a cause, the objects its alerts name are listed, and not counted: nobody saw them fail.
    pub(super) fn name_members(&mut self) {
        if self.is_alert() {
            let firing = self.status.alerts.iter().filter(|alert| alert.firing);
            let named: BTreeSet<Member> = firing.filter_map(|alert| alert.about.clone()).collect();
            self.status.members = named.into_iter().collect();
        }
    }
}

impl Alerted {
    pub(super) fn is_same(&self, other: &Alerted) -> bool {
        self.fingerprint == other.fingerprint && self.starts_at == other.starts_at
    }
}

/// What of it is kept.
pub(super) fn alerted(alert: &Alert, policy: &Policy) -> Alerted {
    let asked = |label: &&String| {
        *label == "namespace" || policy.routes.iter().any(|route| route.labels.contains_key(*label))
    };
    let labels = alert.labels.iter().filter(|(label, _)| asked(label));
    tidy_alert(Alerted {
        fingerprint: alert.fingerprint.clone(),
        starts_at: alert.starts_at,
        name: alert.name.clone(),
        firing: alert.firing,
        summary: alert.summary.clone(),
        group: alert.group.clone(),
        about: alert.about.as_ref().map(|target| Member {
            kind: target.kind.unwrap_or(Kind::Pod).camel().to_string(),
            namespace: target.namespace.clone().unwrap_or_default(),
            name: target.name.clone(),
        }),
        labels: labels.map(|(label, value)| (label.clone(), value.clone())).collect(),
        links: links::kept(alert.runbook.as_ref(), alert.link.as_ref()),
    })
}

/// What was looked at, as it stays with the incident.
pub(super) fn checked(found: &Found, own: &Alerted, now: Timestamp) -> Vec<Kept> {
    let (source, text) = match found {
        Found::Healthy { checked } => ("checked", checked.join("\n")),
        Found::Unread(why) => (UNREAD, why.clone()),
        Found::Cause(_) | Found::NoObject => return Vec::new(),
    };
    let object = own.about.as_ref().map_or(own.name.clone(), |about| {
        let place = if about.namespace.is_empty() { String::new() } else { format!("{}/", about.namespace) };
        format!("{} {place}{}", about.kind, about.name)
    });
    vec![Kept { object, seen_at: now, source: source.to_string(), text }]
}
