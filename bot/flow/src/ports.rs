//! What the flow needs of the world outside, one trait a file, named after the need.

mod cluster_read;
mod dump_read;
mod simulation;

pub use cluster_read::{ClusterError, ClusterRead};
pub use dump_read::{DumpRead, Dumped};
pub use simulation::{SimulatedFailure, Simulation};
