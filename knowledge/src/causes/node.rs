//! The node under the pod.

pub mod container_runtime_down;
pub mod kubelet_down;
pub mod node_lost;

use crate::cause::Cause;

/// What fails on a node that does not work any more, and is only its symptom.
const EFFECTS: &[&str] = &[
    "app-exited",
    "cni-not-ready",
    "completed-but-restarted",
    "config-key-missing",
    "config-map-missing",
    "container-runtime-timeout",
    "container-status-lost",
    "dependency-refused",
    "dns-lookup-failed",
    "grace-period-long",
    "liveness-probe-killing",
    "nodes-not-ready",
    "oom-killed",
    "pod-disrupted",
    "pod-ip-exhausted",
    "pre-stop-hanging",
    "pull-timeout",
    "readiness-gate-pending",
    "readiness-probe-failing",
    "registry-unreachable",
    "sandbox-image-unavailable",
    "sandbox-network-failed",
    "secret-missing",
    "startup-probe-failing",
    "taint-not-tolerated",
    "volume-attach-failed",
    "volume-mount-failed",
    "volume-multi-attach",
];

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[&kubelet_down::CAUSE, &node_lost::CAUSE, &container_runtime_down::CAUSE];
