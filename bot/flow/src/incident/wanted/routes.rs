//! Which channels an incident is told in: the book gave it a thread there, of its own or within "many failures".

use jiff::Timestamp;
use podwhy_knowledge::Lang;

use super::super::policy::{Policy, Route, Spot};
use super::super::record::{Incident, Thread};
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
    /// The incidents its thread tells of here.
    pub(super) entries: Vec<&'a Incident>,
}

/// Every channel in which an incident is told: where it has a thread of its own, and where something of it stands already, which
/// is kept current although the configuration changed.
pub(super) fn tellings<'a>(
    incident: &Incident,
    policy: &'a Policy,
    entries: &[&'a Incident],
) -> Vec<Telling<'a>> {
    let mut all: Vec<Telling<'a>> = Vec::new();
    for route in policy.spots(incident) {
        if incident.thread(&route.to).is_some_and(|own| own.within.is_none()) {
            let within = |own: &Thread| own.within.as_ref() == Some(&incident.name);
            let is_here = |entry: &&Incident| entry.thread(&route.to).is_some_and(within);
            let entries = entries.iter().copied().filter(is_here).collect();
            all.push(Telling { to: route.to.clone(), lang: route.lang, route: Some(route), entries });
        }
    }
    for post in &incident.status.posts {
        let to = Spot { platform: post.platform, channel: post.channel.clone() };
        if !all.iter().any(|telling| telling.to == to)
            && find(&incident.status.posts, super::PARENT, &to).is_some()
        {
            let own = policy.routes.iter().find(|route| route.to == to).or(policy.routes.first());
            let lang = own.map(|route| route.lang).unwrap_or_default();
            all.push(Telling { to, lang, route: None, entries: Vec::new() });
        }
    }
    all
}

impl Telling<'_> {
    /// Whom to call here.
    pub(super) fn mention(&self) -> Option<String> {
        self.route.and_then(|route| route.mention.clone())
    }

    /// Whom the first message calls, or called.
    pub(super) fn parent_mention(&self, incident: &Incident) -> Option<String> {
        let is_called = incident.thread(&self.to).is_some_and(|own| own.called_at.is_some());
        self.mention().filter(|_| is_called && !self.is_quiet_at(incident.spec.opened_at))
    }

    /// The number of the last call, where that is a message of its own: every one after the first, as an edit calls nobody.
    pub(super) fn call(&self, incident: &Incident) -> Option<u32> {
        let at = incident.thread(&self.to)?.called_at?;
        let calls = incident.status.mentions > 1 && !self.is_quiet_at(at) && self.mention().is_some();
        calls.then_some(incident.status.mentions)
    }

    fn is_quiet_at(&self, at: Timestamp) -> bool {
        self.route.is_some_and(|route| route.is_quiet(at))
    }
}
