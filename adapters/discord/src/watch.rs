//! "Watch until well": keeps messages current.
//!
//! A watch stands in its message alone: since when, and with which line. Its keeper writes the message at least every
//! [`TOUCH`], also when nothing is new; one that was not written for [`STALE`] is kept by nobody, and whoever finds it takes
//! it up. What is written is written by the message's id, for which the bot must be able to see the channel.
//!
//! After a restart it is the one who asked that the answer is for, no longer the one who pressed the button: that is whom
//! the message names.

pub(crate) mod keeper;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::chat::Asker;
use podwhy_flow::chat::watching::EVERY;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub(crate) use keeper::{Began, Keeper};

use crate::id::Id;
use crate::metrics::Metrics;
use crate::posted;

/// How long a message that is watched may stay as it is.
pub(crate) const TOUCH: Duration = EVERY.unsigned_abs().saturating_mul(2);

/// Not written for so long: its keeper is gone.
pub(crate) const STALE: SignedDuration = SignedDuration::from_secs(3 * EVERY.as_secs());

/// Whether a message that says it is watched is not.
pub(crate) fn is_stale(message: &Value, now: Timestamp) -> bool {
    posted::written_at(message).is_some_and(|at| now.duration_since(at) > STALE)
}

/// What replicas claim, to watch a message as it stands. In milliseconds: serenity writes times in another form than Discord.
pub(crate) fn claim_key(channel: Id, message: Id, raw: &Value) -> String {
    let written = posted::written_at(raw).map_or(0, |at| at.as_millisecond());
    format!("discord:watch:{channel}:{message}:{written}")
}

/// More than anybody watches.
const MOST: u32 = 1 << 20;

/// One message.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    pub(crate) channel: Id,
    pub(crate) message: Id,
    pub(crate) asker: Asker,
    /// What is asked.
    pub(crate) line: String,
    pub(crate) since: Timestamp,
}

/// The messages this process keeps.
pub(crate) struct Watches {
    running: Arc<Mutex<HashSet<Id>>>,
    free: Arc<Semaphore>,
    most: u32,
    metrics: Metrics,
}

/// Whether one more can be kept.
pub(crate) enum Begun {
    Slot(Slot),
    /// It is kept already.
    Already,
    /// Too many are.
    Full,
}

/// One of [`Watches`], until dropped.
pub(crate) struct Slot {
    message: Id,
    running: Arc<Mutex<HashSet<Id>>>,
    metrics: Metrics,
    #[expect(dead_code, reason = "held, not read")]
    permit: OwnedSemaphorePermit,
}

impl Watches {
    pub(crate) fn new(most: usize, metrics: Metrics) -> Watches {
        let most = u32::try_from(most).unwrap_or(u32::MAX).min(MOST);
        Watches { running: Arc::default(), free: Arc::new(Semaphore::new(most as usize)), most, metrics }
    }

    pub(crate) fn begin(&self, message: Id) -> Begun {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.contains(&message) {
            return Begun::Already;
        }
        let Ok(permit) = Arc::clone(&self.free).try_acquire_owned() else { return Begun::Full };
        running.insert(message);
        self.metrics.watches(running.len());
        Begun::Slot(Slot {
            message,
            running: Arc::clone(&self.running),
            metrics: self.metrics.clone(),
            permit,
        })
    }

    /// Waits until none is kept.
    pub(crate) async fn all_ended(&self) {
        // an error would be a closed semaphore, which nobody closes
        drop(self.free.acquire_many(self.most).await);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.remove(&self.message);
        self.metrics.watches(running.len());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_message_is_kept_once_and_only_so_many_are() {
        let watches = Watches::new(2, Metrics::default());
        let first = watches.begin(Id::from(1));
        assert!(matches!(first, Begun::Slot(_)));
        assert!(matches!(watches.begin(Id::from(1)), Begun::Already));
        let second = watches.begin(Id::from(2));
        assert!(matches!(second, Begun::Slot(_)));
        assert!(matches!(watches.begin(Id::from(3)), Begun::Full));
        drop(first);
        assert!(matches!(watches.begin(Id::from(1)), Begun::Slot(_)));
    }

    #[test]
    fn a_message_is_stale_after_three_looks() {
        let written =
            json!({ "timestamp": "2026-11-23T19:00:00Z", "edited_timestamp": "2026-11-23T19:10:00Z" });
        let at = |text: &str| text.parse().unwrap();
        assert!(!is_stale(&written, at("2026-11-23T19:10:45Z")));
        assert!(is_stale(&written, at("2026-11-23T19:10:46Z")));
        let key = claim_key(Id::from(5), Id::from(9), &written);
        assert_eq!(key, "discord:watch:5:9:1795461000000");
    }
}
