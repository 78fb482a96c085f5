//! Delete with preconditions and grace.

use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, ToSpan};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::api::{Asked, Failure, Fate, Key, Query, text};
use crate::change::{dry, keep::next_generation};
use crate::life::Life;

/// The grace of a pod that names none.
const DEFAULT_GRACE: i64 = 30;

/// `DeleteOptions`, as far as the playground keeps to them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct DeleteOptions {
    pub(crate) grace_period_seconds: Option<i64>,
    pub(crate) preconditions: Option<Preconditions>,
    pub(crate) propagation_policy: Option<String>,
    pub(crate) dry_run: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Preconditions {
    pub(crate) uid: Option<String>,
    pub(crate) resource_version: Option<String>,
}

impl DeleteOptions {
    /// The version was looked at and may change from here on.
    pub(crate) fn forget_version(&mut self) {
        if let Some(preconditions) = &mut self.preconditions {
            preconditions.resource_version = None;
        }
    }
}

/// Deletes an object: at once, or as a pod does, after its grace.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go>
pub(crate) fn delete(
    life: &Arc<Life>,
    asked: &Asked,
    query: &Query,
    body: &[u8],
) -> Result<Response, Failure> {
    Ok(Json(run(life, asked, &options(query, body)?)?).into_response())
}

/// Deletes as these options say; what is answered.
///
/// # Errors
/// 404, and 409 for a precondition that does not hold.
pub(crate) fn run(life: &Arc<Life>, asked: &Asked, options: &DeleteOptions) -> Result<Value, Failure> {
    let dry = dry::is_all(&options.dry_run, "DeleteOptions")?;
    life.pass();
    let key = Key::new(asked.resource, &asked.namespace, &asked.name);
    let mut goes = false;
    let updated = dry::update(&life.store, &key, dry, |object| {
        check(options, object, asked)?;
        goes = mark(options, object, asked) == Fate::Goes;
        Ok::<Fate, Failure>(Fate::Stays)
    })?;
    let (mut object, _) = updated.ok_or_else(|| Failure::not_found(asked.resource, &asked.name))?;
    if goes {
        if !dry {
            object = life.store.remove(&key).unwrap_or(object);
            life.after(&object, options.propagation_policy.as_deref() == Some("Orphan"));
        }
        return Ok(removed(asked, &object));
    }
    if !dry {
        life.end_in_time(&key, &object);
    }
    Ok(Value::clone(&object))
}

/// The body's options; the query's only where there is no body.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go>
fn options(query: &Query, body: &[u8]) -> Result<DeleteOptions, Failure> {
    if !body.is_empty() {
        return serde_json::from_slice(body)
            .map_err(|error| Failure::bad_request(format!("the options of the deletion: {error}")));
    }
    let told = |name: &str| query.get(name).filter(|value| !value.is_empty()).cloned();
    let grace = told("gracePeriodSeconds").map(|grace| grace.parse());
    Ok(DeleteOptions {
        grace_period_seconds: grace
            .transpose()
            .map_err(|_| Failure::bad_request("gracePeriodSeconds is no number"))?,
        propagation_policy: told("propagationPolicy"),
        dry_run: told("dryRun").into_iter().collect(),
        ..DeleteOptions::default()
    })
}

/// Whether the object is the one that is meant: 409 where it is not.
pub(crate) fn check(options: &DeleteOptions, object: &Value, asked: &Asked) -> Result<(), Failure> {
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
