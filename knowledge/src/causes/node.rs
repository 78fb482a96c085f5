//! The node under the pod.

pub mod container_runtime_down;
pub mod kubelet_down;
pub mod node_lost;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&kubelet_down::CAUSE, &node_lost::CAUSE, &container_runtime_down::CAUSE];
