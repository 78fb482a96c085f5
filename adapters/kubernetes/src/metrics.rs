//! What is counted of the requests, the watches, the ledger and the lead.

use podwhy_flow::ports::{Seen, What};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The labels of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    cluster: String,
    /// `ok`, `not-found`, `forbidden`, `timed-out`, `unreachable`, `other`
    outcome: &'static str,
}

/// The labels of a watch.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Watched {
    cluster: String,
    /// `pods`, `nodes`
    what: &'static str,
}

/// Counters of the requests made.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Family<Labels, Counter>,
    retries: Family<Labels, Counter>,
    bytes: Counter,
    waves: Counter,
    watches: Family<Labels, Counter>,
    changes: Family<Watched, Counter>,
    lists: Family<Watched, Counter>,
    losses: Family<Watched, Counter>,
    well: Family<Watched, Gauge>,
    unreadable: Counter,
    leads: Gauge,
}

impl Metrics {
    /// Makes the counters visible.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("podwhy_kubernetes_requests", "Requests to API servers", self.requests.clone());
        registry.register("podwhy_kubernetes_retries", "Requests that were repeated", self.retries.clone());
        registry.register("podwhy_kubernetes_waves", "Waves of requests", self.waves.clone());
        registry.register("podwhy_kubernetes_response_bytes", "Bytes of answers", self.bytes.clone());
        let text = "Requests of watches of pods and nodes";
        registry.register("podwhy_kubernetes_watch_requests", text, self.watches.clone());
        registry.register("podwhy_kubernetes_watch_changes", "Changes that were seen", self.changes.clone());
        registry.register("podwhy_kubernetes_watch_lists", "Lists that were seen whole", self.lists.clone());
        registry.register("podwhy_kubernetes_watch_losses", "Watches that were lost", self.losses.clone());
        let text = "Whether a watch sees what happens: 1 or 0";
        registry.register("podwhy_kubernetes_watch_well", text, self.well.clone());
        let text = "Incidents in the ledger that cannot be read";
        registry.register("podwhy_ledger_unreadable", text, self.unreadable.clone());
        registry.register("podwhy_leads", "Whether this replica leads: 1 or 0", self.leads.clone());
    }

    /// How many requests were made in all; those of watches not included.
    pub fn requests(&self) -> u64 {
        let outcomes = ["ok", "not-found", "forbidden", "timed-out", "unreachable", "other"];
        // the family cannot be walked; its clusters are few and known to their own clients only
        outcomes.iter().map(|outcome| self.total(outcome)).sum()
    }

    /// How many waves the questions took: requests that wait for the answers of others.
    pub fn waves(&self) -> u64 {
        self.waves.get()
    }

    /// How many bytes were answered.
    pub fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    pub(crate) fn wave(&self) {
        self.waves.inc();
    }

    pub(crate) fn read(&self, bytes: usize) {
        self.bytes.inc_by(bytes as u64);
    }

    pub(crate) fn repeated(&self, cluster: &str) {
        self.retries.get_or_create(&Labels { cluster: cluster.to_string(), outcome: "retry" }).inc();
    }

    pub(crate) fn opened(&self, cluster: &str, outcome: &'static str) {
        self.watches.get_or_create(&Labels { cluster: cluster.to_string(), outcome }).inc();
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }

    pub(crate) fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    pub(crate) fn saw(&self, cluster: &str, seen: &Seen) {
        let watched = |what| Watched { cluster: cluster.to_string(), what };
        match seen {
            Seen::Pod(_) | Seen::PodGone(_) => self.changes.get_or_create(&watched("pods")).inc(),
            Seen::Node(_) | Seen::NodeGone(_) => self.changes.get_or_create(&watched("nodes")).inc(),
            Seen::Relisting(_) => 0,
            Seen::Listed(what) => {
                self.well.get_or_create(&watched(word(*what))).set(1);
                self.lists.get_or_create(&watched(word(*what))).inc()
            }
            Seen::Lost(what, _) => {
                self.well.get_or_create(&watched(word(*what))).set(0);
                self.losses.get_or_create(&watched(word(*what))).inc()
            }
        };
    }

    fn total(&self, outcome: &'static str) -> u64 {
        self.requests.get(&Labels { cluster: String::new(), outcome }).map_or(0, |counter| counter.get())
    }

    pub(crate) fn count(&self, cluster: &str, outcome: &'static str) {
        self.requests.get_or_create(&Labels { cluster: cluster.to_string(), outcome }).inc();
        if !cluster.is_empty() {
            // the sum over all clusters, for `requests`
            self.requests.get_or_create(&Labels { cluster: String::new(), outcome }).inc();
        }
    }
}

fn word(what: What) -> &'static str {
    match what {
        What::Pods => "pods",
        What::Nodes => "nodes",
    }
}
