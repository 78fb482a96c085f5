//! YAML and JSON files as values.

use serde_json::Value;

/// The documents of a text; panics with the reason when it is no YAML, for tests only.
///
/// # Panics
/// When the text is not YAML.
#[expect(clippy::panic, reason = "only tests call it, and a broken fixture must stop them")]
pub fn documents(name: &str, text: &str) -> Vec<Value> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_multiple_with_options(text, options).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The objects of a document: itself, or the items of a List.
pub fn objects(document: Value) -> Vec<Value> {
    match document {
        Value::Object(mut map) if map.get("kind").and_then(Value::as_str) == Some("List") => {
            match map.remove("items") {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            }
        }
        other => vec![other],
    }
}
