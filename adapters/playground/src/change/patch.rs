//! JSON patch, merge patch and strategic merge patch.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go>

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;

use crate::api::{Asked, Failure, Fate, Key, Query};
use crate::change::{dry, keep, strategic};
use crate::life::{Life, is_over};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const STRATEGIC_PATCH: &str = "application/strategic-merge-patch+json";

/// Changes an object.
///
/// # Errors
/// 404; 409 for a version that is another; 422 for a patch that does not apply, such as a `test` that fails.
pub(crate) fn patch(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Failure> {
    let dry = dry::asked(query, "PatchOptions")?;
    let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content = content.split(';').next().unwrap_or_default().trim();
    // a custom resource has no types, and so no keys to merge lists by
    let accepted: &[&str] = match asked.resource.group {
        "podwhy.dev" => &[JSON_PATCH, MERGE_PATCH],
        _ => &[JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH],
    };
    if !accepted.contains(&content) {
        return Err(Failure::unsupported_media(accepted));
    }
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let mut before = Value::Null;
    let updated = dry::update(&life.store, &key, dry, |object| {
        before = object.clone();
        apply(object, content, body)?;
        if !object.is_object() {
            return Err(Failure::invalid("the server rejected our request due to an error in our request"));
        }
        keep(&before, object, asked)?;
        // the last finalizer of a deletion under way may just have gone
        let over = object.pointer("/metadata/deletionTimestamp").is_some() && is_over(object);
        Ok::<Fate, Failure>(if over { Fate::Goes } else { Fate::Stays })
    })?;
    let (object, fate) = updated.ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    match fate {
        _ if dry => {}
        Fate::Goes => life.after(&object, false),
        Fate::Stays => life.changed(&before, &object),
    }
    Ok(Json(Value::clone(&object)).into_response())
}

fn apply(object: &mut Value, content: &str, body: &[u8]) -> Result<(), Failure> {
    let no_json = |error: serde_json::Error| Failure::bad_request(format!("the patch is no JSON: {error}"));
    if content != JSON_PATCH {
        let patch: Value = serde_json::from_slice(body).map_err(no_json)?;
        if !patch.is_object() {
            return Err(Failure::bad_request("a merge patch is an object"));
        }
        if content == STRATEGIC_PATCH {
            return strategic::merge(object, &patch);
        }
        json_patch::merge(object, &patch);
        return Ok(());
    }
    let patch: json_patch::Patch = serde_json::from_slice(body).map_err(no_json)?;
    json_patch::patch(object, &patch)
        .map_err(|_| Failure::invalid("the server rejected our request due to an error in our request"))
}
