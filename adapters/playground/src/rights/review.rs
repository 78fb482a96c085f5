//! SubjectAccessReview and SelfSubjectAccessReview: what RBAC would say, asked without doing it.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/registry/authorization/subjectaccessreview/rest.go>

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::{Failure, Resource, Store, text};
use crate::rights::rules::{Decision, decide};
use crate::rights::{Attributes, Caller, User};

const GROUP: &str = "authorization.k8s.io";

/// Answers a review of this kind; `None` for another kind.
///
/// # Errors
/// 400 for what is no review, 422 for one that asks nothing or about nobody.
pub(crate) fn review(
    store: &Store,
    resource: &Resource,
    caller: &Caller,
    body: &[u8],
) -> Result<Option<Response>, Failure> {
    let of_self = match (resource.group, resource.kind) {
        (GROUP, "SelfSubjectAccessReview") => true,
        (GROUP, "SubjectAccessReview") => false,
        _ => return Ok(None),
    };
    let mut review: Value = serde_json::from_slice(body).map_err(|error| Failure::no_object(body, &error))?;
    let (version, kind) = (text(&review, "/apiVersion"), text(&review, "/kind"));
    // what is left out is what the path means
    let fits = |told: &str, wanted: &str| told.is_empty() || told == wanted;
    if !fits(version, &resource.api_version()) || !fits(kind, resource.kind) {
        return Err(Failure::bad_request("the API version or the kind does not fit the URL"));
    }
    check(&review["spec"], resource.kind, of_self)?;
    let wanted = attributes(&review["spec"]);
    let asked_of = if of_self { caller.clone() } else { Caller::User(subject(&review["spec"])) };
    let decision = match asked_of {
        Caller::Owner => Decision { allowed: true, reason: String::new() },
        Caller::User(user) => decide(store, &user, &wanted),
    };
    let mut status = json!({"allowed": decision.allowed});
    if !decision.reason.is_empty() {
        status["reason"] = json!(decision.reason);
    }
    review["apiVersion"] = json!(resource.api_version());
    review["kind"] = json!(resource.kind);
    review["metadata"] = json!({});
    review["status"] = status;
    Ok(Some((StatusCode::CREATED, Json(review)).into_response()))
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/apis/authorization/validation/validation.go>
fn check(spec: &Value, kind: &str, of_self: bool) -> Result<(), Failure> {
    const INVALID: &str = "FieldValueInvalid";
    let told = |field: &str| spec.get(field).is_some_and(|value| !value.is_null());
    let mut faults = Vec::new();
    match (told("resourceAttributes"), told("nonResourceAttributes")) {
        (true, true) => {
            let why = format!(
                "Invalid value: {}: cannot be specified in combination with resourceAttributes",
                spec["nonResourceAttributes"]
            );
            faults.push(("spec.nonResourceAttributes", INVALID, why));
        }
        (false, false) => {
            let why = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified";
            faults.push(("spec.resourceAttributes", INVALID, why.to_string()));
        }
        _ => {}
    }
    let nobody = text(spec, "/user").is_empty() && spec["groups"].as_array().is_none_or(Vec::is_empty);
    if !of_self && nobody {
        let why = "Invalid value: \"\": at least one of user or group must be specified";
        faults.push(("spec.user", INVALID, why.to_string()));
    }
    if faults.is_empty() { Ok(()) } else { Err(Failure::invalid_fields(kind, GROUP, &faults)) }
}

/// As it is named: no group is added to it.
fn subject(spec: &Value) -> User {
    let groups = spec["groups"].as_array().into_iter().flatten().filter_map(Value::as_str);
    User { name: text(spec, "/user").to_string(), groups: groups.map(str::to_string).collect() }
}

fn attributes(spec: &Value) -> Attributes {
    let other = &spec["nonResourceAttributes"];
    if other.is_object() {
        let (verb, path) = (text(other, "/verb").to_string(), text(other, "/path").to_string());
        return Attributes { verb, path: Some(path), ..Attributes::default() };
    }
    let of = |field: &str| text(&spec["resourceAttributes"], field).to_string();
    Attributes {
        verb: of("/verb"),
        group: of("/group"),
        resource: of("/resource"),
        sub: of("/subresource"),
        namespace: of("/namespace"),
        name: of("/name"),
        path: None,
    }
}
