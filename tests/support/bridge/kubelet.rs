//! As much of a kubelet as an API server asks for a log: `GET /containerLogs/<ns>/<pod>/<container>`, over TLS.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use anyhow::Context;
use podwhy_knowledge::world::ContainerLog;
use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

type Logs = BTreeMap<(String, String, String), ContainerLog>;

/// A listener on loopback; it ends with the runtime it was started in.
pub struct FakeKubelet {
    address: SocketAddr,
    logs: Arc<Mutex<Logs>>,
}

impl FakeKubelet {
    /// Starts one. API servers do not check a kubelet's certificate unless told to.
    ///
    /// # Errors
    /// When no port or certificate is to be had.
    pub async fn start() -> anyhow::Result<FakeKubelet> {
        let pair = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_string()])?;
        let key = rustls::pki_types::PrivateKeyDer::try_from(pair.signing_key.serialize_der())
            .map_err(|error| anyhow::anyhow!("{error}"))?;
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![pair.cert.der().clone()], key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.context("a port for the kubelet")?;
        let address = listener.local_addr()?;
        let logs: Arc<Mutex<Logs>> = Arc::default();
        let shared = Arc::clone(&logs);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (acceptor, logs) = (acceptor.clone(), Arc::clone(&shared));
                // a connection that breaks is the test's to notice
                tokio::spawn(async move { drop(serve(acceptor, socket, &logs).await) });
            }
        });
        Ok(FakeKubelet { address, logs })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The logs it has from now on.
    ///
    /// # Errors
    /// When a test panicked while holding them.
    pub fn set(&self, logs: Logs) -> anyhow::Result<()> {
        *self.logs.lock().map_err(|_| anyhow::anyhow!("a test panicked"))? = logs;
        Ok(())
    }
}

async fn serve(acceptor: TlsAcceptor, socket: TcpStream, logs: &Mutex<Logs>) -> anyhow::Result<()> {
    let mut stream = acceptor.accept(socket).await?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16 * 1024 {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let target = head.split_whitespace().nth(1).unwrap_or_default();
    let answer = match find(target, logs) {
        Some(text) => response("200 OK", &text),
        None => response("404 Not Found", "no such log"),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(())
}

fn find(target: &str, logs: &Mutex<Logs>) -> Option<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut parts = path.strip_prefix("/containerLogs/")?.split('/').map(str::to_string);
    let key = (parts.next()?, parts.next()?, parts.next()?);
    let logs = logs.lock().ok()?;
    let log = logs.get(&key)?;
    let text = if query.contains("previous=true") { &log.previous } else { &log.current };
    text.as_ref().map(|text| text.to_string())
}

fn response(status: &str, text: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}
