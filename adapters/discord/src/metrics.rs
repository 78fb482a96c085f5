//! What is counted.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Call {
    /// `callback`, `original`, `followup`, `message`, `messages`, `thread`, `threads`, `commands`, `me`
    to: &'static str,
    /// `ok`, `refused`, `not-sent`, `unknown`
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Taken {
    /// `command`, `message`, `autocomplete`, `button`, `dialog`, `other`
    kind: &'static str,
    /// `answered`, `now`, `asked-again`, `busy`, `elsewhere`, `other-replica`, `too-late`, `unknown`, `refused`, `foreign`, `panicked`
    outcome: &'static str,
}

/// Counters, gauges and the acknowledgement's time.
#[derive(Clone, Debug)]
pub struct Metrics {
    calls: Family<Call, Counter>,
    retries: Counter,
    rate_limited: Counter,
    interactions: Family<Taken, Counter>,
    acknowledged: Histogram,
    replaced: Counter,
    watches: Gauge,
    interrupted: Counter,
    connected: Gauge,
    restarts: Counter,
}

/// Of the acknowledgement's time, in seconds; Discord's own limit is 3.
const SECONDS: [f64; 10] = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0];

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics {
            calls: Family::default(),
            retries: Counter::default(),
            rate_limited: Counter::default(),
            interactions: Family::default(),
            acknowledged: Histogram::new(SECONDS),
            replaced: Counter::default(),
            watches: Gauge::default(),
            interrupted: Counter::default(),
            connected: Gauge::default(),
            restarts: Counter::default(),
        }
    }
}

impl Metrics {
    /// Makes them visible.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("podwhy_discord_calls", "Calls of Discord's REST API", self.calls.clone());
        registry.register("podwhy_discord_retries", "Calls that were repeated", self.retries.clone());
        let help = "Times a call waited for a rate limit";
        registry.register("podwhy_discord_rate_limited", help, self.rate_limited.clone());
        registry.register("podwhy_discord_interactions", "What people did", self.interactions.clone());
        let help = "From an interaction's arrival to the end of its acknowledgement";
        registry.register("podwhy_discord_acknowledged_seconds", help, self.acknowledged.clone());
        let help = "Answers posted anew because their message was deleted";
        registry.register("podwhy_discord_replaced", help, self.replaced.clone());
        registry.register("podwhy_discord_watches", "Messages that are kept current", self.watches.clone());
        let help = "Messages of an earlier process that were marked as interrupted";
        registry.register("podwhy_discord_interrupted", help, self.interrupted.clone());
        registry.register("podwhy_discord_gateway_connected", "1 while connected", self.connected.clone());
        registry.register(
            "podwhy_discord_gateway_restarts",
            "Restarts of the gateway",
            self.restarts.clone(),
        );
    }

    pub(crate) fn called(&self, to: &'static str, outcome: &'static str) {
        self.calls.get_or_create(&Call { to, outcome }).inc();
    }

    pub(crate) fn retried(&self) {
        self.retries.inc();
    }

    pub(crate) fn rate_limited(&self) {
        self.rate_limited.inc();
    }

    pub(crate) fn took(&self, kind: &'static str, outcome: &'static str) {
        self.interactions.get_or_create(&Taken { kind, outcome }).inc();
    }

    pub(crate) fn acknowledged(&self, after: Duration) {
        self.acknowledged.observe(after.as_secs_f64());
    }

    pub(crate) fn replaced(&self) {
        self.replaced.inc();
    }

    pub(crate) fn watches(&self, running: usize) {
        self.watches.set(i64::try_from(running).unwrap_or(i64::MAX));
    }

    pub(crate) fn interrupted(&self) {
        self.interrupted.inc();
    }

    pub(crate) fn connected(&self, yes: bool) {
        self.connected.set(i64::from(yes));
    }

    pub(crate) fn restarted(&self) {
        self.restarts.inc();
    }

    #[cfg(test)]
    pub(crate) fn taken(&self, kind: &'static str, outcome: &'static str) -> u64 {
        self.interactions.get_or_create(&Taken { kind, outcome }).get()
    }
}
