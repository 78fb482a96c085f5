//! Which channels an incident goes to.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;

use super::super::policy::{Policy, Route, Spot};
use super::super::record::Incident;
use super::super::words::MANY_FAILURES;
use super::find;

/// A first call that came later than this after the incident was opened is no part of its first message: an edit calls nobody.
const WITH_PARENT: SignedDuration = SignedDuration::from_secs(60);

/// One channel in which an incident is told.
#[derive(Clone, Debug)]
pub(super) struct Telling<'a> {
    /// The channel.
    pub(super) to: Spot,
    /// Its language.
    pub(super) lang: Lang,
    /// The route that brings it here; `None` where none does any more, and a message stands.
    pub(super) route: Option<&'a Route>,
    /// Whether a route brings it here.
    pub(super) is_routed: bool,
    /// The incidents its thread tells of here.
    pub(super) entries: Vec<&'a Incident>,
}

/// Every channel in which an incident is told: the routes that fit, and where something of it stands already, which is kept
/// current although the severity has sunk or the configuration changed.
pub(super) fn tellings<'a>(
    incident: &Incident,
    policy: &'a Policy,
    entries: &[&'a Incident],
) -> Vec<Telling<'a>> {
    let mut all: Vec<Telling<'a>> = Vec::new();
    let is_common = incident.status.root_cause.cause == MANY_FAILURES;
    for route in &policy.routes {
        let fitting: Vec<&Incident> = entries.iter().copied().filter(|entry| fits(route, entry)).collect();
        let is_routed = if is_common { !fitting.is_empty() } else { fits(route, incident) };
        let told = all.iter_mut().find(|telling| telling.to == route.to);
        match told {
            // the first route that fits decides what else is said
            Some(telling) if is_routed && !telling.is_routed => {
                *telling = Telling { route: Some(route), lang: route.lang, is_routed, ..telling.clone() };
                merge(&mut telling.entries, fitting);
            }
            Some(telling) => merge(&mut telling.entries, fitting),
            None => all.push(Telling {
                to: route.to.clone(),
                lang: route.lang,
                route: is_routed.then_some(route),
                is_routed,
                entries: fitting,
            }),
        }
    }
    for post in &incident.status.posts {
        let to = Spot { platform: post.platform, channel: post.channel.clone() };
        if !all.iter().any(|telling| telling.to == to) {
            let lang = policy.routes.first().map(|route| route.lang).unwrap_or_default();
            all.push(Telling { to, lang, route: None, is_routed: false, entries: Vec::new() });
        }
    }
    all.retain(|telling| {
        telling.is_routed || find(&incident.status.posts, super::PARENT, &telling.to).is_some()
    });
    all
}

fn merge<'a>(entries: &mut Vec<&'a Incident>, more: Vec<&'a Incident>) {
    for entry in more {
        if !entries.iter().any(|own| own.name == entry.name) {
            entries.push(entry);
        }
    }
}

/// Whether an incident goes where a route leads.
pub fn fits(route: &Route, incident: &Incident) -> bool {
    let status = &incident.status;
    let is_watched = status.alerts.is_empty();
    status.severity >= route.severity
        && (route.causes.is_empty() || route.causes.contains(&status.root_cause.cause))
        && (!is_watched || route.watch)
        && (route.areas.is_empty() || is_within(route, incident))
        && has_labels(route, incident)
}

/// Whether what is at fault, or something that fails, lies in one of a route's areas.
fn is_within(route: &Route, incident: &Incident) -> bool {
    let status = &incident.status;
    let cluster = status.root_cause.cluster.as_str();
    let of_blame = status.root_cause.blame.namespace.as_deref().unwrap_or_default();
    let of_members = status.members.iter().map(|member| member.namespace.as_str());
    let mut namespaces = of_members.chain([of_blame]);
    namespaces.any(|namespace| route.areas.iter().any(|area| area.holds(cluster, namespace)))
}

/// Of an alert's labels the ledger keeps its name alone.
fn has_labels(route: &Route, incident: &Incident) -> bool {
    route.labels.iter().all(|(label, value)| {
        label == "alertname" && incident.status.alerts.iter().any(|alert| alert.name == *value)
    })
}

impl Telling<'_> {
    /// Whom the first message calls.
    pub(super) fn parent_mention(&self, incident: &Incident) -> Option<String> {
        let status = &incident.status;
        let was_late =
            find(&status.posts, "call-1", &self.to).is_some() || (status.mentions == 1 && is_late(incident));
        let calls = status.mentions > 0 && !was_late && !self.is_quiet(incident.spec.opened_at);
        self.mention().filter(|_| calls)
    }

    /// The number of the last call, where that is a message of its own.
    pub(super) fn call(&self, incident: &Incident) -> Option<u32> {
        let status = &incident.status;
        let calls = status.mentions > 1 || (status.mentions == 1 && is_late(incident));
        let at = status.mentioned_at.filter(|at| calls && !self.is_quiet(*at));
        at.and(self.mention()).map(|_| status.mentions)
    }

    /// Whom to call here.
    pub(super) fn mention(&self) -> Option<String> {
        self.route.and_then(|route| route.mention.clone())
    }

    fn is_quiet(&self, at: Timestamp) -> bool {
        let Some((from, to)) = self.route.and_then(|route| route.quiet) else { return false };
        let time = at.to_zoned(TimeZone::UTC).time();
        let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
        if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}

fn is_late(incident: &Incident) -> bool {
    let opened = incident.spec.opened_at;
    incident.status.mentioned_at.is_some_and(|at| at.duration_since(opened) > WITH_PARENT)
}
