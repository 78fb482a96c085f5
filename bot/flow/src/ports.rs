//! What the flow needs of the world outside, one trait a file, named after the need.

mod claims;
mod clock;
mod cluster_read;
mod dump_read;
mod permissions;
mod simulation;

pub use claims::{ClaimError, Claims};
pub use clock::Clock;
pub use cluster_read::{ClusterError, ClusterRead, LogOf};
pub use dump_read::{DumpRead, Dumped};
pub use permissions::{KubernetesUser, Permissions, Right};
pub use simulation::{SimulatedFailure, Simulation};
