//! The image could not be pulled.

pub mod image_name_wrong;
pub mod pull_denied;
pub mod pull_secret_missing;
pub mod registry_plain_http;
pub mod registry_untrusted_ca;

use crate::cause::Cause;

/// The stage's causes, most telling first.
pub const CAUSES: &[&Cause] = &[
    &registry_plain_http::CAUSE,
    &registry_untrusted_ca::CAUSE,
    &pull_secret_missing::CAUSE,
    &pull_denied::CAUSE,
    &image_name_wrong::CAUSE,
];
