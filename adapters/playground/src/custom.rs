//! What podwhy itself writes: incidents, and the Leases its replicas agree by. Created and replaced as on a real server, with
//! one winner of two writers of a version.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::{Asked, Failure, Fate, Key, keep, text};
use crate::life::Life;

/// Creates an object; its status, where that is a subresource, is left out.
/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#status-subresource>
pub(crate) fn create(life: &Life, asked: &Asked, body: &[u8]) -> Result<Response, Failure> {
    let mut object = written(asked, body)?;
    let name = text(&object, "/metadata/name").to_string();
    if name.is_empty() {
        return Err(Failure::invalid("metadata.name: Required value: name or generateName is required"));
    }
    if asked.resource.status
        && let Some(fields) = object.as_object_mut()
    {
        fields.remove("status");
    }
    object["metadata"]["namespace"] = json!(asked.namespace);
    for set_by_the_server in ["uid", "resourceVersion", "creationTimestamp"] {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove(set_by_the_server);
        }
    }
    object["metadata"]["generation"] = json!(1);
    let key = Key::new(asked.resource, &asked.namespace, &name);
    let made = life.store.add(&key, object).ok_or_else(|| Failure::already_exists(asked.resource, &name))?;
    Ok((StatusCode::CREATED, Json(Value::clone(&made))).into_response())
}

/// Replaces an object, or its status.
pub(crate) fn replace(life: &Life, asked: &Asked, body: &[u8]) -> Result<Response, Failure> {
    let object = written(asked, body)?;
    if text(&object, "/metadata/name") != asked.name {
        return Err(Failure::bad_request("the name of the object does not match the name on the URL"));
    }
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let updated = life.store.update(&key, |stored| {
        let mut after = object;
        keep(stored, &mut after, asked)?;
        *stored = after;
        Ok::<Fate, Failure>(Fate::Stays)
    })?;
    let (object, _) = updated.ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    Ok(Json(Value::clone(&object)).into_response())
}

fn written(asked: &Asked, body: &[u8]) -> Result<Value, Failure> {
    if !asked.resource.is_written {
        return Err(Failure::method_not_allowed());
    }
    let object: Value = serde_json::from_slice(body)
        .map_err(|error| Failure::bad_request(format!("the object is no JSON: {error}")))?;
    let kind = (text(&object, "/apiVersion"), text(&object, "/kind"));
    if kind != (asked.resource.api_version().as_str(), asked.resource.kind) || !object["metadata"].is_object()
    {
        return Err(Failure::bad_request("the API version, the kind or the metadata does not fit the URL"));
    }
    Ok(object)
}
