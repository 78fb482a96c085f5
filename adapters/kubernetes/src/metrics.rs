//! What is counted of the requests, the watches, the ledger and the lead.

mod asked;
mod heard;

use podwhy_flow::ports::{Seen, What};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

pub(crate) use self::asked::Asked;
use self::heard::Heard;

/// The labels of a request.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Labels {
    cluster: String,
    /// `ok`, `not-found`, `forbidden`, `timed-out`, `unreachable`, `other`
    outcome: &'static str,
}

/// The labels of a request, as Kubernetes' audit log has them.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Api {
    cluster: String,
    verb: &'static str,
    resource: &'static str,
    /// The answer's status; `none` where there was no answer.
    code: String,
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
    api: Family<Api, Counter>,
    heard: Heard,
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
        let text = "Requests to API servers by what they ask for and how they are answered";
        registry.register("podwhy_kubernetes_api_requests", text, self.api.clone());
        registry.register_collector(Box::new(self.heard.clone()));
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

    /// A request of this kind was answered with this status, or not at all.
    pub(crate) fn asked(&self, cluster: &str, Asked { verb, resource }: Asked, status: Option<u16>) {
        let code = status.map_or("none".to_string(), |status| status.to_string());
        self.api.get_or_create(&Api { cluster: cluster.to_string(), verb, resource, code }).inc();
        // the server has taken up a watch: it lives, whether it says something or not
        if let (Some(200), "watch", Some(what)) = (status, verb, watched(resource)) {
            self.heard.note(cluster, what);
        }
    }

    /// A cluster is watched until this is dropped.
    pub(crate) fn watching(&self, cluster: &str) -> WatchingNow {
        self.heard.note(cluster, "pods");
        self.heard.note(cluster, "nodes");
        WatchingNow { metrics: self.clone(), cluster: cluster.to_string() }
    }

    pub(crate) fn unreadable(&self) {
        self.unreadable.inc();
    }

    pub(crate) fn leads(&self, leads: bool) {
        self.leads.set(i64::from(leads));
    }

    pub(crate) fn saw(&self, cluster: &str, seen: &Seen) {
        match seen {
            Seen::Pod(_) | Seen::PodGone(_) | Seen::Listed(What::Pods) => self.heard.note(cluster, "pods"),
            Seen::Node(_) | Seen::NodeGone(_) | Seen::Listed(What::Nodes) => {
                self.heard.note(cluster, "nodes")
            }
            Seen::Relisting(_) | Seen::Lost(..) => {}
        }
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

/// A watch that runs.
#[derive(Debug)]
pub(crate) struct WatchingNow {
    metrics: Metrics,
    cluster: String,
}

impl WatchingNow {
    pub(crate) fn saw(&self, seen: &Seen) {
        self.metrics.saw(&self.cluster, seen);
    }
}

impl Drop for WatchingNow {
    fn drop(&mut self) {
        self.metrics.heard.forget(&self.cluster);
        for what in ["pods", "nodes"] {
            self.metrics.well.remove(&Watched { cluster: self.cluster.clone(), what });
        }
    }
}

fn watched(resource: &str) -> Option<&'static str> {
    ["pods", "nodes"].into_iter().find(|what| *what == resource)
}

fn word(what: What) -> &'static str {
    match what {
        What::Pods => "pods",
        What::Nodes => "nodes",
    }
}

#[cfg(test)]
mod tests;
