//! A client that does exactly what it is told, also what no client should.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures::{SinkExt, StreamExt};
use podwhy_fakes::discord::{Door, FakeDiscord, GuildSetup, Permissions, Setup, UserSetup};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

pub const TOKEN: &str = "MTIzNDU2.test.token";
pub const APPLICATION: u64 = 4200;
pub const GUILD: u64 = 100;
pub const OPS: u64 = 101;
/// Seen, but not written to.
pub const READ_ONLY: u64 = 102;
/// Not seen.
pub const HIDDEN: u64 = 103;
pub const ALICE: u64 = 201;
pub const BOB: u64 = 202;
/// Somebody else's bot.
pub const ALERTS: u64 = 203;

const AGENT: &str = "DiscordBot (https://example.com, 1.0)";

/// One guild with three channels, two people and a bot that posts alerts.
pub fn setup() -> Setup {
    let guild = GuildSetup::new(GUILD, "Acme")
        .channel(OPS, "ops", Permissions::ALL)
        .channel(READ_ONLY, "news", Permissions::VIEW.and(Permissions::HISTORY))
        .channel(HIDDEN, "secret", Permissions::NONE);
    Setup::new(TOKEN, APPLICATION)
        .guild(guild)
        .user(UserSetup::new(ALICE, "Alice"))
        .user(UserSetup::new(BOB, "Bob"))
        .user(UserSetup::bot(ALERTS, "Alerts"))
}

/// A text that pings nobody.
pub fn text(content: &str) -> Value {
    json!({"content": content, "allowed_mentions": {"parse": []}})
}

/// `/pod why name [namespace]`, `/pod help`, and a command for messages.
pub fn commands() -> Value {
    let name = json!({"type": 3, "name": "name", "description": "Which pod", "required": true, "autocomplete": true});
    let namespace = json!({"type": 3, "name": "namespace", "description": "Where", "autocomplete": true});
    json!([
        {"name": "pod", "type": 1, "description": "Why pods fail", "options": [
            {"type": 1, "name": "why", "description": "Why a pod fails", "options": [name, namespace]},
            {"type": 1, "name": "help", "description": "What there is"},
        ]},
        {"name": "Why is this failing?", "type": 3},
    ])
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub fn code(&self) -> (u16, u64) {
        (self.status, self.body["code"].as_u64().unwrap_or_default())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn id(&self) -> u64 {
        self.body["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default()
    }
}

/// Over TLS, as discord.com.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    pub token: String,
    pub agent: Option<&'static str>,
}

impl Client {
    pub fn new(fake: &FakeDiscord, door: &Door) -> anyhow::Result<Client> {
        let ca = reqwest::Certificate::from_pem(fake.ca_pem().as_bytes())?;
        let http = reqwest::Client::builder()
            .use_rustls_tls()
            .add_root_certificate(ca)
            .resolve("discord.com", door.rest_addr())
            .build()?;
        Ok(Client { http, token: TOKEN.to_string(), agent: Some(AGENT) })
    }

    pub fn request(&self, method: &str, path: &str) -> anyhow::Result<reqwest::RequestBuilder> {
        let url = format!("https://discord.com/api/v10{path}");
        let request = self.http.request(reqwest::Method::from_bytes(method.as_bytes())?, url);
        let request = request.header("authorization", format!("Bot {}", self.token));
        Ok(match self.agent {
            Some(agent) => request.header("user-agent", agent),
            None => request,
        })
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> anyhow::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).context(text)? };
        Ok(Answer { status, headers, body })
    }

    pub async fn call(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let request = self.request(method, path)?.header("content-type", "application/json");
        self.send(request.body(body.to_string())).await
    }

    pub async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.send(self.request("GET", path)?).await
    }

    /// A message with a file.
    pub async fn upload(
        &self,
        method: &str,
        path: &str,
        body: &Value,
        part: &'static str,
    ) -> anyhow::Result<Answer> {
        let file = reqwest::multipart::Part::bytes(b"line 1\nline 2".to_vec()).file_name("log.txt");
        let form = reqwest::multipart::Form::new().text("payload_json", body.to_string()).part(part, file);
        self.send(self.request(method, path)?.multipart(form)).await
    }
}

/// A fake, and a client that was let in.
#[derive(Clone)]
pub struct Bench {
    pub fake: Arc<FakeDiscord>,
    pub client: Client,
}

impl Bench {
    pub async fn start(setup: Setup) -> anyhow::Result<Bench> {
        let fake = FakeDiscord::start(setup).await?;
        let client = Client::new(&fake, fake.door())?;
        let bench = Bench { fake: Arc::new(fake), client };
        let path = format!("/applications/{APPLICATION}/commands");
        let answer = bench.client.call("PUT", &path, &commands()).await?;
        anyhow::ensure!(answer.status == 200, "{answer:?}");
        Ok(bench)
    }

    /// Alice asks why in #ops; the interaction's id and token.
    pub fn ask(&self) -> anyhow::Result<(u64, String)> {
        let id = self.fake.slash(ALICE, OPS, "why", &[("name", json!("web-0"))])?;
        self.token(id)
    }

    pub fn token(&self, id: u64) -> anyhow::Result<(u64, String)> {
        let token = self.fake.look(|state| {
            let known = state.interactions().into_iter().find(|interaction| interaction.id == id);
            known.and_then(|interaction| interaction.payload["token"].as_str().map(str::to_string))
        });
        Ok((id, token.context("no such interaction")?))
    }

    /// Acknowledges.
    pub async fn answer(&self, (id, token): &(u64, String), body: &Value) -> anyhow::Result<Answer> {
        self.client.call("POST", &format!("/interactions/{id}/{token}/callback"), body).await
    }

    /// Posts in #ops.
    pub async fn post(&self, body: &Value) -> anyhow::Result<Answer> {
        self.client.call("POST", &format!("/channels/{OPS}/messages"), body).await
    }
}

/// The path of an interaction's reply.
pub fn original(token: &str) -> String {
    format!("/webhooks/{APPLICATION}/{token}/messages/@original")
}

/// One gateway connection.
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Dials and hears the hello.
    pub async fn dial(url: &str) -> anyhow::Result<Socket> {
        let mut socket = Socket(tokio_tungstenite::connect_async(url).await?.0);
        let hello = socket.hear().await?;
        anyhow::ensure!(hello["op"] == 10, "{hello}");
        Ok(socket)
    }

    /// Dials, identifies and hears READY.
    pub async fn ready(url: &str) -> anyhow::Result<(Socket, Value)> {
        let mut socket = Socket::dial(&format!("{url}/?v=10")).await?;
        socket.say(&json!({"op": 2, "d": identity(TOKEN, 0)})).await?;
        let ready = socket.hear().await?;
        anyhow::ensure!(ready["t"] == "READY", "{ready}");
        Ok((socket, ready))
    }

    pub async fn say(&mut self, payload: &Value) -> anyhow::Result<()> {
        self.raw(Message::text(payload.to_string())).await
    }

    pub async fn raw(&mut self, message: Message) -> anyhow::Result<()> {
        Ok(self.0.send(message).await?)
    }

    /// The next payload.
    pub async fn hear(&mut self) -> anyhow::Result<Value> {
        match tokio::time::timeout(Duration::from_secs(30), self.0.next()).await? {
            Some(Ok(Message::Text(text))) => Ok(serde_json::from_str(text.as_str())?),
            other => anyhow::bail!("no payload but {other:?}"),
        }
    }

    /// The code the connection was closed with; what is said before is passed over. `None`: it broke.
    pub async fn closed(&mut self) -> anyhow::Result<Option<u16>> {
        loop {
            match tokio::time::timeout(Duration::from_secs(30), self.0.next()).await? {
                Some(Ok(Message::Close(frame))) => return Ok(frame.map(|frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(None),
            }
        }
    }
}

pub fn identity(token: &str, intents: u64) -> Value {
    json!({
        "token": token, "intents": intents, "shard": [0, 1],
        "properties": {"os": "linux", "browser": "test", "device": "test"},
    })
}

/// Lets this much time pass at once, by tokio's clock.
pub async fn jump(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}
