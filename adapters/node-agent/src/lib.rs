//! podwhy's agent on a node. It listens on nothing: it watches for signed tickets, obeys each once, and reports what it sees.
//!
//! - [`orders`]: tickets, judged, written down, obeyed, told.
//! - [`units`] and [`cri`]: the hands: systemd's units over D-Bus, images over the runtime's socket.
//! - [`eyes`]: what is seen of the node and its neighbours.
//! - [`cluster`]: the API server.
//! - [`run`]: all of it, for ever.

pub mod cluster;
pub mod cri;
pub mod eyes;
pub mod numbers;
pub mod orders;
pub mod run;
pub mod settings;
pub mod units;
