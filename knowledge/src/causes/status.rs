//! What is said when nothing is wrong, or nothing is known.

pub mod healthy;
pub mod unknown;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&healthy::CAUSE, &unknown::CAUSE];
