//! An incident as a channel may see it: of its own namespaces only.

use std::borrow::Cow;
use std::collections::BTreeSet;

use podwhy_knowledge::Kind;

use super::super::name::{CLUSTER_UNREACHABLE, MANY_FAILURES};
use super::super::policy::{Policy, Spot};
use super::super::record::{Alerted, Incident};

/// The namespaces of a cluster that the routes to a channel name; `None` for all of it.
fn named<'p>(policy: &'p Policy, to: &Spot, cluster: &str) -> Option<BTreeSet<&'p str>> {
    let mut named = BTreeSet::new();
    for route in policy.routes.iter().filter(|route| route.to == *to) {
        if route.areas.is_empty() {
            return None;
        }
        for area in route.areas.iter().filter(|area| area.cluster == cluster) {
            named.insert(area.namespace.as_deref()?);
        }
    }
    // of no route any more nothing is told
    Some(named)
}

/// What of an incident is told in a channel: the objects, counts and alerts of namespaces that its routes name. Of one that is
/// also about others, what was said of all is left out: its line, which is about any of them, and how many failed at most.
pub(super) fn narrowed<'i>(incident: &'i Incident, policy: &Policy, to: &Spot) -> Cow<'i, Incident> {
    let root_cause = &incident.status.root_cause;
    if [MANY_FAILURES, CLUSTER_UNREACHABLE].contains(&root_cause.cause.as_str()) {
        return Cow::Borrowed(incident);
    }
    let Some(named) = named(policy, to, &root_cause.cluster) else { return Cow::Borrowed(incident) };
    let mut own = incident.clone();
    let status = &mut own.status;
    let is_counted = !status.namespaces.is_empty();
    status.members.retain(|member| named.contains(member.namespace.as_str()));
    status.namespaces.retain(|namespace, _| named.contains(namespace.as_str()));
    status.alerts.retain(|alert| place(alert).is_none_or(|namespace| named.contains(namespace)));
    if is_counted {
        status.failing = status.namespaces.values().fold(0, |all, count| all.saturating_add(*count));
    } else if status.failing > 0 {
        status.failing = u32::try_from(status.members.len()).unwrap_or(u32::MAX);
    }
    let all = &incident.status;
    let is_all = status.members.len() == all.members.len() && status.namespaces.len() == all.namespaces.len();
    if !is_all {
        status.summary.clear();
    }
    if !is_all || !is_of_one(incident, &named) {
        status.most_failing = 0;
    }
    Cow::Owned(own)
}

/// Whether all that ever failed of it is in a namespace that is named: the pods of a workload are where it is.
fn is_of_one(incident: &Incident, named: &BTreeSet<&str>) -> bool {
    let blame = &incident.status.root_cause.blame;
    let is_workload =
        Kind::from_camel(&blame.kind).is_some_and(|kind| kind == Kind::Pod || kind.is_workload());
    is_workload && blame.namespace.as_deref().is_some_and(|namespace| named.contains(namespace))
}

fn place(alert: &Alerted) -> Option<&str> {
    let about = alert.about.as_ref().map(|about| about.namespace.as_str()).filter(|name| !name.is_empty());
    about.or(alert.labels.get("namespace").map(String::as_str))
}
