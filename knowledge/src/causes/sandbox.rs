//! The sandbox could not be made.

pub mod cni_not_ready;
pub mod container_runtime_timeout;
pub mod memory_limit_too_small;
pub mod pod_ip_exhausted;
pub mod runtime_class_missing;
pub mod sandbox_image_unavailable;
pub mod sandbox_network_failed;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &memory_limit_too_small::CAUSE,
    &sandbox_image_unavailable::CAUSE,
    &runtime_class_missing::CAUSE,
    &pod_ip_exhausted::CAUSE,
    &cni_not_ready::CAUSE,
    &sandbox_network_failed::CAUSE,
    &container_runtime_timeout::CAUSE,
];
