//! Before the API server: passes everything on and writes down what changes something; one answer can be held back until a test lets it go.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

/// A request that changes something, or would.
#[derive(Clone, Debug)]
pub struct Change {
    /// `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: Method,
    /// The path, without the query.
    pub path: String,
    /// The query; empty without one.
    pub query: String,
    /// What was sent; null where it is no JSON.
    pub body: Value,
}

impl Change {
    /// Whether nothing is stored of it.
    pub fn is_dry_run(&self) -> bool {
        let stages = [&self.body["dryRun"], &self.body["deleteOptions"]["dryRun"]];
        self.query.contains("dryRun=") || stages.iter().any(|stages| !stages.is_null())
    }
}

/// Which answer is held.
type Wanted = dyn Fn(&Change) -> bool + Send + Sync;

struct Inner {
    client: kube::Client,
    wanted: Box<Wanted>,
    taken: AtomicBool,
    holds: Notify,
    go: Notify,
    changes: Mutex<Vec<Change>>,
}

/// It listens until this is dropped.
pub struct Hold {
    inner: Arc<Inner>,
    address: SocketAddr,
    serving: tokio::task::JoinHandle<()>,
}

impl Hold {
    /// Asks as this client, and holds the first answer to a change like this.
    ///
    /// # Errors
    /// Without a port.
    pub async fn start(
        client: kube::Client,
        wanted: impl Fn(&Change) -> bool + Send + Sync + 'static,
    ) -> anyhow::Result<Hold> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port before the API server")?;
        let address = listener.local_addr()?;
        let inner = Arc::new(Inner {
            client,
            wanted: Box::new(wanted),
            taken: AtomicBool::new(false),
            holds: Notify::new(),
            go: Notify::new(),
            changes: Mutex::default(),
        });
        let app = Router::new().fallback(pass).with_state(Arc::clone(&inner));
        let serving = tokio::spawn(async move {
            // it ends with the task
            drop(axum::serve(listener, app).await);
        });
        Ok(Hold { inner, address, serving })
    }

    /// A kubeconfig that leads here.
    pub fn kubeconfig(&self) -> Value {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "held",
            "clusters": [{"name": "held", "cluster": {"server": format!("http://{}", self.address)}}],
            "users": [{"name": "held", "user": {}}],
            "contexts": [{"name": "held", "context": {"cluster": "held", "user": "held"}}],
        })
    }

    /// Waits until the answer is held: the API server has given it, and who asked does not have it.
    ///
    /// # Errors
    /// When nobody asks in that time.
    pub async fn holds(&self, patience: Duration) -> anyhow::Result<()> {
        timeout(patience, self.inner.holds.notified()).await.context("nothing was asked that is to be held")
    }

    /// Lets it go.
    pub fn go(&self) {
        self.inner.go.notify_one();
    }

    /// Everything that would change something so far.
    pub fn changes(&self) -> Vec<Change> {
        self.inner.changes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn pass(State(inner): State<Arc<Inner>>, request: Request) -> Response {
    match answer(&inner, request).await {
        Ok(response) => response,
        Err(error) => {
            let mut response = Response::new(Body::from(format!("{error:#}")));
            *response.status_mut() = StatusCode::BAD_GATEWAY;
            response
        }
    }
}

async fn answer(inner: &Inner, request: Request) -> anyhow::Result<Response> {
    let (mut parts, body) = request.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let change = (parts.method != Method::GET).then(|| Change {
        method: parts.method.clone(),
        path: parts.uri.path().to_string(),
        query: parts.uri.query().unwrap_or_default().to_string(),
        body: serde_json::from_slice(&bytes).unwrap_or_default(),
    });
    parts.headers.remove(http::header::HOST);
    let request = http::Request::from_parts(parts, kube::client::Body::from(bytes.to_vec()));
    if let Some(change) = &change {
        inner.changes.lock().unwrap_or_else(PoisonError::into_inner).push(change.clone());
    }
    let response = inner.client.send(request).await?.map(Body::new);
    let is_wanted = change.is_some_and(|change| (inner.wanted)(&change));
    if is_wanted && !inner.taken.swap(true, Ordering::SeqCst) {
        inner.holds.notify_one();
        inner.go.notified().await;
    }
    Ok(response)
}
