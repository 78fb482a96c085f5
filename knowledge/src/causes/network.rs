//! What stands before the pod.

pub mod service_selects_nothing;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&service_selects_nothing::CAUSE];
