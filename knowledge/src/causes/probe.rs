//! A probe.

pub mod liveness_probe_killing;
pub mod readiness_gate_pending;
pub mod readiness_probe_failing;
pub mod startup_probe_failing;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &startup_probe_failing::CAUSE,
    &liveness_probe_killing::CAUSE,
    &readiness_probe_failing::CAUSE,
    &readiness_gate_pending::CAUSE,
];
