//! CustomResourceDefinitions, made of the flow's types; a test of each keeps its file in `deploy/crds` current.
//!
//! `UPDATE_EXPECT=1 cargo test -p podwhy-kubernetes crd` rewrites them.

use std::collections::BTreeMap;
use std::path::Path;

use kube_core::schema::{OptionalEnum, StructuralSchemaRewriter};
use podwhy_flow::act::record::{MOST_STEPS, MOST_TARGETS};
use podwhy_flow::act::remedy::MOST_APPROVALS;
use podwhy_flow::incident::record::{MOST_ALERTS, MOST_KEPT, MOST_MEMBERS, MOST_VOTES};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::{GROUP, VERSION};

/// Names, ids and one-line summaries: an image's name has no limit of its own.
const LONGEST: u64 = 4096;
/// Excerpts.
const LONGEST_TEXT: u64 = 16384;

/// The structural schema of a type.
pub(crate) fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::openapi3().with(|settings| {
        settings.inline_subschemas = true;
        settings.meta_schema = None;
    });
    let settings = settings.with_transform(StructuralSchemaRewriter).with_transform(OptionalEnum);
    let mut schema = serde_json::to_value(settings.into_generator().into_root_schema_for::<T>()).unwrap();
    schema.as_object_mut().unwrap().remove("title");
    bound(&mut schema, "");
    schema
}

/// Gives strings, lists and times what a structural schema wants to know of them. The limits stop a runaway: they are wider than
/// what podwhy keeps, for a status that is refused is a message that is never shown.
fn bound(schema: &mut Value, name: &str) {
    let Some(fields) = schema.as_object_mut() else { return };
    match fields.get("type").and_then(Value::as_str) {
        Some("string") if !fields.contains_key("enum") => {
            if name.ends_with("At") || matches!(name, "at" | "lastFailing" | "mutedUntil" | "verifyUntil") {
                fields.insert("format".to_string(), json!("date-time"));
            } else {
                let longest = if matches!(name, "text" | "summary") { LONGEST_TEXT } else { LONGEST };
                fields.insert("maxLength".to_string(), json!(longest));
            }
        }
        // Kubernetes knows no unsigned formats
        Some("integer") => _ = fields.insert("format".to_string(), json!("int64")),
        Some("array") => _ = fields.insert("maxItems".to_string(), json!(most(name))),
        _ => {}
    }
    if fields.contains_key("additionalProperties") {
        fields.insert("maxProperties".to_string(), json!(most(name)));
    }
    for values in ["items", "additionalProperties"] {
        if let Some(values) = fields.get_mut(values) {
            bound(values, "");
        }
    }
    for (name, property) in fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        bound(property, name);
    }
}

fn most(list: &str) -> usize {
    match list {
        "members" => 2 * MOST_MEMBERS,
        "alerts" => 2 * MOST_ALERTS,
        "kept" => 2 * MOST_KEPT,
        "votes" => 2 * MOST_VOTES,
        "posts" => 256,
        "targets" | "outcomes" => 2 * MOST_TARGETS,
        // all of one list are looked for in another: https://kubernetes.io/docs/reference/using-api/cel/#resource-constraints
        "history" => MOST_STEPS + 8,
        "approvals" => 2 * MOST_APPROVALS as usize,
        "warnings" => 64,
        "addedGroups" => 256,
        _ => 2048,
    }
}

/// Adds a rule: <https://kubernetes.io/docs/reference/using-api/cel/>
pub(crate) fn rule(schema: &mut Value, rule: &str, message: &str) {
    let rules = &mut schema["x-kubernetes-validations"];
    if rules.is_null() {
        *rules = json!([]);
    }
    rules.as_array_mut().unwrap().push(json!({"rule": rule, "message": message}));
}

pub(crate) fn conditions() -> Value {
    json!({
        "type": "array", "maxItems": 8, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
        "description": "The phase, for kubectl wait.",
        "items": {"type": "object", "required": ["type", "status"], "properties": {
            "type": {"type": "string", "maxLength": 316},
            "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
            "reason": {"type": "string", "maxLength": 1024},
            "message": {"type": "string", "maxLength": 32768},
            "lastTransitionTime": {"type": "string", "format": "date-time"},
        }},
    })
}

/// A printer column.
pub(crate) fn column(name: &str, kind: &str, path: &str) -> Value {
    json!({"name": name, "type": kind, "jsonPath": path})
}

/// One that `-o wide` shows.
pub(crate) fn wide(name: &str, path: &str) -> Value {
    json!({"name": name, "type": "string", "jsonPath": path, "priority": 1})
}

/// A namespaced resource with a status of its own.
pub(crate) fn definition(names: Value, columns: Vec<Value>, schema: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{}.{GROUP}", names["plural"].as_str().unwrap())},
        "spec": {
            "group": GROUP,
            "scope": "Namespaced",
            "names": names,
            "versions": [{"name": VERSION, "served": true, "storage": true, "subresources": {"status": {}},
                "additionalPrinterColumns": columns, "schema": {"openAPIV3Schema": schema}}],
        },
    })
}

/// The schema of a whole object.
pub(crate) fn object(description: &str, spec: Value, status: Value) -> Value {
    json!({
        "description": description,
        "type": "object",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"},
            "spec": spec, "status": status,
        },
    })
}

/// Asserts that the file in `deploy/crds` is this definition, made of these types.
pub(crate) fn assert_current(definition: Value, types: &str) {
    let plural = definition["spec"]["names"]["plural"].as_str().unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/crds").join(format!("{plural}.yaml"));
    let note =
        format!("# Generated from {types}; do not edit. UPDATE_EXPECT=1 cargo test -p podwhy-kubernetes crd");
    let text = format!("{note}\n{}", serde_saphyr::to_string(&sorted(definition)).unwrap());
    if std::env::var("UPDATE_EXPECT").is_ok_and(|value| value == "1") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(committed, text, "run UPDATE_EXPECT=1 cargo test -p podwhy-kubernetes crd");
}

/// By name: which order a map has depends on the features other crates switch on.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let map: BTreeMap<String, Value> = map.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            Value::Object(map.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema>
pub(crate) fn assert_structural(schema: &Value, path: &str) {
    let fields = schema.as_object().unwrap();
    for key in ["$ref", "anyOf", "oneOf", "allOf", "not", "definitions", "const"] {
        assert!(!fields.contains_key(key), "{path} has {key}");
    }
    assert!(fields.contains_key("type"), "{path} has no type: {schema}");
    // a map has a schema for its values, and no fields beside
    if let Some(values) = fields.get("additionalProperties") {
        assert!(!fields.contains_key("properties"), "{path} has both");
        assert_structural(values, &format!("{path}.*"));
    }
    if let Some(items) = fields.get("items") {
        assert_structural(items, &format!("{path}[]"));
    }
    for (name, property) in fields.get("properties").and_then(Value::as_object).into_iter().flatten() {
        assert_structural(property, &format!("{path}.{name}"));
    }
}
