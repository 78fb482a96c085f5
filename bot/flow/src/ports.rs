//! What the flow needs of the world outside, one trait a file, named after the need.

mod cluster_read;

pub use cluster_read::{ClusterError, ClusterRead};
