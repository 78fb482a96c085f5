//! The kubelet, the scheduler or a controller removed the pod.

pub mod evicted_disk;
pub mod evicted_ephemeral;
pub mod evicted_memory;
pub mod evicted_pid;
pub mod node_shutdown;
pub mod pod_disrupted;
pub mod preempted;
pub mod rejected_by_kubelet;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &evicted_ephemeral::CAUSE,
    &evicted_memory::CAUSE,
    &evicted_disk::CAUSE,
    &evicted_pid::CAUSE,
    &preempted::CAUSE,
    &node_shutdown::CAUSE,
    &rejected_by_kubelet::CAUSE,
    &pod_disrupted::CAUSE,
];
