//! Creating a container failed.

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[];
