//! What the courier did for one receiver, for whoever measures.

use super::super::counts::{Count, Queue};

/// Plain counters, and what waits now.
#[derive(Debug, Default)]
pub struct Tally {
    /// Notices it took.
    pub sent: Count,
    /// Tries that failed, and are made again.
    pub failed: Count,
    /// Notices it refused for good.
    pub refused: Count,
    /// Incidents it is to be told something of.
    pub queue: Queue,
}
