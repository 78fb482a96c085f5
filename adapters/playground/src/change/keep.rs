//! What of an object a writer cannot change.

use serde_json::{Value, json};

use crate::api::{Asked, Failure, text};

/// What a patch cannot change stays; a version it names must be the object's.
pub(crate) fn keep(before: &Value, object: &mut Value, asked: &Asked) -> Result<(), Failure> {
    let version = text(before, "/metadata/resourceVersion");
    match text(object, "/metadata/resourceVersion") {
        "" => {}
        named if named != version => {
            let why =
                "the object has been modified; please apply your changes to the latest version and try again";
            return Err(Failure::conflict(asked.resource, &asked.name, why));
        }
        _ => {}
    }
    let status_only = asked.sub == "status";
    // labels may be changed with the status, as on a real server
    let apart: &[&str] = match (status_only, asked.resource.status) {
        (true, _) => &["spec"],
        (false, true) => &["status"],
        (false, false) => &[],
    };
    let restore = |object: &mut Value, before: &Value, field: &str| match before.get(field) {
        Some(value) => object[field] = value.clone(),
        None => drop(object.as_object_mut().and_then(|fields| fields.remove(field))),
    };
    for field in ["kind", "apiVersion"].iter().chain(apart) {
        restore(object, before, field);
    }
    if !object["metadata"].is_object() {
        object["metadata"] = before["metadata"].clone();
    }
    let fixed = [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ];
    for field in fixed {
        restore(&mut object["metadata"], &before["metadata"], field);
    }
    // a new generation is a new wish
    if object.get("spec") != before.get("spec") {
        next_generation(object);
    }
    Ok(())
}

/// A wish that changed has a new number.
pub(super) fn next_generation(object: &mut Value) {
    if let Some(generation) = object.pointer("/metadata/generation").and_then(Value::as_i64) {
        object["metadata"]["generation"] = json!(generation + 1);
    }
}
