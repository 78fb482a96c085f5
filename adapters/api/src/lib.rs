//! What podwhy and its node agents tell each other, as custom resources of the node's own cluster.
//!
//! - [`ticket`]: a small signed order, made from an approved Remediation; the agent of one node obeys it once.
//! - [`seal`]: the signature on it, and its keys.
//! - [`report`]: what an agent sees of its node.
//!
//! No client is in here: who reads and writes them is somebody else's.

pub mod report;
pub mod seal;
pub mod ticket;

/// The group of podwhy's own resources.
pub const GROUP: &str = "podwhy.dev";
/// Its version.
pub const VERSION: &str = "v1alpha1";
/// The plural of [`ticket::Ticket`]s.
pub const TICKETS: &str = "nodetickets";
/// The label that the agents' Leases have, and no other Lease: as a selector.
pub const OF_AGENTS: &str = "podwhy.dev/agent=true";
/// The plural of [`report::Report`]s.
pub const REPORTS: &str = "nodereports";
