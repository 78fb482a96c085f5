//! What the pod mounts or reads is not there.

pub mod config_key_missing;
pub mod config_map_missing;
pub mod persistent_volume_missing;
pub mod secret_missing;
pub mod volume_attach_failed;
pub mod volume_mount_failed;
pub mod volume_multi_attach;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &config_map_missing::CAUSE,
    &secret_missing::CAUSE,
    &config_key_missing::CAUSE,
    &volume_multi_attach::CAUSE,
    &volume_attach_failed::CAUSE,
    &volume_mount_failed::CAUSE,
    &persistent_volume_missing::CAUSE,
];
