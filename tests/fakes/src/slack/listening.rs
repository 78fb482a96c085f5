//! The port of the Web API, each of whose connections a call can break off.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::api;
use super::shared::Shared;
use crate::cut::Cut;

/// More than any file a bot shares in a test.
const LARGEST_UPLOAD: usize = 32 << 20;

/// What a connection's calls are given.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub shared: Arc<Shared>,
    pub cut: Cut,
}

/// Takes connections until it is dropped, and they end with it.
pub(crate) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    // a listener on loopback that fails ends with the fake
    while let Ok((stream, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        stream.set_nodelay(true).unwrap_or_default();
        connections.spawn(one(stream, Entry { shared: Arc::clone(&shared), cut: Cut::default() }));
    }
}

async fn one(stream: TcpStream, entry: Entry) {
    let cut = entry.cut.clone();
    let router: Router =
        Router::new().fallback(api::serve).layer(DefaultBodyLimit::max(LARGEST_UPLOAD)).with_state(entry);
    let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::select! {
        // a client may hang up at any time
        ended = connection => ended.unwrap_or_default(),
        () = cut.asked() => {}
    }
}
