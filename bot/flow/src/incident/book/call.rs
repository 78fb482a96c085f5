//! Whom to call about an incident, and when: seldom.

use jiff::Timestamp;

use super::work::Work;
use super::{Book, Change, elapsed};
use crate::incident::alert::Severity;
use crate::incident::name::MANY_FAILURES;
use crate::incident::policy::{Policy, Route, Spot};
use crate::incident::record::{Incident, Status, Thread};
use crate::incident::wanted::{PARENT, find};

/// Why someone is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// With the first message; of "many failures", with every severe one that came after: in a message of its own, as an edit
    /// calls nobody.
    First,
    /// Once more, in a message of its own: nobody took it.
    Again,
}

impl Book {
    /// Whether to call someone about an incident in a channel now: it is severe, still fails, is not muted, has a thread there,
    /// it is not in the route's quiet hours, and nobody was called there within `policy.mention_window`. One whose first call
    /// fell into quiet hours is called out when they end, and one whose call fell into the window by the reminder, in either case
    /// once and unless somebody took it.
    ///
    /// What is done is to be noted by [`Book::called`] in the same write that says the message is being posted.
    pub fn call(&self, incident: &Incident, route: &Route, policy: &Policy, now: Timestamp) -> Option<Call> {
        let thread = incident.thread(&route.to).filter(|thread| thread.within.is_none())?;
        let is_told = incident.is_open() && (incident.still_fails() || !incident.is_ordinary());
        route.mention.as_ref()?;
        if !is_told
            || route.is_quiet(now)
            || self.is_muted(incident, now)
            || self.was_called(&route.to, policy, now)
        {
            return None;
        }
        let is_many = incident.spec.root_cause.cause == MANY_FAILURES;
        if is_many && !self.uncalled(incident, &route.to).is_empty() {
            return Some(Call::First);
        }
        if is_many && thread.called_at.is_none() || incident.status.severity < Severity::Critical {
            return None;
        }
        let stands =
            find(&incident.status.posts, PARENT, &route.to).is_some_and(|post| post.message.is_some());
        if !is_many && thread.called_at.is_none() && !stands {
            return Some(Call::First);
        }
        let since = thread.called_at.unwrap_or(thread.since);
        // nobody was called as it was quiet: they are when that ends
        let was_quiet = thread.called_at.is_none() && route.is_quiet(thread.since);
        let is_late = was_quiet || policy.remind.is_some_and(|remind| elapsed(since, now) >= remind);
        let nobody = incident.status.taken.is_none() && !thread.reminded;
        (is_late && nobody && stands).then_some(Call::Again)
    }

    /// Someone is being called.
    pub fn called(&mut self, name: &str, spot: &Spot, call: Call, now: Timestamp) -> Vec<Change> {
        let Some(incident) = self.incidents.get(name) else { return Vec::new() };
        let mut names = self.uncalled(incident, spot);
        names.push(name.to_string());
        let policy = Policy::default();
        let mut work = Work::new(&mut self.incidents, &policy, now);
        for name in names {
            work.edit(&name, |one| one.status.called(spot, call, now));
        }
        work.done()
    }

    /// Severe incidents in the thread of "many failures" about which nobody was called: how many there are is said with the call.
    pub fn uncalled(&self, many: &Incident, spot: &Spot) -> Vec<String> {
        let is_uncalled = |one: &&Incident| {
            let own = one.thread(spot).filter(|thread| thread.within.as_ref() == Some(&many.name));
            own.is_some_and(|thread| thread.called_at.is_none())
                && one.is_open()
                && one.still_fails()
                && one.status.severity >= Severity::Critical
        };
        self.incidents().filter(is_uncalled).map(|one| one.name.clone()).collect()
    }

    fn was_called(&self, spot: &Spot, policy: &Policy, now: Timestamp) -> bool {
        let called = self.incidents().filter_map(|one| one.thread(spot)?.called_at);
        called.max().is_some_and(|last| elapsed(last, now) < policy.mention_window)
    }
}

impl Status {
    /// Someone is being called in a channel.
    pub(in crate::incident) fn called(&mut self, spot: &Spot, call: Call, now: Timestamp) {
        let own = |thread: &&mut Thread| thread.is_in(spot);
        for thread in self.threads.iter_mut().filter(own) {
            thread.called_at = Some(now);
            thread.reminded |= call == Call::Again;
        }
        self.mentioned_at = Some(now);
        self.mentions = self.mentions.saturating_add(1);
    }
}
