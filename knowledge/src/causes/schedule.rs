//! No node was chosen.

pub mod autoscaler_cannot_help;
pub mod host_port_conflict;
pub mod insufficient_cpu;
pub mod insufficient_ephemeral_storage;
pub mod insufficient_extended_resource;
pub mod insufficient_memory;
pub mod node_pod_limit_reached;
pub mod node_selector_unmatched;
pub mod node_unschedulable;
pub mod node_volume_limit_reached;
pub mod nodes_not_ready;
pub mod pod_affinity_unmatched;
pub mod pod_anti_affinity_conflict;
pub mod preemption_pending;
pub mod pvc_unbound;
pub mod resource_claim_unavailable;
pub mod scheduler_down;
pub mod scheduling_gated;
pub mod taint_not_tolerated;
pub mod topology_spread_unsatisfiable;
pub mod volume_zone_conflict;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &scheduling_gated::CAUSE,
    &preemption_pending::CAUSE,
    &resource_claim_unavailable::CAUSE,
    &scheduler_down::CAUSE,
    &pvc_unbound::CAUSE,
    &pod_affinity_unmatched::CAUSE,
    &pod_anti_affinity_conflict::CAUSE,
    &topology_spread_unsatisfiable::CAUSE,
    &volume_zone_conflict::CAUSE,
    &node_volume_limit_reached::CAUSE,
    &host_port_conflict::CAUSE,
    &insufficient_cpu::CAUSE,
    &insufficient_memory::CAUSE,
    &insufficient_ephemeral_storage::CAUSE,
    &insufficient_extended_resource::CAUSE,
    &node_pod_limit_reached::CAUSE,
    &node_selector_unmatched::CAUSE,
    &taint_not_tolerated::CAUSE,
    &nodes_not_ready::CAUSE,
    &node_unschedulable::CAUSE,
    // beside another, never before it
    &autoscaler_cannot_help::CAUSE,
];
