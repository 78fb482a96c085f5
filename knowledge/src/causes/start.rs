//! The container was made and could not start.

pub mod command_not_found;
pub mod permission_denied_exec;
pub mod post_start_hook_failing;
pub mod stale_subpath_mount;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &stale_subpath_mount::CAUSE,
    &command_not_found::CAUSE,
    &permission_denied_exec::CAUSE,
    &post_start_hook_failing::CAUSE,
];
