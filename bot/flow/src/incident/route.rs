//! To which channels an incident goes.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::name::{ALERT, CLUSTER_UNREACHABLE, MANY_FAILURES};
use super::policy::{Policy, Route, Spot};
use super::record::{BEYOND, Blamed, Incident, RootCause, UNREAD};
use crate::chat::policy::Area;

impl Policy {
    /// Where it is told: the first route that fits of each channel, and what an annotation names beside. A channel in which it was told once stays, so that its end
    /// is told there, too.
    pub fn spots(&self, incident: &Incident) -> Vec<&Route> {
        if !incident.is_ordinary() && incident.spec.root_cause.cause != MANY_FAILURES {
            return Vec::new();
        }
        let mut told: BTreeSet<&Spot> = BTreeSet::new();
        let fits = self.routes.iter().filter(|route| route.fits(incident));
        let named = self.annotated.iter().filter(|route| route.is_named(incident) && route.fits(incident));
        let all = self.routes.iter().chain(&self.annotated);
        let stays = all.filter(|route| route.stands(incident));
        fits.chain(named).chain(stays).filter(|route| told.insert(&route.to)).collect()
    }

    /// Every channel, once.
    pub fn channels(&self) -> Vec<&Spot> {
        let mut seen = BTreeSet::new();
        self.routes
            .iter()
            .chain(&self.annotated)
            .map(|route| &route.to)
            .filter(|spot| seen.insert(*spot))
            .collect()
    }
}

impl Route {
    /// Whether nobody is called at this time.
    pub fn is_quiet(&self, now: Timestamp) -> bool {
        self.quiet.as_ref().is_some_and(|hours| hours.hold(now))
    }

    fn fits(&self, incident: &Incident) -> bool {
        let status = &incident.status;
        if incident.spec.root_cause.cause == MANY_FAILURES {
            return incident.spec.root_cause.blame.name == self.to.told();
        }
        let cluster = &status.root_cause.cluster;
        if status.root_cause.cause == CLUSTER_UNREACHABLE {
            // whatever a route asks for is not seen then
            return self.areas.is_empty() || self.areas.iter().any(|area| area.cluster == *cluster);
        }
        let labelled = status
            .alerts
            .iter()
            .any(|alert| self.labels.iter().all(|(label, value)| alert.labels.get(label) == Some(value)));
        incident.is_in(&self.areas)
            && status.severity >= self.severity
            && (self.causes.is_empty() || self.causes.contains(&status.root_cause.cause) || is_unread(incident))
            && (self.labels.is_empty() || labelled)
            // what no alert told, podwhy's own watch did
            && (self.watch || !status.alerts.is_empty())
    }

    /// Whether an annotation names its channel.
    fn is_named(&self, incident: &Incident) -> bool {
        let said = incident.status.annotations.as_ref();
        said.is_some_and(|said| said.channels.contains(&self.to.told()))
    }

    fn stands(&self, incident: &Incident) -> bool {
        incident.thread(&self.to).is_some()
    }
}

/// Whether the cluster could not be asked about an alert of it: it may have any cause, so that none keeps it from a route.
fn is_unread(incident: &Incident) -> bool {
    let status = &incident.status;
    status.root_cause.cause == ALERT && status.kept.iter().any(|kept| kept.source == UNREAD)
}

impl Spot {
    /// `slack:C0OPS`
    pub fn told(&self) -> String {
        format!("{}:{}", self.platform.as_str(), self.channel)
    }

    /// The root cause of the incident in whose thread a channel's others are told when they are many.
    pub fn many_failures(&self) -> RootCause {
        RootCause {
            cluster: String::new(),
            cause: MANY_FAILURES.to_string(),
            blame: Blamed { kind: "Channel".to_string(), namespace: None, name: self.told() },
        }
    }
}

impl Incident {
    /// Whether something of it is in one of these areas; without any, everything is.
    pub(super) fn is_in(&self, areas: &[Area]) -> bool {
        let namespaces = self.namespaces();
        let holds = |area: &Area| {
            let own = area.namespace.as_deref();
            area.cluster == self.status.root_cause.cluster && own.is_none_or(|own| namespaces.contains(own))
        };
        areas.is_empty() || areas.iter().any(holds)
    }

    /// The namespaces it is about, as far as they are known.
    pub fn namespaces(&self) -> BTreeSet<&str> {
        let status = &self.status;
        let counted = status.namespaces.keys().map(String::as_str);
        let members = status.members.iter().map(|member| member.namespace.as_str());
        let blamed = status.root_cause.blame.namespace.as_deref();
        let alerts = status.alerts.iter().filter_map(|alert| {
            let named = alert.about.as_ref().map(|about| about.namespace.as_str());
            named.or(alert.labels.get("namespace").map(String::as_str))
        });
        let all = counted.chain(members).chain(blamed).chain(alerts);
        all.filter(|name| !name.is_empty() && *name != BEYOND).collect()
    }
}
