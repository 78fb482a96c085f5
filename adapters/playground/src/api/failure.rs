//! What is refused, as the API server words it.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go>

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::api::resources::Resource;

/// A request that is not answered as it was meant.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) code: u16,
    reason: &'static str,
    message: String,
    details: Option<Value>,
}

impl Failure {
    fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Failure {
        Failure { code, reason, message: message.into(), details: None }
    }

    fn about(mut self, resource: &Resource, name: &str) -> Failure {
        let mut details = json!({"name": name, "kind": resource.plural});
        if !resource.group.is_empty() {
            details["group"] = json!(resource.group);
        }
        self.details = Some(details);
        self
    }

    pub(crate) fn not_found(resource: &Resource, name: &str) -> Failure {
        Failure::new(404, "NotFound", format!("{} {name:?} not found", resource.qualified()))
            .about(resource, name)
    }

    /// No such path.
    pub(crate) fn no_such_resource() -> Failure {
        Failure {
            details: Some(json!({})),
            ..Failure::new(404, "NotFound", "the server could not find the requested resource")
        }
    }

    pub(crate) fn method_not_allowed() -> Failure {
        Failure {
            details: Some(json!({})),
            ..Failure::new(
                405,
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            )
        }
    }

    pub(crate) fn unsupported_media(accepted: &[&str]) -> Failure {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {}",
            accepted.join(", ")
        );
        Failure { details: Some(json!({})), ..Failure::new(415, "UnsupportedMediaType", message) }
    }

    /// Why a body is no object. kubectl's own clients send some kinds as protobuf, which begins so:
    /// <https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl>
    pub(crate) fn no_object(body: &[u8], error: &serde_json::Error) -> Failure {
        if body.starts_with(b"k8s\0") {
            return Failure::unsupported_media(&["application/json"]);
        }
        Failure::bad_request(format!("the object is no JSON: {error}"))
    }

    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Failure {
        let message = format!("Operation cannot be fulfilled on {} {name:?}: {why}", resource.qualified());
        Failure::new(409, "Conflict", message).about(resource, name)
    }

    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Failure {
        let message = format!("{} {name:?} already exists", resource.qualified());
        Failure::new(409, "AlreadyExists", message).about(resource, name)
    }

    /// A precondition of a deletion that does not hold: named by kind, other than a patch's.
    pub(crate) fn precondition(resource: &Resource, name: &str, why: &str) -> Failure {
        let group = if resource.group.is_empty() { String::new() } else { format!(".{}", resource.group) };
        let message = format!("Operation cannot be fulfilled on {}{group} {name:?}: {why}", resource.kind);
        let mut failure = Failure::new(409, "Conflict", message).about(resource, name);
        if let Some(details) = &mut failure.details {
            details["kind"] = json!(resource.kind);
        }
        failure
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Failure {
        Failure::new(400, "BadRequest", message)
    }

    pub(crate) fn forbidden(message: impl Into<String>) -> Failure {
        Failure::new(403, "Forbidden", message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Failure {
        Failure { details: Some(json!({})), ..Failure::new(422, "Invalid", message) }
    }

    /// As NewInvalid words it: of each field its path, the kind of fault and what is wrong.
    pub(crate) fn invalid_fields(kind: &str, group: &str, faults: &[(&str, &str, String)]) -> Failure {
        let told: Vec<String> = faults.iter().map(|(field, _, why)| format!("{field}: {why}")).collect();
        let told = if told.len() == 1 { told.concat() } else { format!("[{}]", told.join(", ")) };
        let causes = faults
            .iter()
            .map(|(field, reason, why)| json!({"reason": reason, "message": why, "field": field}));
        let details = json!({"group": group, "kind": kind, "causes": causes.collect::<Vec<_>>()});
        let message = format!("{kind}.{group} \"\" is invalid: {told}");
        Failure { details: Some(details), ..Failure::new(422, "Invalid", message) }
    }

    /// What an authoriser or a check refuses of a kind; the name may be empty, and so may the kind.
    pub(crate) fn forbidden_of(plural: &str, group: &str, name: &str, why: &str) -> Failure {
        let qualified = if group.is_empty() { plural.to_string() } else { format!("{plural}.{group}") };
        let message = match (plural, name) {
            ("", _) => format!("forbidden: {why}"),
            (_, "") => format!("{qualified} is forbidden: {why}"),
            _ => format!("{qualified} {name:?} is forbidden: {why}"),
        };
        let parts = [("name", name), ("group", group), ("kind", plural)];
        let told = parts.iter().filter(|(_, value)| !value.is_empty());
        let details = told.map(|(part, value)| (part.to_string(), json!(value))).collect();
        Failure { details: Some(Value::Object(details)), ..Failure::new(403, "Forbidden", message) }
    }

    /// An eviction that a disruption budget does not allow, to be tried again after so many seconds; 0 for any time.
    pub(crate) fn over_budget(cause: &str, after: u32) -> Failure {
        let mut details = json!({"causes": [{"reason": "DisruptionBudget", "message": cause}]});
        if after > 0 {
            details["retryAfterSeconds"] = json!(after);
        }
        let message = "Cannot evict pod as it would violate the pod's disruption budget.";
        Failure { details: Some(details), ..Failure::new(429, "TooManyRequests", message) }
    }

    /// A Status that has no reason.
    pub(crate) fn bare(code: u16, message: &str) -> Failure {
        Failure::new(code, "", message)
    }

    pub(crate) fn expired(message: impl Into<String>) -> Failure {
        Failure::new(410, "Expired", message)
    }

    /// As the object a watch ends with.
    pub(crate) fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "code": self.code});
        if !self.reason.is_empty() {
            status["reason"] = json!(self.reason);
        }
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let after = self.details.as_ref().and_then(|details| details.get("retryAfterSeconds")?.as_u64());
        let after = after.map(|seconds| [(header::RETRY_AFTER, seconds.to_string())]);
        match after {
            Some(after) => (code, after, Json(self.status())).into_response(),
            None => (code, Json(self.status())).into_response(),
        }
    }
}
