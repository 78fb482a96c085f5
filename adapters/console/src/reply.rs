//! What a handler answers: an answer as HTML and as text, or an error that says what to do next.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podwhy_flow::UserError;
use podwhy_flow::ask::desk::{Answer, AskError};
use podwhy_flow::ask::plain::plain;
use podwhy_knowledge::Lang;
use podwhy_knowledge::redact::redact;
use serde::Serialize;
use serde_json::json;

use crate::render;

/// An answer in both forms.
#[derive(Debug, Serialize)]
pub(crate) struct Reply {
    pub(crate) html: String,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn of(answer: &Answer, lang: Lang) -> Reply {
        Reply { html: render::answer(answer, lang), text: plain(answer, lang) }
    }
}

/// A question that has no answer.
#[derive(Debug)]
pub(crate) struct Refused {
    status: StatusCode,
    message: String,
}

impl Refused {
    pub(crate) fn because(message: impl Into<String>) -> Refused {
        Refused { status: StatusCode::BAD_REQUEST, message: message.into() }
    }
}

impl From<UserError> for Refused {
    fn from(error: UserError) -> Refused {
        Refused::because(redact(&error.to_string()))
    }
}

impl From<AskError> for Refused {
    fn from(error: AskError) -> Refused {
        match error {
            AskError::User(error) => error.into(),
            AskError::Fault(fault) => {
                let message = format!("this is a fault of podwhy's own, please report it: {fault}");
                eprintln!("podwhy: {message}");
                Refused { status: StatusCode::INTERNAL_SERVER_ERROR, message }
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(json!({"error": self.message}))).into_response()
    }
}
