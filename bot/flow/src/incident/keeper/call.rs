//! Whom to call. The first message does it itself: it is decided when it is posted, and stored with the attempt. Every other call
//! is noted in the ledger first, and is a message of its own then: an edit calls nobody.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::super::book::{Book, Call};
use super::super::card::Body;
use super::super::change::Change;
use super::super::record::Incident;
use super::super::wanted::{PARENT, find, route_of};
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
        let book = Book::of(&self.store.incidents());
        let call = book.call(&step.incident, route, &self.policy, self.clock.now())?;
        let mut card = card.clone();
        card.mention = route.mention.clone();
        (call == Call::First).then_some(Body::Card(card))
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

    fn calls(&self, known: &[Arc<Incident>]) -> Vec<Change> {
        let (mut book, now) = (Book::of(known), self.clock.now());
        for one in known.iter().filter(|one| one.is_open()) {
            for route in self.policy.spots(one) {
                // the first message calls by itself
                let stands =
                    find(&one.status.posts, PARENT, &route.to).is_some_and(|post| post.message.is_some());
                let call = if stands { book.call(one, route, &self.policy, now) } else { None };
                if let Some(call) = call {
                    // one at a time: it says of all whether they may be called
                    return book.called(&one.name, &route.to, call, now);
                }
            }
        }
        Vec::new()
    }
}
