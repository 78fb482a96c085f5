//! The API server, as far as an agent needs it: five kinds of requests, each with a timeout, none repeated here.
//!
//! What may be repeated is repeated by whoever asks: a heartbeat by the next one, a report by the next one, what came of a ticket until
//! it is told. Rights: `get`, `list`, `watch` on `nodetickets`, `patch` on `nodetickets/status`; `get`, `create`, `patch` on
//! `nodereports`; `create`, `patch` on `leases`; `create` on `events`, all in the agent's namespace; `get`, `list` on `nodes`.

mod desk;
mod event;
mod lease;
mod nodes;
mod report;
mod requests;
mod watch;

pub use nodes::Own;
pub use requests::{ApiError, Cluster};

#[cfg(test)]
mod tests;
