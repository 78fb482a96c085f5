//! The pod object was refused, changed or never made.

pub mod workload_paused_or_zero;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&workload_paused_or_zero::CAUSE];
