//! A live cluster, read: requests in parallel waves, each with a timeout; a refusal is a gap, a 404 is proof.
//!
//! - `connect`: a kubeconfig's context, or the cluster podwhy runs in → a [`LiveCluster`].
//! - `request`: one GET with its timeout, its retry and its metric.
//! - `subject`: the waves for one pod or workload.
//! - `failing`: what fails is found by the server's own Table, and only that is read.
//! - `annotations`: what namespaces say of themselves.
//! - `names`: the names of pods, watched, for completion.
//! - `whole`: a list that is read to its end, or not at all.
//! - `nodes`: what stands on a node.
//! - `permissions`: what a person may read, by SubjectAccessReview.
//! - `rights`: every right there is use for, for manifests.
//! - `setup`: what of all that a cluster lets podwhy do.
//! - `server`: its version, and whether what podwhy writes there is guarded.
//! - `claims`: which of several replicas answers, by creating a Lease.
//! - `watching`: pods and nodes as they change, in brief; Leases and ReplicaSets for what is done.
//! - `ledger`: incidents as custom resources.
//! - `remediations`: remediations as custom resources, and each of their steps as a Kubernetes event.
//! - `search`: whether anything of a controller exists in the whole cluster.
//! - `resource`: what is the same for both.
//! - `lead`: which of several replicas leads, by a Lease.
//!
//! # Retry policy
//! A GET is tried a second time after 250 ms when the connection broke or the server answered 429, 502, 503 or 504;
//! never a third. Nothing else is repeated, but a watch, which goes on for ever, and the lead, which is renewed. podwhy itself writes
//! nothing that changes a workload: a SubjectAccessReview, which the server forgets, and in podwhy's own namespace the Leases of
//! claims and of the lead, Incidents, Remediations and their events. What was approved is written as the person who agreed (`write`).
//!
//! # Rights
//! [`rights`] has them all, each with what it is for; without one there is a gap in the answers, or something podwhy says it cannot do.

mod annotations;
mod claims;
mod connect;
mod failing;
#[cfg(test)]
mod fake;
mod lead;
mod ledger;
mod metrics;
mod names;
mod nodes;
mod paths;
mod permissions;
mod pick;
mod remediations;
mod request;
mod resource;
pub mod rights;
mod search;
mod server;
mod setup;
mod subject;
mod table;
mod tickets;
mod watching;
mod whole;
mod write;

pub use claims::LeaseClaims;
pub use connect::{
    Agents, ConnectError, Connection, LiveCluster, Secrets, Source, Timeouts, contexts, is_configured,
};
pub use lead::{Candidacy, LeaseLead};
pub use ledger::IncidentLedger;
pub use metrics::Metrics;
pub use names::Watching;
pub use remediations::RemediationLedger;
pub use server::{Guard, Lacking, Version};
pub use setup::Wanted;
