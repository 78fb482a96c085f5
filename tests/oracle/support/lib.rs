//! What the oracle needs: a control plane with the real kube-scheduler, clusters made from a seed, and the comparison.
//!
//! A crate of its own: it depends on the engine alone and is built in seconds.

pub mod api;
pub mod apply;
pub mod control_plane;
pub mod generate;
pub mod judge;
pub mod random;
pub mod recordings;
