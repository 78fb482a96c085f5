//! The image could not be pulled.

pub mod image_broken_in_registry;
pub mod image_corrupt_on_node;
pub mod image_name_wrong;
pub mod image_never_pull;
pub mod image_platform_mismatch;
pub mod node_disk_full_for_images;
pub mod pull_denied;
pub mod pull_qps_exceeded;
pub mod pull_rate_limited;
pub mod pull_secret_missing;
pub mod pull_timeout;
pub mod registry_plain_http;
pub mod registry_unreachable;
pub mod registry_untrusted_ca;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &image_never_pull::CAUSE,
    &pull_qps_exceeded::CAUSE,
    &pull_rate_limited::CAUSE,
    &node_disk_full_for_images::CAUSE,
    &image_corrupt_on_node::CAUSE,
    &image_platform_mismatch::CAUSE,
    &registry_plain_http::CAUSE,
    &registry_untrusted_ca::CAUSE,
    &pull_secret_missing::CAUSE,
    &pull_denied::CAUSE,
    &image_broken_in_registry::CAUSE,
    &image_name_wrong::CAUSE,
    &registry_unreachable::CAUSE,
    &pull_timeout::CAUSE,
];
