//! What is counted of Alertmanager's requests.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    /// Of a request `kept`, `not-kept`, `overloaded`, `unauthorized`, `malformed`, `too-large`; of a handshake `accepted`,
    /// `no-certificate`, `expired`, `untrusted`, `not-allowed`, `overloaded`, `timed-out`, `other`; of new certificates `ok`,
    /// `failed`
    outcome: &'static str,
}

/// Counters of requests and alerts.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Family<Outcome, Counter>,
    alerts: Counter,
    unreadable: Counter,
    handshakes: Family<Outcome, Counter>,
    reloads: Family<Outcome, Counter>,
}

impl Metrics {
    /// Makes the counters visible, from nothing on: the first of something is as much an increase as the second.
    pub fn register(&self, registry: &mut Registry) {
        for outcome in ["kept", "not-kept", "overloaded", "unauthorized", "malformed", "too-large"] {
            self.requests.get_or_create(&Outcome { outcome }).inc_by(0);
        }
        for outcome in ["ok", "failed"] {
            self.reloads.get_or_create(&Outcome { outcome }).inc_by(0);
        }
        registry.register("podwhy_alertmanager_requests", "Requests of Alertmanager", self.requests.clone());
        registry.register("podwhy_alertmanager_alerts", "Alerts that were taken in", self.alerts.clone());
        let unreadable = self.unreadable.clone();
        registry.register(
            "podwhy_alertmanager_unreadable_alerts",
            "Alerts that could not be read",
            unreadable,
        );
        let handshakes = self.handshakes.clone();
        registry.register("podwhy_alertmanager_tls_handshakes", "Encrypted connections begun", handshakes);
        let text = "Certificates that were read anew";
        registry.register("podwhy_alertmanager_tls_reloads", text, self.reloads.clone());
    }

    pub(crate) fn shook(&self, outcome: &'static str) {
        self.handshakes.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn reloaded(&self, outcome: &'static str) {
        self.reloads.get_or_create(&Outcome { outcome }).inc();
    }

    #[cfg(test)]
    pub(crate) fn handshakes(&self, outcome: &'static str) -> u64 {
        self.handshakes.get_or_create(&Outcome { outcome }).get()
    }

    #[cfg(test)]
    pub(crate) fn reloads(&self, outcome: &'static str) -> u64 {
        self.reloads.get_or_create(&Outcome { outcome }).get()
    }

    pub(crate) fn answered(&self, outcome: &'static str) {
        self.requests.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn read(&self, alerts: usize, unreadable: usize) {
        self.alerts.inc_by(alerts as u64);
        self.unreadable.inc_by(unreadable as u64);
    }
}
