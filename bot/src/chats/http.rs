//! `/healthz`, `/readyz`, `/metrics`, and Slack's own requests where it sends them.

mod readiness;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

pub(super) use self::readiness::Readiness;
use self::readiness::Ready;

/// What is told, and who else listens.
pub(super) struct Parts {
    pub(super) registry: Registry,
    pub(super) ready: Vec<(&'static str, Readiness)>,
    pub(super) routes: Option<Router>,
}

struct Told {
    registry: Registry,
    ready: Vec<(&'static str, Readiness)>,
    closing: watch::Receiver<bool>,
}

/// The listener; it ends when this is dropped.
#[derive(Debug)]
pub struct Door {
    address: SocketAddr,
    closing: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Door {
    pub(super) async fn open(listen: SocketAddr, mut parts: Parts) -> std::io::Result<Door> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let (closing, closes) = watch::channel(false);
        parts.registry.register_collector(Box::new(Ready(parts.ready.clone())));
        let told = Told { registry: parts.registry, ready: parts.ready, closing: closes };
        let own = Router::new()
            .route("/healthz", get(|| async { "ok\n" }))
            .route("/readyz", get(ready))
            .route("/metrics", get(metrics))
            .with_state(Arc::new(told));
        let routes = own.merge(parts.routes.unwrap_or_default());
        let task = tokio::spawn(async move {
            // without connections there is nothing to serve, and the process says so by its readiness
            let _ended = axum::serve(listener, routes).await;
        });
        Ok(Door { address, closing, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Not ready from now on: nothing new is to be sent here. Health and metrics are still answered.
    pub(super) fn close(&self) {
        let _told = self.closing.send(true);
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn ready(State(told): State<Arc<Told>>) -> impl IntoResponse {
    let mut parts: Vec<(&str, Result<(), String>)> =
        told.ready.iter().map(|(name, ready)| (*name, ready())).collect();
    if *told.closing.borrow() {
        parts.push(("podwhy", Err("ends".to_string())));
    }
    let well = parts.iter().all(|(_, state)| state.is_ok());
    let lines = parts.iter().map(|(name, state)| match state {
        Ok(()) => format!("{name}: ready\n"),
        Err(why) => format!("{name}: {why}\n"),
    });
    let status = if well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, lines.collect::<String>())
}

async fn metrics(State(told): State<Arc<Told>>) -> impl IntoResponse {
    let mut text = String::new();
    // writing to a String does not fail
    let status = match encode(&mut text, &told.registry) {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    (status, [(header::CONTENT_TYPE, openmetrics)], text)
}
