//! What is counted. Prometheus's names: `podwhy_slack_…`.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

/// A call of the Web API.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Call {
    /// As Slack names it: `chat.postMessage`.
    method: &'static str,
    /// `ok`, or as the error is called: `refused`, `limited`, `timed-out`, `unreachable`, `failed`, `garbled`
    outcome: &'static str,
}

/// What came in.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Received {
    /// `command`, `event`, `interactive`
    kind: &'static str,
    /// `taken`, `busy`, `stopping`, `stranger`, `bot`, `other`, `malformed`, `unsigned`
    outcome: &'static str,
}

/// Any other thing that ends in one of a few ways.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

/// Counters of the Slack adapter; clones count into the same.
#[derive(Clone, Debug)]
pub struct Metrics {
    calls: Family<Call, Counter>,
    retries: Family<Outcome, Counter>,
    received: Family<Received, Counter>,
    questions: Family<Outcome, Counter>,
    acknowledged: Histogram,
    answered: Histogram,
    waiting: Gauge,
    sockets: Gauge,
    socket_ends: Family<Outcome, Counter>,
    watches: Gauge,
    swept: Family<Outcome, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let acknowledged = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0];
        let answered = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];
        Metrics {
            calls: Family::default(),
            retries: Family::default(),
            received: Family::default(),
            questions: Family::default(),
            acknowledged: Histogram::new(acknowledged),
            answered: Histogram::new(answered),
            waiting: Gauge::default(),
            sockets: Gauge::default(),
            socket_ends: Family::default(),
            watches: Gauge::default(),
            swept: Family::default(),
        }
    }
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        let mut add = Under(registry);
        add.one("requests", "Calls of Slack's Web API", &self.calls);
        add.one("request_retries", "Calls that were repeated, and why", &self.retries);
        add.one("received", "What Slack sent", &self.received);
        add.one("questions", "Questions, by what became of them", &self.questions);
        add.one("acknowledgement_seconds", "From receiving to the acknowledgement", &self.acknowledged);
        add.one("answer_seconds", "From receiving a question to its answer", &self.answered);
        add.one("waiting", "Questions taken in and not yet answered", &self.waiting);
        add.one("sockets", "Socket Mode connections that are alive", &self.sockets);
        add.one("socket_ends", "Socket Mode connections that ended, and why", &self.socket_ends);
        add.one("watches", "Messages that are watched until well", &self.watches);
        add.one("swept", "Unfinished messages of before, and what became of them", &self.swept);
    }

    pub(crate) fn call(&self, method: &'static str, outcome: &'static str) {
        self.calls.get_or_create(&Call { method, outcome }).inc();
    }

    pub(crate) fn retry(&self, outcome: &'static str) {
        self.retries.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn received(&self, kind: &'static str, outcome: &'static str) {
        self.received.get_or_create(&Received { kind, outcome }).inc();
    }

    pub(crate) fn question(&self, outcome: &'static str) {
        self.questions.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn acknowledged(&self, after: Duration) {
        self.acknowledged.observe(after.as_secs_f64());
    }

    pub(crate) fn answered(&self, after: Duration) {
        self.answered.observe(after.as_secs_f64());
    }

    pub(crate) fn waiting(&self) -> Counted {
        Counted::in_gauge(&self.waiting)
    }

    pub(crate) fn socket(&self) -> Counted {
        Counted::in_gauge(&self.sockets)
    }

    pub(crate) fn socket_end(&self, outcome: &'static str) {
        self.socket_ends.get_or_create(&Outcome { outcome }).inc();
    }

    pub(crate) fn watch(&self) -> Counted {
        Counted::in_gauge(&self.watches)
    }

    pub(crate) fn swept(&self, outcome: &'static str) {
        self.swept.get_or_create(&Outcome { outcome }).inc();
    }
}

/// Registers under the adapter's own prefix.
struct Under<'r>(&'r mut Registry);

impl Under<'_> {
    fn one<M: Metric + Clone>(&mut self, name: &str, help: &str, metric: &M) {
        self.0.register(format!("podwhy_slack_{name}"), help, metric.clone());
    }
}

/// Counts in a gauge until it is dropped.
#[derive(Debug)]
pub(crate) struct Counted(Gauge);

impl Counted {
    fn in_gauge(gauge: &Gauge) -> Counted {
        gauge.inc();
        Counted(gauge.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.dec();
    }
}

#[cfg(test)]
impl Metrics {
    /// All of it, as Prometheus reads it.
    pub(crate) fn text(&self) -> String {
        let mut registry = Registry::default();
        self.register(&mut registry);
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &registry).unwrap();
        text
    }
}
