//! The sandbox could not be made.

pub mod memory_limit_too_small;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&memory_limit_too_small::CAUSE];
