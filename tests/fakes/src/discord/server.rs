//! The doors a client comes in by: REST over TLS and plain, and the gateway.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};

use super::gateway;
use super::listening::Port;
use super::rest;
use super::state::Shared;
use super::tls::Identity;
use crate::cut::Cut;

/// The addresses that one client is given, so that it is told from the others: each replica comes by a door of its own.
#[derive(Debug)]
pub struct Door {
    /// The client's name in everything that is observed.
    pub client: String,
    tls: Port,
    plain: Port,
    gateway: Port,
}

impl Door {
    pub(super) async fn open(
        client: &str,
        shared: &Arc<Shared>,
        identity: &Identity,
    ) -> anyhow::Result<Door> {
        let (shared_, name) = (shared.clone(), client.to_string());
        let gateway = Port::open(move |stream| {
            let url = stream.local_addr().map(|addr| format!("ws://{addr}")).unwrap_or_default();
            gateway::serve(shared_.clone(), name.clone(), url, stream)
        })
        .await?;
        let entry = rest::Entry {
            shared: shared.clone(),
            client: client.to_string(),
            gateway: format!("ws://{}", gateway.addr),
            cut: Cut::default(),
        };
        let (acceptor, entry_) = (identity.acceptor.clone(), entry.clone());
        let tls = Port::open(move |stream| {
            let (acceptor, entry) = (acceptor.clone(), entry_.clone());
            async move {
                // who does not trust us has said so by hanging up
                if let Ok(stream) = acceptor.accept(stream).await {
                    serve(entry, stream).await;
                }
            }
        })
        .await?;
        let plain = Port::open(move |stream| serve(entry.clone(), stream)).await?;
        Ok(Door { client: client.to_string(), tls, plain, gateway })
    }

    /// Where `discord.com` is to be resolved to: REST under `/api/v10` over TLS, with the certificate of
    /// [`ca_pem`](super::FakeDiscord::ca_pem).
    pub fn rest_addr(&self) -> SocketAddr {
        self.tls.addr
    }

    /// The same without TLS, for a client that takes `http://`.
    pub fn plain_addr(&self) -> SocketAddr {
        self.plain.addr
    }

    /// The gateway, as `GET /gateway` says it: `ws://127.0.0.1:…`.
    pub fn gateway_url(&self) -> String {
        format!("ws://{}", self.gateway.addr)
    }

    /// From now on connections are refused, and those there are break.
    ///
    /// # Errors
    /// When the ports are gone already.
    pub async fn shut(&self) -> anyhow::Result<()> {
        for port in [&self.tls, &self.plain, &self.gateway] {
            port.shut().await?;
        }
        Ok(())
    }

    /// Takes connections again, on the same ports.
    ///
    /// # Errors
    /// When somebody else took one of the ports meanwhile.
    pub async fn reopen(&self) -> anyhow::Result<()> {
        for port in [&self.tls, &self.plain, &self.gateway] {
            port.reopen().await?;
        }
        Ok(())
    }
}

async fn serve<S>(entry: rest::Entry, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let cut = Cut::default();
    let router: Router = Router::new().fallback(answer).with_state(rest::Entry { cut: cut.clone(), ..entry });
    let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    tokio::select! {
        // a client may hang up at any time
        ended = connection => ended.unwrap_or_default(),
        () = cut.asked() => {}
    }
}

async fn answer(State(entry): State<rest::Entry>, request: Request) -> Response {
    rest::answer(entry, request).await
}
