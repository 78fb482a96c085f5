//! In which channels an incident is told, and whom that calls: as its threads say.

use std::borrow::Cow;

use podwhy_knowledge::Lang;

use super::super::links;
use super::super::name::MANY_FAILURES;
use super::super::policy::{Policy, Route, Spot};
use super::super::record::{Incident, Thread};
use super::narrow::narrowed;
use super::{PARENT, find};

/// One channel in which an incident is told.
#[derive(Clone, Debug)]
pub(super) struct Telling<'a> {
    /// The channel.
    pub(super) to: Spot,
    /// Its language.
    pub(super) lang: Lang,
    /// The thread that was given to it; `None` where it has none of its own any more, and a message stands.
    pub(super) thread: Option<&'a Thread>,
    /// Whom to call here.
    pub(super) mention: Option<String>,
    /// The incidents its thread tells of here.
    pub(super) entries: Vec<Cow<'a, Incident>>,
    /// Whether something may be done about it.
    pub(super) fixes: bool,
    /// Where its alerts lead, as far as that is shown.
    pub(super) links: Vec<(String, String)>,
}

/// Every channel in which an incident has a thread of its own, or in which something of it stands already: that is kept current.
pub(super) fn tellings<'a>(
    incident: &'a Incident,
    policy: &Policy,
    entries: &[&'a Incident],
) -> Vec<Telling<'a>> {
    let own = incident.status.threads.iter().filter(|thread| thread.within.is_none());
    let given = own.map(|thread| (thread.spot(), Some(thread)));
    let parents = incident.status.posts.iter().filter(|post| post.part == PARENT);
    let stands = parents.map(|post| (post.spot(), None));
    let mut all: Vec<Telling<'a>> = Vec::new();
    for (to, thread) in given.chain(stands) {
        if all.iter().any(|telling| telling.to == to) {
            continue;
        }
        let route = route_of(incident, policy, &to);
        let lang = route.or(policy.routes.first()).map(|route| route.lang).unwrap_or_default();
        let within = |entry: &&Incident| {
            let thread = entry.thread(&to);
            thread.is_some_and(|thread| thread.within.as_ref() == Some(&incident.name))
        };
        let within = entries.iter().copied().filter(within);
        let entries = within.map(|entry| narrowed(entry, policy, &to)).collect();
        let links = links::shown(incident, &policy.runbook_hosts, lang);
        all.push(Telling {
            lang,
            thread,
            mention: route.and_then(|r| r.mention.clone()),
            entries,
            fixes: policy.fixes.fit(incident),
            links,
            to,
        });
    }
    all
}

/// The route that brings an incident to a channel.
pub(crate) fn route_of<'p>(incident: &Incident, policy: &'p Policy, to: &Spot) -> Option<&'p Route> {
    policy.spots(incident).into_iter().find(|route| route.to == *to)
}

impl Telling<'_> {
    /// Whether something of it stands here, or was tried.
    pub(super) fn stands(&self, incident: &Incident, part: &str) -> bool {
        find(&incident.status.posts, part, &self.to).is_some()
    }

    /// Whom the first message calls, or called.
    pub(super) fn parent_mention(&self) -> Option<String> {
        self.mention.clone().filter(|_| self.thread.is_some_and(|thread| thread.called_at.is_some()))
    }

    /// The number of the last call, where that is a message of its own: every one after the first, as an edit calls nobody.
    pub(super) fn call(&self, incident: &Incident) -> Option<u32> {
        let thread = self.thread.filter(|_| self.mention.is_some())?;
        // a common thread is in one channel, and calls for each severe one that comes
        let is_common = incident.spec.root_cause.cause == MANY_FAILURES;
        let calls = if is_common { incident.status.mentions } else { 1 + u32::from(thread.reminded) };
        (thread.called_at.is_some() && calls > 1).then_some(calls)
    }
}
