//! The container ended.

pub mod app_exited;
pub mod backoff_limit_reached;
pub mod completed_but_restarted;
pub mod container_status_lost;
pub mod dependency_refused;
pub mod dns_lookup_failed;
pub mod init_container_failing;
pub mod job_deadline_exceeded;
pub mod oom_killed;
pub mod pod_deadline_exceeded;
pub mod rbac_forbidden;
pub mod read_only_root_filesystem_write;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &job_deadline_exceeded::CAUSE,
    &backoff_limit_reached::CAUSE,
    &init_container_failing::CAUSE,
    &pod_deadline_exceeded::CAUSE,
    &oom_killed::CAUSE,
    &container_status_lost::CAUSE,
    &dns_lookup_failed::CAUSE,
    &dependency_refused::CAUSE,
    &rbac_forbidden::CAUSE,
    &read_only_root_filesystem_write::CAUSE,
    &completed_but_restarted::CAUSE,
    &app_exited::CAUSE,
];
