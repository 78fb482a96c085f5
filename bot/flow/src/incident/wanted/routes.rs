//! Which channels an incident goes to.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use podwhy_knowledge::Lang;

use super::super::policy::{Policy, Route, Spot};
use super::super::record::Incident;
use super::super::words::{MANY_FAILURES, MUTED};
use super::find;

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
        let is_here = is_common && is_common_of(incident, &route.to);
        let belongs = |entry: &&Incident| is_here && (is_of_one(incident) || fits(route, entry));
        let fitting: Vec<&Incident> = entries.iter().copied().filter(belongs).collect();
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

/// Whether a common thread is of one channel alone: then its name is that channel's.
fn is_of_one(common: &Incident) -> bool {
    common.spec.root_cause.blame.kind == "Channel"
}

/// Whether a common thread may stand in a channel.
pub(super) fn is_common_of(common: &Incident, to: &Spot) -> bool {
    let name = format!("{}:{}", to.platform.as_str(), to.channel);
    !is_of_one(common) || common.spec.root_cause.blame.name == name
}

/// Whether an incident goes where a route leads.
pub fn fits(route: &Route, incident: &Incident) -> bool {
    let status = &incident.status;
    let is_watched = status.alerts.is_empty();
    status.root_cause.cause != MUTED
        && status.severity >= route.severity
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
    /// Whom to call here.
    pub(super) fn mention(&self) -> Option<String> {
        self.route.and_then(|route| route.mention.clone())
    }

    /// Whom the first message calls, or called.
    pub(super) fn parent_mention(&self, incident: &Incident) -> Option<String> {
        let is_quiet = self.route.is_some_and(|route| is_quiet(route, incident.spec.opened_at));
        self.mention().filter(|_| incident.status.mentions > 0 && !is_quiet)
    }

    /// The number of the last call, where that is a message of its own: every one after the first, as an edit calls nobody.
    pub(super) fn call(&self, incident: &Incident) -> Option<u32> {
        let at = incident.status.mentioned_at?;
        let is_quiet = self.route.is_some_and(|route| is_quiet(route, at));
        let calls = incident.status.mentions > 1 && !is_quiet && self.mention().is_some();
        calls.then_some(incident.status.mentions)
    }
}

/// Whether nobody is called there at this time.
pub fn is_quiet(route: &Route, at: Timestamp) -> bool {
    let Some((from, to)) = route.quiet else { return false };
    let time = at.to_zoned(TimeZone::UTC).time();
    let minute = u16::from(time.hour().unsigned_abs()) * 60 + u16::from(time.minute().unsigned_abs());
    if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}
