//! An object for a file that leaves the cluster: names and structure stay, values that may be secret go.

use serde_json::Value;

use super::{REDACTED, redact};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Takes out of an object: the values of Secrets and ConfigMaps, of environment variables, of arguments behind a flag
/// that names a credential; the same and all of `command` and `args` in the last-applied annotation; credentials in
/// any text. Who wrote which field is left out.
pub fn redact_object(object: &mut Value) {
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
        let applied = metadata.get_mut("annotations").and_then(|a| a.get_mut(LAST_APPLIED));
        if let Some(Value::String(text)) = applied {
            *text = redact_applied(text);
        }
    }
    blank_data(object);
    walk(object, false);
}

fn redact_applied(text: &str) -> String {
    let Ok(mut applied) = serde_json::from_str::<Value>(text) else {
        return REDACTED.to_string();
    };
    blank_data(&mut applied);
    walk(&mut applied, true);
    applied.to_string()
}

/// Secrets and ConfigMaps keep their keys.
fn blank_data(object: &mut Value) {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    if kind != "Secret" && kind != "ConfigMap" {
        return;
    }
    for field in ["data", "binaryData", "stringData"] {
        for value in
            object.get_mut(field).and_then(Value::as_object_mut).into_iter().flat_map(|m| m.values_mut())
        {
            *value = Value::String(String::new());
        }
    }
}

fn walk(value: &mut Value, applied: bool) {
    match value {
        Value::String(text) => *text = redact(text),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, applied)),
        Value::Object(fields) => {
            for (name, field) in fields.iter_mut() {
                match (name.as_str(), &mut *field) {
                    // parsed and redacted by itself
                    (LAST_APPLIED, _) => {}
                    ("env", Value::Array(variables)) => {
                        variables.iter_mut().for_each(|v| variable(v, applied))
                    }
                    ("command" | "args", Value::Array(words)) if applied => {
                        words.iter_mut().for_each(|word| *word = Value::String(REDACTED.to_string()));
                    }
                    ("command" | "args", Value::Array(words)) => arguments(words),
                    _ => walk(field, applied),
                }
            }
        }
        _ => {}
    }
}

fn variable(variable: &mut Value, applied: bool) {
    match variable.get_mut("value") {
        Some(value @ Value::String(_)) => *value = Value::String(REDACTED.to_string()),
        _ => walk(variable, applied),
    }
}

/// `--password x` is two words of a list: each is read together with the one before.
fn arguments(words: &mut [Value]) {
    let mut before = String::new();
    for word in words {
        let Value::String(text) = word else { continue };
        let pair = redact(&format!("{before} {text}"));
        let taken = pair.ends_with(REDACTED) && !redact(text).ends_with(REDACTED);
        before = text.clone();
        *text = if taken { REDACTED.to_string() } else { redact(text) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_stay_and_values_go() {
        let mut pod = json!({
            "kind": "Pod",
            "metadata": {
                "name": "a",
                "managedFields": [{"manager": "kubectl"}],
                "annotations": {LAST_APPLIED:
                    r#"{"kind":"Pod","spec":{"containers":[{"commnad":["x"],"args":["--token","S3cret99"],"env":[{"name":"A","value":"S3cret99"}]}]}}"#},
            },
            "spec": {"containers": [{
                "args": ["serve", "--password", "S3cret99", "--port", "80"],
                "env": [{"name": "PLAIN", "value": "S3cret99"}, {"name": "REF", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}],
            }]},
        });
        redact_object(&mut pod);
        let text = pod.to_string();
        assert!(!text.contains("S3cret99"), "{text}");
        for kept in ["commnad", "PLAIN", "secretKeyRef", "--port", "80", "serve", "--password"] {
            assert!(text.contains(kept), "{kept} in {text}");
        }
        assert!(!text.contains("managedFields"));
        let mut secret = json!({"kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "UzNjcmV0OTk="}});
        redact_object(&mut secret);
        assert_eq!(secret["data"], json!({"k": ""}));
    }
}
