//! What the adapter asks of others.

use std::sync::Arc;

use podwhy_flow::chat::Answering;
use podwhy_flow::ports::{Claims, Clock};

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
