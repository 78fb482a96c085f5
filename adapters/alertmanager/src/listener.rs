//! A listener for alerts alone, encrypted, that knows its clients by their certificates where it is told to.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use rustls::{CertificateError, Error};
use thiserror::Error as ThisError;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::metrics::Metrics;
use crate::tls::{Certificates, Tls, TlsError, has_one_of};

/// A handshake takes no longer.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many are under way at once; whoever comes beyond them is hung up on, and tries again.
const AT_ONCE: usize = 64;
/// Before the next try, where the system has no room for a connection.
const PAUSE: Duration = Duration::from_millis(200);

/// Why it does not listen.
#[derive(Debug, ThisError)]
pub enum OpenError {
    /// The address cannot be listened at.
    #[error("cannot listen on {0}: {1}")]
    Address(SocketAddr, io::Error),
    /// Its certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// Listens until it is dropped.
#[derive(Debug)]
pub struct SecureListener {
    address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl SecureListener {
    /// Answers with these routes whoever's certificate is taken.
    ///
    /// # Errors
    /// [`OpenError`]
    pub async fn open(
        listen: SocketAddr,
        tls: Tls,
        routes: Router,
        metrics: Metrics,
    ) -> Result<SecureListener, OpenError> {
        let certificates = Arc::new(Certificates::new(tls, metrics.clone())?);
        let wrong = |error| OpenError::Address(listen, error);
        let listener = TcpListener::bind(listen).await.map_err(wrong)?;
        let address = listener.local_addr().map_err(wrong)?;
        let (hands, taken) = mpsc::channel(AT_ONCE);
        let handshakes = Handshakes { certificates, metrics, hands };
        let accepting = tokio::spawn(handshakes.accept(listener));
        let accepted = Accepted { taken, address };
        let serving = tokio::spawn(async move {
            // it ends with this task only
            let _ended = axum::serve(accepted, routes).await;
        });
        Ok(SecureListener { address, tasks: [accepting, serving] })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for SecureListener {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

type Secure = (TlsStream<TcpStream>, SocketAddr);

/// Connections whose handshake is done.
struct Accepted {
    taken: mpsc::Receiver<Secure>,
    address: SocketAddr,
}

impl Listener for Accepted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> Secure {
        match self.taken.recv().await {
            Some(secure) => secure,
            None => pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}

#[derive(Clone)]
struct Handshakes {
    certificates: Arc<Certificates>,
    metrics: Metrics,
    hands: mpsc::Sender<Secure>,
}

impl Handshakes {
    async fn accept(self, listener: TcpListener) {
        let room = Arc::new(Semaphore::new(AT_ONCE));
        // they end with this one
        let mut under_way = JoinSet::new();
        loop {
            while under_way.try_join_next().is_some() {}
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection for alerts could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            };
            match Arc::clone(&room).try_acquire_owned() {
                Ok(permit) => _ = under_way.spawn(self.clone().shake(stream, peer, permit)),
                Err(_full) => self.metrics.shook("overloaded"),
            }
        }
    }

    async fn shake(self, stream: TcpStream, peer: SocketAddr, permit: OwnedSemaphorePermit) {
        let outcome = match tokio::time::timeout(PATIENCE, self.handshake(stream)).await {
            Ok(Ok(stream)) => {
                // its routes have a limit of their own
                drop(permit);
                let _heard = self.hands.send((stream, peer)).await;
                "accepted"
            }
            Ok(Err(why)) => why,
            Err(_elapsed) => "timed-out",
        };
        self.metrics.shook(outcome);
        if outcome != "accepted" {
            tracing::debug!(%peer, outcome, "a connection for alerts is refused");
        }
    }

    /// # Errors
    /// Why it is refused, as the metric has it.
    async fn handshake(&self, stream: TcpStream) -> Result<TlsStream<TcpStream>, &'static str> {
        let certificates = Arc::clone(&self.certificates);
        let config = spawn_blocking(move || certificates.now()).await.map_err(|_| "other")?;
        let stream = TlsAcceptor::from(config).accept(stream).await.map_err(|error| why(&error))?;
        let names = self.certificates.client_names();
        let client = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
        if !names.is_empty() && !client.is_some_and(|client| has_one_of(client, names)) {
            return Err("not-allowed");
        }
        Ok(stream)
    }
}

fn why(error: &io::Error) -> &'static str {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(Error::NoCertificatesPresented) => "no-certificate",
        Some(Error::InvalidCertificate(
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. },
        )) => "expired",
        Some(Error::InvalidCertificate(_)) => "untrusted",
        _ => "other",
    }
}
