//! The time of a round, which is put forward.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::ports::Clock;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

/// Shared by all replicas of a round.
#[derive(Clone, Debug, Default)]
pub(super) struct Time(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    ahead: AtomicU64,
    flying: AtomicUsize,
}

struct Flight(Arc<Inner>);

impl Drop for Flight {
    fn drop(&mut self) {
        self.0.flying.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Time {
    fn ahead(&self) -> Duration {
        Duration::from_millis(self.0.ahead.load(Ordering::SeqCst))
    }

    pub(super) fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        let ahead = SignedDuration::try_from(self.ahead()).unwrap_or_default();
        now.checked_add(ahead).unwrap_or(now)
    }

    /// As a replica has it, whose wall clock is so much off. In a `frozen` one the monotonic time stands still while the process does.
    pub(super) fn clock(&self, off: SignedDuration, frozen: bool) -> Clock {
        let (wall, monotonic) = (self.clone(), self.clone());
        let clock = Clock::new(move || {
            let now = wall.now();
            now.checked_add(off).unwrap_or(now)
        });
        if frozen { clock } else { clock.with_instants(move || Instant::now() + monotonic.ahead()) }
    }

    /// A request: it goes on whatever becomes of who sent it.
    pub(super) fn fly<T: Send + 'static>(
        &self,
        request: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.0.flying.fetch_add(1, Ordering::SeqCst);
        let flight = Flight(Arc::clone(&self.0));
        tokio::spawn(async move {
            let _flight = flight;
            request.await
        })
    }

    /// Lets this much pass at once, as soon as no request is under way: none takes seconds.
    pub(super) async fn pass(&self, time: Duration) {
        while self.0.flying.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        self.0.ahead.fetch_add(millis, Ordering::SeqCst);
    }
}
