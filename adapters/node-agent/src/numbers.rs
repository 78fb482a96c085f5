//! What is counted: told on loopback, where that is switched on.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use http::Method;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;

use crate::cluster::ApiError;

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Asked {
    method: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Done {
    action: &'static str,
    phase: String,
}

/// The agent's numbers; clones count together.
#[derive(Clone)]
pub struct Numbers {
    registry: Arc<Registry>,
    refused: Family<Reason, Counter<u64, AtomicU64>>,
    requests: Family<Asked, Counter<u64, AtomicU64>>,
    done: Family<Done, Counter<u64, AtomicU64>>,
}

impl Default for Numbers {
    fn default() -> Numbers {
        let (refused, requests, done) = (Family::default(), Family::default(), Family::default());
        let mut registry = Registry::with_prefix("podwhy_agent");
        registry.register("tickets_refused", "Tickets that were not obeyed, by why", Family::clone(&refused));
        registry.register(
            "requests",
            "Requests to the API server, by what came of them",
            Family::clone(&requests),
        );
        registry.register(
            "tickets_ended",
            "Tickets that were begun, by how they ended",
            Family::clone(&done),
        );
        Numbers { registry: Arc::new(registry), refused, requests, done }
    }
}

impl Numbers {
    /// A ticket was refused.
    pub fn refused(&self, reason: &str) {
        self.refused.get_or_create(&Reason { reason: reason.to_string() }).inc();
    }

    /// A ticket that was begun has ended.
    pub fn ended(&self, action: &'static str, phase: &str) {
        self.done.get_or_create(&Done { action, phase: phase.to_string() }).inc();
    }

    /// A request was made.
    pub fn asked(&self, method: &Method, failed: Option<&ApiError>) {
        let outcome = match failed {
            None => "ok",
            Some(ApiError::NotFound) => "not-found",
            Some(ApiError::Conflict) => "conflict",
            Some(ApiError::Refused(_)) => "refused",
            Some(ApiError::Unclear(_)) => "unclear",
        };
        self.requests.get_or_create(&Asked { method: method.to_string(), outcome }).inc();
    }

    /// In Prometheus' text format.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // to a String nothing fails
        let _always = encode(&mut text, &self.registry);
        text
    }
}
