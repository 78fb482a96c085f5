//! What time it is, where times are written down or held against each other. Waits are the runtime's own.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

/// A clock: the wall's, or a test's.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    instant: Arc<dyn Fn() -> Instant + Send + Sync>,
}

impl Clock {
    /// Any clock; what nobody can set is the runtime's.
    pub fn new(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Clock {
        Clock { now: Arc::new(now), instant: Arc::new(Instant::now) }
    }

    /// The same, with this as what nobody can set.
    #[must_use]
    pub fn with_instants(self, instant: impl Fn() -> Instant + Send + Sync + 'static) -> Clock {
        Clock { instant: Arc::new(instant), ..self }
    }

    /// What it shows: comparable with other machines, and set by whoever keeps them right.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// The monotonic time of this process, which also goes on while it is stopped: what a write's end is held against.
    pub fn instant(&self) -> Instant {
        (self.instant)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Clock::new(Timestamp::now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}
