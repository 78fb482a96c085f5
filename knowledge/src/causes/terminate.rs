//! While it is being deleted.

pub mod finalizer_stuck;
pub mod grace_period_long;
pub mod namespace_stuck_terminating;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] =
    &[&finalizer_stuck::CAUSE, &grace_period_long::CAUSE, &namespace_stuck_terminating::CAUSE];
