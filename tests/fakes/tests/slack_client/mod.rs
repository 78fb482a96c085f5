//! A client of the fake's that does what a test tells it, right or wrong. No library of Slack's: it keeps no rule by itself.

#![allow(dead_code, reason = "each test file uses its part")]

pub mod bot;

use std::time::Duration;

use anyhow::{Context, Result, bail};
use axum::body::{Body, to_bytes};
use futures::{SinkExt, StreamExt};
use http::{Request, header};
use hyper_util::client::legacy::Client as Http;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use podwhy_fakes::slack::{FakeSlack, Limits, Setup};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Long enough for loopback on a busy machine; nothing waits for it that comes.
pub const SOON: Duration = Duration::from_secs(20);

/// Moves the clock. Not left paused: a paused clock jumps by itself while bytes are on their way.
pub async fn skip(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

/// Whether nothing came of this while other calls came and went. No time is waited for.
pub async fn stays_unanswered<T>(client: &Client, call: impl Future<Output = T>) -> Result<bool> {
    let mut call = std::pin::pin!(call);
    for _ in 0..3 {
        tokio::select! {
            biased;
            _ = &mut call => return Ok(false),
            other = client.call("auth.test", json!({})) => drop(other?.ok()?),
        }
    }
    Ok(true)
}

/// A fake without limits on posting, and a client of it.
pub async fn started() -> Result<(FakeSlack, Client)> {
    let limits = Limits { posts: None, ..Limits::default() };
    with(Setup { limits, ..Setup::default() }).await
}

/// A fake of this setup, and a client of it.
pub async fn with(setup: Setup) -> Result<(FakeSlack, Client)> {
    let (bot, app) = (setup.bot_token.clone(), setup.app_token.clone());
    let slack = FakeSlack::start(setup).await?;
    let http = Http::builder(TokioExecutor::new()).build_http();
    let client = Client { base: slack.base_url().to_string(), http, bot, app };
    Ok((slack, client))
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub retry_after: Option<u64>,
    pub body: Value,
}

impl Reply {
    pub fn error(&self) -> &str {
        self.body["error"].as_str().unwrap_or_default()
    }

    /// The answer, if it is one of success.
    pub fn ok(self) -> Result<Value> {
        if self.status != 200 || self.body["ok"] != true {
            bail!("refused: {self:?}");
        }
        Ok(self.body)
    }
}

#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    http: Http<HttpConnector, Body>,
    bot: String,
    app: String,
}

impl Client {
    /// Calls a method with the bot token and JSON.
    pub async fn call(&self, method: &str, body: Value) -> Result<Reply> {
        let token = self.bot.clone();
        self.call_as(Some(&token), method, body).await
    }

    /// Calls a method with any token.
    pub async fn call_as(&self, token: Option<&str>, method: &str, body: Value) -> Result<Reply> {
        let mut request = Request::post(format!("{}/api/{method}", self.base))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8");
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        self.send(request.body(Body::from(body.to_string()))?).await
    }

    /// Calls a method as most reading ones are called: with a query.
    pub async fn get(&self, method: &str, query: &[(&str, &str)]) -> Result<Reply> {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
        let request = Request::get(format!("{}/api/{method}?{query}", self.base))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.bot));
        self.send(request.body(Body::empty())?).await
    }

    /// Calls a method with a form that carries the token too.
    pub async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Result<Reply> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        let form = form.extend_pairs(fields).append_pair("token", &self.bot).finish();
        let request = Request::post(format!("{}/api/{method}", self.base))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form))?).await
    }

    /// Sends something to an address of the fake's, without a token.
    pub async fn post_to(&self, url: &str, content: &str, body: impl Into<Body>) -> Result<Reply> {
        self.send(Request::post(url).header(header::CONTENT_TYPE, content).body(body.into())?).await
    }

    /// Answers at a `response_url`.
    pub async fn respond(&self, url: &str, body: Value) -> Result<Reply> {
        self.post_to(url, "application/json", body.to_string()).await
    }

    /// Posts a text and gives its `ts`.
    pub async fn post(&self, channel: &str, text: &str) -> Result<String> {
        let posted = self.call("chat.postMessage", json!({"channel": channel, "text": text})).await?.ok()?;
        Ok(posted["ts"].as_str().context("a ts")?.to_string())
    }

    async fn send(&self, request: Request<Body>) -> Result<Reply> {
        let answer = tokio::time::timeout(SOON, self.http.request(request)).await??;
        let retry_after =
            answer.headers().get(header::RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
        let (head, body) = answer.into_parts();
        let bytes = to_bytes(Body::new(body), 1 << 24).await?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
        Ok(Reply { status: head.status.as_u16(), retry_after, body })
    }

    /// The address of a new socket.
    pub async fn socket_url(&self) -> Result<String> {
        let token = self.app.clone();
        let opened = self.call_as(Some(&token), "apps.connections.open", json!({})).await?.ok()?;
        Ok(opened["url"].as_str().context("a url")?.to_string())
    }

    /// An open socket that was greeted.
    pub async fn socket(&self) -> Result<Socket> {
        let url = self.socket_url().await?;
        let mut socket = Socket::open(&url).await?;
        let hello = socket.next().await?;
        if hello["type"] != "hello" {
            bail!("greeted with {hello}");
        }
        Ok(socket)
    }
}

pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    pub async fn open(url: &str) -> Result<Socket> {
        let (stream, _) = tokio_tungstenite::connect_async(url).await?;
        Ok(Socket { stream })
    }

    /// The next frame with JSON in it; an error when the socket ends, or stays silent.
    pub async fn next(&mut self) -> Result<Value> {
        loop {
            let frame =
                tokio::time::timeout(SOON, self.stream.next()).await?.context("the socket ended")??;
            match frame {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(_) => bail!("the socket was closed"),
                _ => {}
            }
        }
    }

    /// The next frame of any kind but a ping.
    pub async fn frame(&mut self) -> Option<Message> {
        loop {
            match self.stream.next().await?.ok()? {
                Message::Ping(_) => {}
                frame => return Some(frame),
            }
        }
    }

    pub async fn send(&mut self, frame: Message) -> Result<()> {
        Ok(self.stream.send(frame).await?)
    }

    /// Acknowledges an envelope.
    pub async fn ack(&mut self, envelope: &Value) -> Result<()> {
        self.send(Message::text(json!({"envelope_id": envelope["envelope_id"]}).to_string())).await
    }

    /// Acknowledges an envelope with a payload.
    pub async fn ack_with(&mut self, envelope: &Value, payload: Value) -> Result<()> {
        let ack = json!({"envelope_id": envelope["envelope_id"], "payload": payload});
        self.send(Message::text(ack.to_string())).await
    }

    /// Takes the next envelope and acknowledges it.
    pub async fn take(&mut self) -> Result<Value> {
        let envelope = self.next().await?;
        self.ack(&envelope).await?;
        Ok(envelope)
    }
}
