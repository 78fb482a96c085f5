//! Whom the first message calls. It is decided when it is posted, and stored with the attempt: an edit calls nobody.

use jiff::{SignedDuration, Timestamp};

use super::super::alert::Severity;
use super::super::card::Body;
use super::super::policy::{Route, Spot};
use super::super::record::{Incident, Status};
use super::super::wanted::{PARENT, find, fits, is_quiet};
use super::Keeper;
use super::plan::Step;

impl Keeper {
    /// The message with a call in it, where it is the first of a severe incident about which nobody was called, and neither the
    /// hour nor another call in this channel forbids it.
    pub(super) fn with_call(&self, step: &Step, body: &Body) -> Option<Body> {
        let Body::Card(card) = body else { return None };
        let incident = &step.incident;
        let is_due = step.key.part == PARENT
            && incident.is_open()
            && incident.status.severity == Severity::Critical
            && incident.status.mentions == 0;
        if !is_due || card.mention.is_some() {
            return None;
        }
        let now = self.clock.now();
        let calls =
            |route: &&Route| route.to == step.key.to && fits(route, incident) && !is_quiet(route, now);
        let mention = self.policy.routes.iter().find(calls)?.mention.clone()?;
        if self.called_lately(&step.key.to, now) {
            return None;
        }
        let mut card = card.clone();
        card.mention = Some(mention);
        Some(Body::Card(card))
    }

    fn called_lately(&self, to: &Spot, now: Timestamp) -> bool {
        let window = SignedDuration::try_from(self.policy.mention_window).unwrap_or_default();
        let called = |one: &Incident| {
            let stands = find(&one.status.posts, PARENT, to).is_some();
            stands && one.status.mentioned_at.is_some_and(|at| now.duration_since(at) < window)
        };
        self.store.incidents().iter().any(|one| called(one))
    }
}

/// Someone is being called: the first messages in several channels are one call.
pub(super) fn called(status: &mut Status, at: Timestamp) {
    if status.mentions == 0 {
        (status.mentions, status.mentioned_at) = (1, Some(at));
    }
}
