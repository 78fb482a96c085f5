//! The container was made and could not start.

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[];
