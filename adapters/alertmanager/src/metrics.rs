//! What is counted of Alertmanager's requests.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    /// `kept`, `not-kept`, `overloaded`, `unauthorized`, `malformed`, `too-large`
    outcome: &'static str,
}

/// Counters of requests and alerts.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Family<Outcome, Counter>,
    alerts: Counter,
    unreadable: Counter,
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("podwhy_alertmanager_requests", "Requests of Alertmanager", self.requests.clone());
        registry.register("podwhy_alertmanager_alerts", "Alerts that were taken in", self.alerts.clone());
        let unreadable = self.unreadable.clone();
        registry.register(
            "podwhy_alertmanager_unreadable_alerts",
            "Alerts that could not be read",
            unreadable,
        );
    }

    pub(crate) fn answered(&self, outcome: &'static str) {
        self.requests.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn read(&self, alerts: usize, unreadable: usize) {
        self.alerts.inc_by(alerts as u64);
        self.unreadable.inc_by(unreadable as u64);
    }
}
