//! The container ended.

pub mod app_exited;
pub mod oom_killed;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&oom_killed::CAUSE, &app_exited::CAUSE];
