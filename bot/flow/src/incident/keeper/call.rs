//! Whom to call. The first message does it itself: it is decided when it is posted, and stored with the attempt. Every other call
//! is noted in the ledger first, and is a message of its own then: an edit calls nobody.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use super::super::book::{Book, Call};
use super::super::card::Body;
use super::super::change::Change;
use super::super::policy::Spot;
use super::super::record::{Incident, Status};
use super::super::wanted::{PARENT, route_of};
use super::Keeper;
use super::plan::Step;

/// So often it is asked whether someone is to be called once more.
const EVERY: Duration = Duration::from_secs(5);

impl Keeper {
    /// The message with a call in it, where it is the first of a severe incident and someone is to be called now.
    pub(super) fn with_call(&self, step: &Step, body: &Body) -> Option<Body> {
        let Body::Card(card) = body else { return None };
        if step.key.part != PARENT || card.mention.is_some() {
            return None;
        }
        let route = route_of(&step.incident, &self.policy, &step.key.to)?;
        let call = self.book().call(&step.incident, route, &self.policy, self.clock.now())?;
        let mut card = card.clone();
        card.mention = route.mention.clone();
        (call == Call::First).then_some(Body::Card(card))
    }

    fn book(&self) -> Book {
        Book::of(self.store.incidents().iter().map(|one| Incident::clone(one)).collect())
    }

    /// Notes calls that are messages of their own; does not end.
    pub(super) async fn call_out(&self) {
        loop {
            sleep(EVERY).await;
            if !self.lead.leads() {
                continue;
            }
            if let Err(error) = self.store.write(|known| self.calls(known)).await {
                tracing::warn!(%error, "a call could not be noted yet");
            }
        }
    }

    fn calls(&self, known: &[std::sync::Arc<Incident>]) -> Vec<Change> {
        let now = self.clock.now();
        // a copy of all is made only where there is someone to call
        let open = known.iter().filter(|one| one.is_open() && !one.status.posts.is_empty());
        let routes = open.flat_map(|one| self.policy.spots(one).into_iter().map(move |route| (one, route)));
        let mut book = None;
        for (one, route) in routes.filter(|(_, route)| route.mention.is_some()) {
            let stands = super::super::wanted::find(&one.status.posts, PARENT, &route.to);
            if stands.is_none_or(|post| post.message.is_none()) {
                continue;
            }
            let book: &mut Book =
                book.get_or_insert_with(|| Book::of(known.iter().map(|one| Incident::clone(one)).collect()));
            if let Some(call) = book.call(one, route, &self.policy, now) {
                // one at a time: it says of all whether they may be called
                return book.called(&one.name, &route.to, call, now);
            }
        }
        Vec::new()
    }
}

/// Someone is being called by the first message.
pub(super) fn called(status: &mut Status, to: &Spot, at: Timestamp) {
    for thread in status.threads.iter_mut().filter(|thread| thread.is_in(to)) {
        thread.called_at = Some(at);
    }
    status.mentioned_at = Some(at);
    status.mentions = status.mentions.saturating_add(1);
}
