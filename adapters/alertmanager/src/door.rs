//! The HTTP endpoint.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use podwhy_flow::ports::Alerts;
use tokio::sync::Semaphore;
use tracing::warn;

use crate::auth::Credentials;
use crate::metrics::Metrics;
use crate::payload::{Clusters, read};

/// Where Alertmanager sends to.
pub const PATH: &str = "/alertmanager";

/// How it is taken in.
#[derive(Clone, Debug)]
pub struct Options {
    /// Who may send.
    pub credentials: Credentials,
    /// How an alert's cluster is known.
    pub clusters: Clusters,
    /// The largest body, in bytes; a group of ten thousand alerts has about 15 MB.
    pub largest: usize,
    /// At most this many requests are worked on at once; more are answered 503.
    pub at_once: usize,
    /// How long a request may take until its alerts are kept; then it is answered 503.
    pub patience: Duration,
}

impl Options {
    /// With the usual limits.
    pub fn new(credentials: Credentials, clusters: Clusters) -> Options {
        Options {
            credentials,
            clusters,
            largest: 32 * 1024 * 1024,
            at_once: 16,
            // Alertmanager gives up a notification after its `group_interval`, five minutes by default
            patience: Duration::from_secs(45),
        }
    }
}

struct Door {
    options: Options,
    alerts: Arc<dyn Alerts>,
    metrics: Metrics,
    room: Semaphore,
}

/// The endpoint, to be merged into others.
pub fn router(options: Options, alerts: Arc<dyn Alerts>, metrics: Metrics) -> Router {
    let (largest, at_once) = (options.largest, options.at_once);
    let door = Door { options, alerts, metrics, room: Semaphore::new(at_once) };
    Router::new().route(PATH, post(take)).layer(DefaultBodyLimit::max(largest)).with_state(Arc::new(door))
}

async fn take(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let (status, outcome, text) = door.answer(&headers, body).await;
    door.metrics.answered(outcome);
    (status, text).into_response()
}

impl Door {
    async fn answer(
        &self,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
    ) -> (StatusCode, &'static str, String) {
        if !self.options.credentials.are_in(headers) {
            return (
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "these credentials are not podwhy's\n".to_string(),
            );
        }
        let body = match body {
            Ok(body) => body,
            Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                let text = format!(
                    "larger than {} bytes: set max_alerts in webhook_configs\n",
                    self.options.largest
                );
                return (StatusCode::PAYLOAD_TOO_LARGE, "too-large", text);
            }
            Err(rejection) => return (StatusCode::BAD_REQUEST, "malformed", format!("{rejection}\n")),
        };
        let Ok(_room) = self.room.try_acquire() else {
            return (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "too much at once; send it again\n".to_string(),
            );
        };
        self.keep(&body).await
    }

    async fn keep(&self, body: &[u8]) -> (StatusCode, &'static str, String) {
        let read = match read(body, &self.options.clusters) {
            Ok(read) => read,
            Err(problem) => {
                warn!(problem, "a request of Alertmanager could not be read");
                return (StatusCode::BAD_REQUEST, "malformed", format!("{problem}\n"));
            }
        };
        self.metrics.read(read.alerts.len(), read.problems.len());
        let kept = tokio::time::timeout(self.options.patience, self.alerts.keep(read.alerts)).await;
        let why = match kept {
            Ok(Ok(())) if read.problems.is_empty() => return (StatusCode::OK, "kept", "kept\n".to_string()),
            Ok(Ok(())) => {
                let problems = read.problems.join("\n");
                warn!(problems, "alerts could not be read; the others of the group were taken");
                return (StatusCode::BAD_REQUEST, "malformed", format!("{problems}\n"));
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it takes too long".to_string(),
        };
        warn!(why, "alerts are not kept yet; Alertmanager sends them again");
        (StatusCode::SERVICE_UNAVAILABLE, "not-kept", "not kept yet; send it again\n".to_string())
    }
}

#[cfg(test)]
mod tests;
