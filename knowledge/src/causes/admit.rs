//! The pod object was refused, changed or never made.

pub mod admission_webhook_denied;
pub mod limit_range_exceeded;
pub mod pod_object_invalid;
pub mod pod_spec_field_dropped;
pub mod resource_quota_exceeded;
pub mod security_policy_denied;
pub mod service_account_missing;
pub mod workload_paused_or_zero;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &service_account_missing::CAUSE,
    &security_policy_denied::CAUSE,
    &resource_quota_exceeded::CAUSE,
    &limit_range_exceeded::CAUSE,
    &admission_webhook_denied::CAUSE,
    &pod_object_invalid::CAUSE,
    &pod_spec_field_dropped::CAUSE,
    &workload_paused_or_zero::CAUSE,
];
