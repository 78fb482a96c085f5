//! Where everything that was received goes in: read, and handed on without waiting.

use std::sync::Arc;

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::identity::Identity;
use crate::inbound::{self, Raw, Taken};
use crate::metrics::{Counted, Metrics};

/// As many are told at once that podwhy is busy; more of them get nothing.
const MOST_TOLD: usize = 32;

/// What waits to be answered.
pub(crate) struct Queued {
    pub(crate) taken: Taken,
    pub(crate) since: Instant,
    /// Whether it is one too many, and only told so.
    pub(crate) is_refused: bool,
    pub(crate) seat: Seat,
}

/// Where something waits, until it is dropped.
pub(crate) struct Seat {
    _place: OwnedSemaphorePermit,
    _counted: Option<Counted>,
}

/// Takes in.
pub(crate) struct Front {
    own: Identity,
    command: String,
    places: Arc<Semaphore>,
    told: Arc<Semaphore>,
    queue: mpsc::Sender<Queued>,
    metrics: Metrics,
}

impl Front {
    /// With the queue it fills. What is answered at once is bounded by `waiting`, in the queue and after it.
    pub(crate) fn new(
        own: Identity,
        command: String,
        waiting: usize,
        metrics: Metrics,
    ) -> (Front, mpsc::Receiver<Queued>) {
        let (queue, queued) = mpsc::channel(waiting.max(1) + MOST_TOLD);
        let places = Arc::new(Semaphore::new(waiting.max(1)));
        let told = Arc::new(Semaphore::new(MOST_TOLD));
        (Front { own, command, places, told, queue, metrics }, queued)
    }

    /// Reads what was received and hands it on. Does not wait; whoever sent it was told already that it came.
    pub(crate) fn take(&self, raw: Raw) {
        let kind = raw.kind.as_str();
        let outcome = match inbound::read(&raw, &self.own, &self.command) {
            Ok(taken) => self.queue(taken),
            Err(skip) => skip.as_str(),
        };
        self.metrics.received(kind, outcome);
    }

    pub(crate) fn queue(&self, taken: Taken) -> &'static str {
        let free = self.places.clone().try_acquire_owned();
        let is_refused = free.is_err();
        let Ok(place) = free.or_else(|_| self.told.clone().try_acquire_owned()) else {
            return "busy";
        };
        let counted = (!is_refused).then(|| self.metrics.waiting());
        let seat = Seat { _place: place, _counted: counted };
        let queued = Queued { taken, since: Instant::now(), is_refused, seat };
        match self.queue.try_send(queued) {
            Ok(()) if is_refused => "busy",
            Ok(()) => "taken",
            Err(TrySendError::Full(_)) => "busy",
            Err(TrySendError::Closed(_)) => "stopping",
        }
    }
}

#[cfg(test)]
impl Front {
    /// Something that waits, without the queue.
    pub(crate) fn seated(&self, taken: Taken) -> Queued {
        let place = self.places.clone().try_acquire_owned().unwrap();
        Queued {
            taken,
            since: Instant::now(),
            is_refused: false,
            seat: Seat { _place: place, _counted: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inbound::Kind;

    fn command(trigger: usize) -> Raw {
        let payload = json!({"team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/pod",
            "text": "triage", "trigger_id": trigger.to_string()});
        Raw { kind: Kind::Command, payload }
    }

    fn front(waiting: usize) -> (Front, mpsc::Receiver<Queued>, Metrics) {
        let own = Identity { team: "T1".into(), user: "UBOT".into(), bot: None, app: None, url: None };
        let metrics = Metrics::default();
        let (front, queued) = Front::new(own, "/pod".into(), waiting, metrics.clone());
        (front, queued, metrics)
    }

    #[test]
    fn beyond_what_may_wait_people_are_told_and_then_not_even_that() {
        let (front, mut queued, metrics) = front(2);
        (0..40).for_each(|trigger| front.take(command(trigger)));
        let all: Vec<Queued> = std::iter::from_fn(|| queued.try_recv().ok()).collect();
        let refused = all.iter().filter(|queued| queued.is_refused).count();
        assert_eq!((all.len() - refused, refused), (2, MOST_TOLD));
        let text = metrics.text();
        assert!(text.contains(r#"podwhy_slack_received_total{kind="command",outcome="busy"} 38"#), "{text}");
        assert!(text.contains("podwhy_slack_waiting 2"));
        drop(all);
        assert!(metrics.text().contains("podwhy_slack_waiting 0"));
        front.take(command(99));
        assert!(!queued.try_recv().unwrap().is_refused);
    }

    #[test]
    fn strangers_are_counted_and_go_no_further() {
        let (front, mut queued, metrics) = front(2);
        front.take(Raw { kind: Kind::Command, payload: json!({"team_id": "T2"}) });
        assert!(queued.try_recv().is_err());
        assert!(metrics.text().contains(r#"outcome="stranger"} 1"#));
    }
}
