//! The roles every simulated cluster has, and what guards podwhy's own records.

use serde_json::Value;

/// The roles and who has them.
const ROLES: &str = include_str!("roles.yaml");

/// The policies podwhy looks for.
const GUARDS: &str = include_str!("guards.yaml");

/// The default roles, their bindings, and the policies.
///
/// # Errors
/// When they are no YAML: a fault of podwhy's, which the tests would find first.
pub(crate) fn defaults() -> Result<Vec<Value>, String> {
    let read = |what: &str, text: &str| {
        serde_saphyr::from_multiple::<Value>(text).map_err(|error| format!("the default {what}: {error}"))
    };
    Ok([read("roles", ROLES)?, read("policies", GUARDS)?].concat())
}
