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

use crate::render::{self, acting::Fix};

/// An answer in both forms.
#[derive(Debug, Serialize)]
pub(crate) struct Reply {
    pub(crate) html: String,
    pub(crate) text: String,
    /// Whether asking again would do something again: the page does not, when only its language changes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) once: bool,
}

impl Reply {
    pub(crate) fn of(answer: &Answer, lang: Lang) -> Reply {
        Reply::with_fix(answer, &Fix::Nothing, lang)
    }

    pub(crate) fn with_fix(answer: &Answer, fix: &Fix, lang: Lang) -> Reply {
        let text = format!("{}{}", plain(answer, lang), fix.text(lang));
        Reply { html: render::with_fix(answer, fix, lang), text, once: false }
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
