//! What the API says is not what is; and what is said when nothing is wrong, or nothing is known.

pub mod healthy;
pub mod kubelet_status_lag;
pub mod static_pod_stale;
pub mod unknown;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] =
    &[&static_pod_stale::CAUSE, &kubelet_status_lag::CAUSE, &healthy::CAUSE, &unknown::CAUSE];
