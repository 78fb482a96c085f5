//! The container ended.

pub mod app_exited;
pub mod backoff_limit_reached;
pub mod init_container_failing;
pub mod job_deadline_exceeded;
pub mod oom_killed;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &job_deadline_exceeded::CAUSE,
    &backoff_limit_reached::CAUSE,
    &init_container_failing::CAUSE,
    &oom_killed::CAUSE,
    &app_exited::CAUSE,
];
