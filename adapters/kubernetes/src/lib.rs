//! A live cluster, read side: requests in parallel waves, each with a timeout; a refusal is a gap, a 404 is proof.
//!
//! - `connect`: a kubeconfig's context, or the cluster podwhy runs in → a [`LiveCluster`].
//! - `request`: one GET with its timeout, its retry and its metric.
//! - `subject`: the waves for one pod or workload.
//! - `failing`: what fails is found by the server's own Table, and only that is read.
//! - `names`: the names of pods, watched, for completion.
//! - `permissions`: what a person may read, by SubjectAccessReview.
//! - `claims`: which of several replicas answers, by creating a Lease.
//!
//! # Retry policy
//! A GET is tried a second time after 250 ms when the connection broke or the server answered 429, 502, 503 or 504;
//! never a third. Nothing else is repeated. Nothing is written but two things that change no workload: a SubjectAccessReview,
//! which the server forgets, and in podwhy's own namespace the Lease of a claim.

mod claims;
mod connect;
mod failing;
mod names;
mod paths;
mod permissions;
mod pick;
mod request;
mod subject;
mod table;

pub use claims::LeaseClaims;
pub use connect::{
    ConnectError, Connection, LiveCluster, Secrets, Source, Timeouts, contexts, is_configured,
};
pub use names::Watching;
pub use request::Metrics;
