//! Creating a container failed.

pub mod bad_security_context;
pub mod host_path_missing;
pub mod rootfs_read_only;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] =
    &[&rootfs_read_only::CAUSE, &bad_security_context::CAUSE, &host_path_missing::CAUSE];
