//! What is created and replaced: incidents, remediations, the Leases podwhy's replicas agree by, and events. As on a real server,
//! with one winner of two writers of a version.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::{Asked, Failure, Fate, Key, Query, now_in_seconds, text};
use crate::change::{dry, keep};
use crate::events;
use crate::life::{Life, is_over, suffix};

/// Creates an object; its status, where that is a subresource, is left out.
/// <https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#status-subresource>
///
/// # Errors
/// 409 where there is one of that name, 422 without a name, 405 for a kind that is not created here.
pub(crate) fn create(life: &Life, asked: &Asked, query: &Query, body: &[u8]) -> Result<Response, Failure> {
    let mut object = written(asked, body)?;
    let dry = dry::asked(query, "CreateOptions")?;
    let name = name(life, &object)?;
    if asked.resource.status
        && let Some(fields) = object.as_object_mut()
    {
        fields.remove("status");
    }
    let metadata = &mut object["metadata"];
    metadata["name"] = json!(name);
    metadata["namespace"] = json!(asked.namespace);
    for set_by_the_server in ["uid", "resourceVersion", "creationTimestamp"] {
        metadata.as_object_mut().and_then(|metadata| metadata.remove(set_by_the_server));
    }
    if asked.resource.plural != "events" {
        metadata["generation"] = json!(1);
    }
    let (resource, stored) = events::stored(asked.resource, &object)?;
    let key = Key::new(resource, &asked.namespace, &name);
    let exists = || Failure::already_exists(asked.resource, &name);
    if dry {
        if life.store.get(&key).is_some() {
            return Err(exists());
        }
        object["metadata"]["uid"] = json!(format!("00000000-0000-4000-a000-{:012x}", life.store.serial()));
        object["metadata"]["creationTimestamp"] = json!(now_in_seconds());
    } else {
        let made = life.store.add(&key, stored).ok_or_else(exists)?;
        object["metadata"] = made["metadata"].clone();
    }
    Ok((StatusCode::CREATED, Json(object)).into_response())
}

/// The object's own name, or one made of `generateName`.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/storage/names/generate.go>
fn name(life: &Life, object: &Value) -> Result<String, Failure> {
    const LONGEST_STEM: usize = 58;
    let (name, stem) = (text(object, "/metadata/name"), text(object, "/metadata/generateName"));
    match (name, stem) {
        ("", "") => Err(Failure::invalid("metadata.name: Required value: name or generateName is required")),
        ("", stem) => {
            let stem: String = stem.chars().take(LONGEST_STEM).collect();
            Ok(format!("{stem}{}", suffix(life.store.serial())))
        }
        (name, _) => Ok(name.to_string()),
    }
}

/// Replaces an object, or its status.
///
/// # Errors
/// 404, 409 for a version that is another, 405 for a kind that is not replaced here.
pub(crate) fn replace(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    body: &[u8],
) -> Result<Response, Failure> {
    let object = written(asked, body)?;
    let dry = dry::asked(query, "UpdateOptions")?;
    if text(&object, "/metadata/name") != asked.name {
        return Err(Failure::bad_request("the name of the object does not match the name on the URL"));
    }
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let updated = dry::update(&life.store, &key, dry, |stored| {
        let mut after = object;
        keep(stored, &mut after, asked)?;
        *stored = after;
        // the last finalizer of a deletion under way may just have gone
        let over = stored.pointer("/metadata/deletionTimestamp").is_some() && is_over(stored);
        Ok::<Fate, Failure>(if over { Fate::Goes } else { Fate::Stays })
    })?;
    let (object, fate) = updated.ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    if fate == Fate::Goes && !dry {
        life.after(&object, false);
    }
    Ok(Json(Value::clone(&object)).into_response())
}

fn written(asked: &Asked, body: &[u8]) -> Result<Value, Failure> {
    if !asked.resource.is_written {
        return Err(Failure::method_not_allowed());
    }
    let object: Value = serde_json::from_slice(body).map_err(|error| Failure::no_object(body, &error))?;
    let kind = (text(&object, "/apiVersion"), text(&object, "/kind"));
    if kind != (asked.resource.api_version().as_str(), asked.resource.kind) || !object["metadata"].is_object()
    {
        return Err(Failure::bad_request("the API version, the kind or the metadata does not fit the URL"));
    }
    Ok(object)
}
