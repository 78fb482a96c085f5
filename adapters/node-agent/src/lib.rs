//! podwhy's agent on a node. It listens on nothing: it watches for signed tickets, obeys each once, and reports what it sees.

pub mod cri;
pub mod eyes;
pub mod units;
