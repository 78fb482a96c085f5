//! The container ended.

pub mod app_exited;
pub mod dependency_refused;
pub mod dns_lookup_failed;
pub mod oom_killed;
pub mod rbac_forbidden;
pub mod read_only_root_filesystem_write;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &oom_killed::CAUSE,
    &dns_lookup_failed::CAUSE,
    &dependency_refused::CAUSE,
    &rbac_forbidden::CAUSE,
    &read_only_root_filesystem_write::CAUSE,
    &app_exited::CAUSE,
];
