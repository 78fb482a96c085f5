//! App Home: what fails now, in all that a person may see.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use podwhy_flow::chat::{Asker, Audience, Reply};
use tokio::time::Instant;
use tracing::warn;

use super::Work;
use crate::render;

/// It is not made anew for the same person before this has passed.
const FRESH: Duration = Duration::from_secs(30);

/// Who was shown it last when.
#[derive(Debug, Default)]
pub(crate) struct Homes {
    shown: Mutex<HashMap<String, Instant>>,
}

impl Homes {
    /// Whether a person is to be shown it now.
    fn is_due(&self, person: &str) -> bool {
        let now = Instant::now();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.retain(|_, at| now.duration_since(*at) < FRESH);
        let is_due = !shown.contains_key(person);
        shown.entry(person.to_string()).or_insert(now);
        is_due
    }
}

impl Work {
    pub(super) async fn home(&self, asker: &Asker) -> &'static str {
        if !self.homes.is_due(&asker.person) {
            return "fresh";
        }
        let reply = self.overview(asker).await;
        match self.outbound.publish(&asker.person, render::home(&reply)).await {
            Ok(()) => "home",
            Err(error) => {
                warn!(%error, "App Home could not be shown");
                "not-shown"
            }
        }
    }

    async fn overview(&self, asker: &Asker) -> Reply {
        // the semaphore is never closed
        let _seat = self.seats.acquire().await;
        let overview = AssertUnwindSafe(async { self.answering.overview(asker).await }).catch_unwind();
        let why = match tokio::time::timeout(self.patience, overview).await {
            Ok(Ok(reply)) => return reply,
            Ok(Err(_)) => "an overview panicked",
            Err(_) => "an overview took too long",
        };
        Reply { audience: Audience::Asker, ..self.fault(why, self.lang, None) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_person_is_shown_it_every_half_a_minute_at_most() {
        let homes = Homes::default();
        assert!(homes.is_due("U1") && !homes.is_due("U1") && homes.is_due("U2"));
        tokio::time::advance(FRESH).await;
        assert!(homes.is_due("U1"));
        assert_eq!(homes.shown.lock().unwrap().len(), 1);
    }
}
