//! A Discord on loopback: REST over TLS as `discord.com`, and a gateway.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::options::ApiOverride;

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: String,
}

/// What a request gets instead of the usual.
#[derive(Clone, Debug)]
pub(crate) struct Instead {
    pub(crate) method: &'static str,
    /// What the path ends with.
    pub(crate) end: &'static str,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Value,
}

/// One connection to the gateway.
pub(crate) struct Socket(UnboundedSender<Frame>);

enum Frame {
    Text(Value),
    Close(u16),
}

impl Socket {
    pub(crate) fn interaction(&self, raw: &Value) {
        drop(self.0.send(Frame::Text(json!({ "op": 0, "t": "INTERACTION_CREATE", "s": 2, "d": raw }))));
    }

    pub(crate) fn close(&self, code: u16) {
        drop(self.0.send(Frame::Close(code)));
    }

    pub(crate) async fn closed(&self) {
        timeout(PATIENCE, self.0.closed()).await.unwrap();
    }
}

#[derive(Default)]
struct Script {
    instead: Mutex<VecDeque<Instead>>,
    /// What `GET /gateway` says.
    told: Mutex<String>,
}

/// Discord on loopback.
pub(crate) struct Net {
    pub(crate) api: ApiOverride,
    script: Arc<Script>,
    asked: UnboundedReceiver<Asked>,
    sockets: UnboundedReceiver<Socket>,
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, from) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, from);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}

impl Net {
    /// With heartbeats asked for every `beat`; `acknowledged` or not.
    pub(crate) async fn start(beat: Duration, acknowledged: bool) -> Net {
        let made = rcgen::generate_simple_self_signed(vec!["discord.com".to_string()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let rest = tcp.local_addr().unwrap();
        let (ask, asked) = unbounded_channel();
        let script = Arc::new(Script::default());
        let router = Router::new().fallback(answer).with_state((Arc::clone(&script), ask));
        let acceptor = TlsAcceptor::from(Arc::new(config));
        tokio::spawn(async move { axum::serve(Tls { tcp, acceptor }, router).await });
        let (gateway, sockets) = gateway(beat, acknowledged).await;
        let ca_pem = made.cert.pem().into_bytes();
        Net { api: ApiOverride { rest, ca_pem, gateway }, script, asked, sockets }
    }

    /// The next request to such an end gets this instead.
    pub(crate) fn instead(&self, instead: Instead) {
        self.script.instead.lock().unwrap().push_back(instead);
    }

    /// What Discord says of where its gateway is.
    pub(crate) fn tell_gateway(&self, url: &str) {
        *self.script.told.lock().unwrap() = url.to_string();
    }

    /// The next request whose path ends so; what comes before it is left out.
    pub(crate) async fn asked(&mut self, method: &str, end: &str) -> Asked {
        let wanted = async {
            loop {
                let asked = self.asked.recv().await.unwrap();
                if asked.method == method && asked.path.ends_with(end) {
                    return asked;
                }
            }
        };
        let missing = |_| panic!("nobody asked {method} …{end}");
        timeout(PATIENCE, wanted).await.unwrap_or_else(missing)
    }

    /// The next connection to the gateway, once it is ready.
    pub(crate) async fn connected(&mut self) -> Socket {
        timeout(PATIENCE, self.sockets.recv()).await.unwrap().unwrap()
    }
}

async fn answer(
    State((script, ask)): State<(Arc<Script>, UnboundedSender<Asked>)>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, HeaderMap, String) {
    let path = uri.path().to_string();
    let instead = {
        let mut all = script.instead.lock().unwrap();
        let fits = |instead: &Instead| method == instead.method && path.ends_with(instead.end);
        all.iter().position(fits).and_then(|at| all.remove(at))
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    // the test may have ended
    drop(ask.send(Asked { method: method.to_string(), path: path.clone(), body }));
    if let Some(instead) = instead {
        let header = |(name, value): (&'static str, String)| {
            (HeaderName::from_static(name), HeaderValue::try_from(value).unwrap())
        };
        let headers = instead.headers.into_iter().map(header).collect();
        return (StatusCode::from_u16(instead.status).unwrap(), headers, instead.body.to_string());
    }
    let told = script.told.lock().unwrap().clone();
    let body = match path.rsplit('/').next().unwrap() {
        "gateway" => json!({ "url": told }),
        "callback" => return (StatusCode::NO_CONTENT, HeaderMap::new(), String::new()),
        "commands" => json!([]),
        _ => json!({ "id": "900" }),
    };
    (StatusCode::OK, HeaderMap::new(), body.to_string())
}

async fn gateway(beat: Duration, acknowledged: bool) -> (String, UnboundedReceiver<Socket>) {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", tcp.local_addr().unwrap());
    let (ready, sockets) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = tcp.accept().await {
            tokio::spawn(connection(stream, ready.clone(), beat, acknowledged));
        }
    });
    (url, sockets)
}

async fn connection(stream: TcpStream, ready: UnboundedSender<Socket>, beat: Duration, acknowledged: bool) {
    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else { return };
    let text = |value: Value| Message::Text(value.to_string().into());
    let hello = json!({ "op": 10, "d": { "heartbeat_interval": beat.as_millis() } });
    let (send, mut frames) = unbounded_channel();
    socket.send(text(hello)).await.unwrap();
    loop {
        tokio::select! {
            frame = frames.recv() => match frame {
                Some(Frame::Text(value)) => drop(socket.send(text(value)).await),
                Some(Frame::Close(code)) => {
                    drop(socket.close(Some(CloseFrame { code: code.into(), reason: "".into() })).await);
                }
                None => return,
            },
            received = socket.next() => {
                let Some(Ok(Message::Text(received))) = received else { return };
                let received: Value = serde_json::from_str(&received).unwrap();
                match received["op"].as_u64() {
                    Some(1) if acknowledged => drop(socket.send(text(json!({ "op": 11, "d": null }))).await),
                    Some(2) => {
                        socket.send(text(hello_again())).await.unwrap();
                        drop(ready.send(Socket(send.clone())));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// READY, as the twin's in ../payloads has it.
fn hello_again() -> Value {
    json!({ "op": 0, "t": "READY", "s": 1, "d": {
        "v": 10, "guilds": [{ "id": "1", "unavailable": true }], "session_id": "s", "resume_gateway_url": "wss://x",
        "user": { "id": "10", "username": "podwhy", "discriminator": "0", "avatar": null, "bot": true },
        "application": { "id": "42", "flags": 0 },
    } })
}
