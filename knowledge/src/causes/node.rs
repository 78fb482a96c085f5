//! The node under the pod.

pub mod node_lost;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&node_lost::CAUSE];
