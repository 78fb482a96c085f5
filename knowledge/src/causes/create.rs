//! Creating a container failed.

pub mod rootfs_read_only;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&rootfs_read_only::CAUSE];
