//! A bot in HTTP mode: it keeps what it is sent, and answers as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, StatusCode, Uri};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::SOON;

/// A request as it came.
#[derive(Debug)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: String,
}

/// How requests are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// 200 and this text, whoever asks.
    Always(&'static str),
    /// 500 so many times, then 200 without a text.
    Fails(usize),
    /// Never.
    Never,
    /// 200 to what is signed with this secret and less than five minutes old, else 401.
    Signed(&'static str),
}

pub struct Bot {
    pub url: String,
    received: UnboundedReceiver<Received>,
}

struct Shared {
    answers: Answers,
    failed: AtomicUsize,
    received: UnboundedSender<Received>,
}

impl Bot {
    pub async fn start(answers: Answers) -> Result<Bot> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (sender, received) = unbounded_channel();
        let shared = Arc::new(Shared { answers, failed: AtomicUsize::new(0), received: sender });
        let app = Router::new().fallback(take).with_state(shared);
        tokio::spawn(async move { axum::serve(listener, app).await });
        Ok(Bot { url, received })
    }

    pub async fn next(&mut self) -> Result<Received> {
        tokio::time::timeout(SOON, self.received.recv()).await?.context("the bot ended")
    }

    /// The next request for this path; what comes before it is left aside.
    pub async fn next_at(&mut self, path: &str) -> Result<Received> {
        loop {
            let received = self.next().await?;
            if received.path == path {
                return Ok(received);
            }
        }
    }
}

async fn take(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let body = String::from_utf8_lossy(&body).into_owned();
    let good = match shared.answers {
        Answers::Signed(secret) => is_signed(secret, &headers, &body).unwrap_or(false),
        _ => true,
    };
    // a test that has seen enough no longer listens
    shared.received.send(Received { path: uri.path().to_string(), headers, body }).ok();
    match shared.answers {
        Answers::Always(text) => (StatusCode::OK, text.to_string()),
        Answers::Fails(times) if shared.failed.fetch_add(1, Ordering::SeqCst) < times => {
            (StatusCode::INTERNAL_SERVER_ERROR, String::new())
        }
        Answers::Fails(_) => (StatusCode::OK, String::new()),
        Answers::Never => std::future::pending().await,
        Answers::Signed(_) if good => (StatusCode::OK, String::new()),
        Answers::Signed(_) => (StatusCode::UNAUTHORIZED, String::new()),
    }
}

fn is_signed(secret: &str, headers: &HeaderMap, body: &str) -> Option<bool> {
    let given = headers.get("x-slack-signature")?.to_str().ok()?.strip_prefix("v0=")?;
    let time = headers.get("x-slack-request-timestamp")?.to_str().ok()?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?.as_secs();
    let fresh = now.abs_diff(time.parse().ok()?) <= 300;
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
    mac.update(format!("v0:{time}:{body}").as_bytes());
    let right: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(fresh && given == right)
}
