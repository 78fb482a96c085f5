//! Delete with preconditions and grace; JSON patch and merge patch.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::failure::Failure;
use crate::api::http::{Asked, Query};
use crate::api::store::{Fate, Key, text};
use crate::life::{Life, is_over};

const JSON_PATCH: &str = "application/json-patch+json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// The grace of a pod that names none.
const DEFAULT_GRACE: i64 = 30;

/// `DeleteOptions`, as far as the playground keeps to them.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct DeleteOptions {
    grace_period_seconds: Option<i64>,
    preconditions: Option<Preconditions>,
    propagation_policy: Option<String>,
    dry_run: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Preconditions {
    uid: Option<String>,
    resource_version: Option<String>,
}

/// Deletes an object: at once, or as a pod does, after its grace.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go>
pub(crate) fn delete(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    body: &[u8],
) -> Result<Response, Failure> {
    let options = options(query, body)?;
    if options.dry_run.is_some() || query.contains_key("dryRun") {
        return Err(no_dry_run());
    }
    life.pass();
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let mut goes = false;
    let updated = life.store.update(&key, |object| {
        check(&options, object, asked)?;
        goes = mark(&options, object, asked) == Fate::Goes;
        Ok::<Fate, Failure>(Fate::Stays)
    })?;
    let (mut object, _) = updated.ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    if goes {
        object = life.store.remove(&key).unwrap_or(object);
        life.after(&object, options.propagation_policy.as_deref() == Some("Orphan"));
        return Ok(Json(removed(asked, &object)).into_response());
    }
    life.end_in_time(&key, &object);
    Ok(Json(Value::clone(&object)).into_response())
}

fn no_dry_run() -> Failure {
    Failure::bad_request("the playground has no dry run: nothing was changed")
}

fn options(query: &Query, body: &[u8]) -> Result<DeleteOptions, Failure> {
    let mut options = DeleteOptions::default();
    if !body.is_empty() {
        options = serde_json::from_slice(body)
            .map_err(|error| Failure::bad_request(format!("the options of the deletion: {error}")))?;
    }
    if let Some(grace) = query.get("gracePeriodSeconds") {
        let seconds = grace.parse().map_err(|_| Failure::bad_request("gracePeriodSeconds is no number"))?;
        options.grace_period_seconds = Some(seconds);
    }
    options.propagation_policy = options.propagation_policy.or(query.get("propagationPolicy").cloned());
    Ok(options)
}

fn check(options: &DeleteOptions, object: &Value, asked: &Asked) -> Result<(), Failure> {
    let Some(wanted) = &options.preconditions else { return Ok(()) };
    let conflict = |why: String| Err(Failure::precondition(asked.resource, &asked.name, &why));
    let uid = text(object, "/metadata/uid");
    if let Some(wanted) = wanted.uid.as_deref().filter(|wanted| *wanted != uid) {
        return conflict(format!(
            "the UID in the precondition ({wanted}) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
        ));
    }
    let version = text(object, "/metadata/resourceVersion");
    if let Some(wanted) = wanted.resource_version.as_deref().filter(|wanted| *wanted != version) {
        return conflict(format!(
            "the ResourceVersion in the precondition ({wanted}) does not match the ResourceVersion in record ({version}). The object might have been modified"
        ));
    }
    Ok(())
}

/// Sets the deletion's time; an object that has nothing to wait for goes.
fn mark(options: &DeleteOptions, object: &mut Value, asked: &Asked) -> Fate {
    let waits =
        object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|f| !f.is_empty());
    let pod = asked.resource.plural == "pods";
    let grace = if pod { grace(options, object) } else { 0 };
    let known = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    let fate = if waits || grace > 0 { Fate::Stays } else { Fate::Goes };
    // a deletion under way can only be shortened; what is no pod goes without a time of its own
    if known.is_some_and(|known| known <= grace) || (fate == Fate::Goes && !pod) {
        return fate;
    }
    let now = Timestamp::now();
    let ends = Timestamp::from_second(now.as_second()).unwrap_or(now).saturating_add(grace.seconds());
    object["metadata"]["deletionTimestamp"] = json!(ends.unwrap_or(now).to_string());
    object["metadata"]["deletionGracePeriodSeconds"] = json!(grace);
    if known.is_none() {
        next_generation(object);
    }
    fate
}

fn next_generation(object: &mut Value) {
    if let Some(generation) = object.pointer("/metadata/generation").and_then(Value::as_i64) {
        object["metadata"]["generation"] = json!(generation + 1);
    }
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/core/pod/strategy.go> (`CheckGracefulDelete`)
fn grace(options: &DeleteOptions, pod: &Value) -> i64 {
    let unbound = text(pod, "/spec/nodeName").is_empty();
    let ended = matches!(text(pod, "/status/phase"), "Succeeded" | "Failed");
    if unbound || ended {
        return 0;
    }
    let own = pod.pointer("/spec/terminationGracePeriodSeconds").and_then(Value::as_i64);
    options.grace_period_seconds.or(own).unwrap_or(DEFAULT_GRACE).max(0)
}

/// What the API answers when an object is gone: of some kinds the object, of others that it worked.
fn removed(asked: &Asked, last: &Value) -> Value {
    const OBJECTS: [&str; 6] = [
        "pods",
        "services",
        "serviceaccounts",
        "persistentvolumeclaims",
        "persistentvolumes",
        "resourcequotas",
    ];
    if OBJECTS.contains(&asked.resource.plural) {
        return last.clone();
    }
    let mut details =
        json!({"name": asked.name, "kind": asked.resource.plural, "uid": text(last, "/metadata/uid")});
    if !asked.resource.group.is_empty() {
        details["group"] = json!(asked.resource.group);
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}

/// Changes an object.
pub(crate) fn patch(
    life: &Life,
    asked: &Asked,
    query: &Query,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Failure> {
    if query.contains_key("dryRun") {
        return Err(no_dry_run());
    }
    let content = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let content = content.split(';').next().unwrap_or_default().trim();
    if content != JSON_PATCH && content != MERGE_PATCH {
        return Err(Failure::unsupported_media(&[JSON_PATCH, MERGE_PATCH]));
    }
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let updated = life.store.update(&key, |object| {
        let before = object.clone();
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
    if fate == Fate::Goes {
        life.after(&object, false);
    }
    Ok(Json(Value::clone(&object)).into_response())
}

fn apply(object: &mut Value, content: &str, body: &[u8]) -> Result<(), Failure> {
    let no_json = |error: serde_json::Error| Failure::bad_request(format!("the patch is no JSON: {error}"));
    if content == MERGE_PATCH {
        let patch: Value = serde_json::from_slice(body).map_err(no_json)?;
        if !patch.is_object() {
            return Err(Failure::bad_request("a merge patch is an object"));
        }
        json_patch::merge(object, &patch);
        return Ok(());
    }
    let patch: json_patch::Patch = serde_json::from_slice(body).map_err(no_json)?;
    json_patch::patch(object, &patch)
        .map_err(|_| Failure::invalid("the server rejected our request due to an error in our request"))
}

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
