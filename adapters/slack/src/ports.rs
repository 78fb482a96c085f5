//! What the adapter asks of others.

use std::sync::Arc;

use podwhy_flow::chat::Answering;
use podwhy_flow::ports::{Claims, Clock, IncidentClicks};

use crate::metrics::Metrics;

/// What the adapter asks of others.
#[derive(Clone)]
pub struct Ports {
    /// Reads and answers the questions.
    pub answering: Arc<dyn Answering>,
    /// Who of several replicas answers.
    pub claims: Arc<dyn Claims>,
    /// Does what the buttons of incidents say; without it, whoever presses one is told that no incidents are kept here.
    pub incidents: Option<Arc<dyn IncidentClicks>>,
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
