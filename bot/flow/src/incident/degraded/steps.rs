//! One step in one channel while the ledger is away.

use jiff::Timestamp;

use super::outage::{Act, Outcome};
use super::{Degraded, before, card};
use crate::incident::card::Body;
use crate::incident::policy::Spot;
use crate::ports::{Board, BoardError};

impl Degraded {
    pub(super) async fn step(
        &self,
        to: &Spot,
        board: &dyn Board,
        act: Act,
        since: Option<Timestamp>,
    ) -> Outcome {
        let place = self.own(to);
        let since = since.unwrap_or_else(|| self.clock.now());
        let body = || {
            let known = self.store.incidents();
            Body::Card(card::card(&self.cluster, since, &known, &self.policy, to))
        };
        let done = match &act {
            Act::LookUp => board.find(&place, before(since)).await.map(Outcome::Found),
            Act::Post => board.post(&place, &body()).await.map(Outcome::Posted),
            Act::Show(own) => board.edit(&place, own, &body()).await.map(|()| Outcome::Done),
            Act::TakeAway(own) => board.remove(&place, own).await.map(|()| Outcome::Done),
        };
        match (&act, &done) {
            (Act::Post, Ok(_)) => self.store.counts().degraded.add(),
            (Act::TakeAway(_), Ok(_)) => self.store.counts().doubles_removed.add(),
            _ => {}
        }
        done.unwrap_or_else(|error| failed(&act, &place.channel, error))
    }
}

fn failed(act: &Act, channel: &str, error: BoardError) -> Outcome {
    match error {
        BoardError::Unclear(_) if *act == Act::Post => Outcome::Unclear,
        BoardError::Unclear(_) | BoardError::Later(_) => Outcome::Later,
        // somebody took it away
        BoardError::Gone => Outcome::Refused,
        BoardError::Refused(why) => {
            tracing::warn!(channel, why, "that the ledger is away cannot be told here");
            Outcome::Refused
        }
    }
}
