//! `dryRun=All`: everything is checked and answered, and nothing stored.
//! <https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run>

use std::sync::Arc;

use serde_json::{Value, json};

use crate::api::{Failure, Fate, Key, Query, Store};

/// Whether the query of a write asks for a dry run; `options` is the kind of that write's options.
///
/// # Errors
/// 422 for any value but `All`.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go>
/// (`ValidateDryRun`)
pub(crate) fn asked(query: &Query, options: &str) -> Result<bool, Failure> {
    let named: Vec<String> =
        query.get("dryRun").filter(|value| !value.is_empty()).cloned().into_iter().collect();
    is_all(&named, options)
}

/// Whether these values ask for a dry run.
///
/// # Errors
/// 422 for any value but `All`.
pub(crate) fn is_all(values: &[String], options: &str) -> Result<bool, Failure> {
    if values.iter().any(|value| value != "All") {
        let why = format!("Unsupported value: {}: supported values: \"All\"", json!(values));
        let cause = ("dryRun", "FieldValueNotSupported", why);
        return Err(Failure::invalid_fields(options, "meta.k8s.io", &[cause]));
    }
    Ok(!values.is_empty())
}

/// As [`Store::update`]; in a dry run the object stays as it was.
///
/// # Errors
/// What `change` refuses.
pub(crate) fn update<E>(
    store: &Store,
    key: &Key,
    dry: bool,
    change: impl FnOnce(&mut Value) -> Result<Fate, E>,
) -> Result<Option<(Arc<Value>, Fate)>, E> {
    if !dry {
        return store.update(key, change);
    }
    let Some(before) = store.get(key) else { return Ok(None) };
    let mut object = Value::clone(&before);
    let fate = change(&mut object)?;
    Ok(Some((Arc::new(object), fate)))
}
