//! Failures that come and go at a click: only in a playground.

use serde::Serialize;

/// One simulated failure as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimulatedFailure {
    /// The cause's id.
    pub cause: String,
    /// The simulated cluster.
    pub cluster: String,
    /// What to ask about.
    pub target: String,
    /// Whether it fails now.
    pub failing: bool,
    /// Whether it can be mended and broken; some are well, or meant to be as they are.
    pub changes: bool,
}

/// Simulated clusters whose pods fail and heal on request.
pub trait Simulation: Send + Sync {
    /// Every failure.
    fn failures(&self) -> Vec<SimulatedFailure>;

    /// Mends one or breaks it again; `false` when none of this cause can be.
    fn set(&self, cause: &str, failing: bool) -> bool;
}
