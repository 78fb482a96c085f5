//! A probe.

pub mod liveness_probe_killing;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&liveness_probe_killing::CAUSE];
