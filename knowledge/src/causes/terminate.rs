//! While it is being deleted.

pub mod container_unkillable;
pub mod deletion_blocked_by_webhook;
pub mod finalizer_stuck;
pub mod grace_period_long;
pub mod namespace_stuck_terminating;
pub mod pre_stop_hanging;
pub mod volume_busy;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &finalizer_stuck::CAUSE,
    &container_unkillable::CAUSE,
    &volume_busy::CAUSE,
    &pre_stop_hanging::CAUSE,
    &deletion_blocked_by_webhook::CAUSE,
    &grace_period_long::CAUSE,
    &namespace_stuck_terminating::CAUSE,
];
