//! A live cluster, read side: requests in parallel waves, each with a timeout; a refusal is a gap, a 404 is proof.
//!
//! - `connect`: a kubeconfig's context, or the cluster podwhy runs in → a [`LiveCluster`].
//! - `request`: one GET with its timeout, its retry and its metric.
//! - `subject`: the waves for one pod or workload.
//! - `failing`: what fails is found by the server's own Table, and only that is read.
//!
//! # Retry policy
//! A GET is tried a second time after 250 ms when the connection broke or the server answered 429, 502, 503 or 504;
//! never a third. Nothing else is repeated. Nothing is written.

mod connect;
mod failing;
mod paths;
mod pick;
mod request;
mod subject;
mod table;

pub use connect::{
    ConnectError, Connection, LiveCluster, Secrets, Source, Timeouts, contexts, is_configured,
};
pub use request::Metrics;
