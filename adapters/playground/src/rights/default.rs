//! The roles every simulated cluster has.

use serde_json::Value;

/// The roles and who has them.
const ROLES: &str = include_str!("roles.yaml");

/// The default roles and their bindings.
///
/// # Errors
/// When they are no YAML: a fault of podwhy's, which the tests would find first.
pub(crate) fn defaults() -> Result<Vec<Value>, String> {
    serde_saphyr::from_multiple(ROLES).map_err(|error| format!("the default roles: {error}"))
}
