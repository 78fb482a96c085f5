//! What the adapter asks of others.

use std::sync::Arc;

use jiff::Timestamp;
use podwhy_flow::chat::Answering;
use podwhy_flow::ports::Claims;

use crate::metrics::Metrics;

/// What the adapter asks of others.
#[derive(Clone)]
pub struct Ports {
    /// Reads and answers the questions.
    pub answering: Arc<dyn Answering>,
    /// Who of several replicas answers.
    pub claims: Arc<dyn Claims>,
    /// What time it is.
    pub clock: Clock,
    /// Where it counts.
    pub metrics: Metrics,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").field("claims", &self.claims).finish_non_exhaustive()
    }
}

/// What time it is. Waits are tokio's; this is for times that are written down.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> Timestamp + Send + Sync>);

impl Clock {
    /// Any clock.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock(Arc::new(now))
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new(Timestamp::now)
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Clock")
    }
}
