//! What is refused, as the API server words it.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go>

use axum::Json;
use axum::http::StatusCode;
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

    pub(crate) fn expired(message: impl Into<String>) -> Failure {
        Failure::new(410, "Expired", message)
    }

    /// As the object a watch ends with.
    pub(crate) fn status(&self) -> Value {
        let mut status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code});
        if let Some(details) = &self.details {
            status["details"] = details.clone();
        }
        status
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let code = StatusCode::from_u16(self.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (code, Json(self.status())).into_response()
    }
}
