//! What a call sends: JSON, or a form with `payload_json` and `files[n]`.
//! <https://discord.com/developers/docs/reference#uploading-files>

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use serde_json::Value;

use super::interaction::LARGEST_FILE;
use super::refusal::Refusal;

/// A file as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    /// The n of `files[n]`.
    pub(super) index: u64,
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) bytes: Vec<u8>,
}

/// What a call sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sent {
    pub(super) json: Value,
    pub(super) files: Vec<File>,
}

/// Why a body is none: what is answered, and what is written down.
pub(super) type Unreadable = (Refusal, String);

pub(super) async fn read(request: Request) -> Result<Sent, Unreadable> {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("multipart/form-data") {
        return form(request).await;
    }
    let kind = kind.to_string();
    let bytes = request.into_body().collect().await.map_err(|error| broken(&error))?.to_bytes();
    if bytes.is_empty() {
        return Ok(Sent::default());
    }
    if !kind.starts_with("application/json") {
        return Err((Refusal::not_json(), format!("a body of content type {kind:?}")));
    }
    let json = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
    Ok(Sent { json, files: Vec::new() })
}

fn broken(error: &dyn std::fmt::Display) -> Unreadable {
    (Refusal::not_json(), format!("a body that cannot be read: {error}"))
}

async fn form(mut request: Request<Body>) -> Result<Sent, Unreadable> {
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
    let mut sent = Sent::default();
    while let Some(part) = parts.next_field().await.map_err(|error| broken(&error))? {
        let (name, file) =
            (part.name().unwrap_or_default().to_string(), part.file_name().map(str::to_string));
        let kind = part.content_type().unwrap_or("application/octet-stream").to_string();
        let bytes = part.bytes().await.map_err(|error| broken(&error))?.to_vec();
        if name == "payload_json" {
            sent.json = serde_json::from_slice(&bytes).map_err(|error| broken(&error))?;
            continue;
        }
        let index = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')?.parse().ok());
        let (Some(index), Some(name)) = (index, file) else {
            return Err((Refusal::not_json(), format!("a part of a form named {name:?}")));
        };
        if bytes.len() > LARGEST_FILE {
            return Err((Refusal::too_large(), format!("a file of {} bytes", bytes.len())));
        }
        sent.files.push(File { index, name, kind, bytes });
    }
    Ok(sent)
}
