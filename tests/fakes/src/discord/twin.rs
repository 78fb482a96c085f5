//! Somebody else's Discord, to judge a bot by: npm `discord-digital-twin`, behind the name `discord.com` like
//! [`FakeDiscord`](super::FakeDiscord).
//!
//! `tests/judges/twin` has its exact version and the script that starts it. It is used where the environment variable
//! `PODWHY_TWIN` names a folder with that script in which `npm ci` was run, and `node` is found.
//!
//! It checks no lengths, knows no time limits, permissions, forms with files, direct conversations and resumption; what it has of
//! its own is the state of messages, threads, commands and replies.

mod process;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;

use self::process::{PATIENCE, Process};
use super::listening::Port;
use super::setup::Setup;
use super::tls::Identity;

pub use self::process::Answered;

/// A running twin. It ends when it is dropped.
pub struct Twin {
    identity: Identity,
    door: Port,
    process: Process,
}

impl Twin {
    /// The folder that `PODWHY_TWIN` names. `None` where it is not set: there is no twin then, and a test says that it left it out.
    pub fn folder() -> Option<PathBuf> {
        std::env::var_os("PODWHY_TWIN").filter(|folder| !folder.is_empty()).map(PathBuf::from)
    }

    /// Starts it with the guilds, channels and people of a setup. Of the setup's other settings it knows the token.
    ///
    /// # Errors
    /// When node is not found, or the twin does not start: with what it said.
    pub async fn start(folder: &Path, setup: &Setup) -> anyhow::Result<Twin> {
        let process = Process::start(folder, setup).await?;
        let (identity, port) = (Identity::new()?, process.port);
        let acceptor = identity.acceptor.clone();
        let door = Port::open(move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let (Ok(mut client), Ok(mut twin)) =
                    (acceptor.accept(stream).await, TcpStream::connect(("127.0.0.1", port)).await)
                {
                    // either side may hang up at any time
                    copy_bidirectional(&mut client, &mut twin).await.unwrap_or_default();
                }
            }
        })
        .await?;
        Ok(Twin { identity, door, process })
    }

    /// The authority that clients have to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.identity.ca_pem
    }

    /// Where `discord.com` is to be resolved to: REST under `/api/v10` over TLS.
    pub fn rest_addr(&self) -> SocketAddr {
        self.door.addr
    }

    /// The gateway, as `GET /gateway` says it.
    pub fn gateway_url(&self) -> String {
        format!("ws://127.0.0.1:{}/gateway", self.process.port)
    }

    /// Somebody runs the registered command that has this subcommand; options as `{"name", "type", "value"}`. Returns the
    /// interaction's id.
    ///
    /// # Errors
    /// When none has it.
    pub async fn slash(
        &self,
        user: u64,
        channel: u64,
        sub: &str,
        options: &[Value],
    ) -> anyhow::Result<String> {
        let what =
            json!({"user": user.to_string(), "channel": channel.to_string(), "sub": sub, "options": options});
        text(&self.process.ask("slash", what).await?)
    }

    /// The same while it is typed: one option has `"focused": true`.
    ///
    /// # Errors
    /// When no command has this subcommand.
    pub async fn autocomplete(
        &self,
        user: u64,
        channel: u64,
        sub: &str,
        options: &[Value],
    ) -> anyhow::Result<String> {
        let what =
            json!({"user": user.to_string(), "channel": channel.to_string(), "sub": sub, "options": options});
        text(&self.process.ask("autocomplete", what).await?)
    }

    /// Somebody chooses the command that is registered for messages, on a message.
    ///
    /// # Errors
    /// When there is no such command.
    pub async fn message_command(&self, user: u64, channel: u64, message: &str) -> anyhow::Result<String> {
        let what = json!({"user": user.to_string(), "channel": channel.to_string(), "message": message});
        text(&self.process.ask("menu", what).await?)
    }

    /// Somebody clicks a button.
    ///
    /// # Errors
    /// When there is no such message.
    pub async fn click(
        &self,
        user: u64,
        channel: u64,
        message: &str,
        custom_id: &str,
    ) -> anyhow::Result<String> {
        let what = json!({"user": user.to_string(), "channel": channel.to_string(), "message": message, "id": custom_id});
        text(&self.process.ask("click", what).await?)
    }

    /// Somebody posts a message. Returns its id.
    ///
    /// # Errors
    /// When there is no such person or channel.
    pub async fn post(
        &self,
        user: u64,
        channel: u64,
        content: &str,
        embeds: &[Value],
    ) -> anyhow::Result<String> {
        let what = json!({"user": user.to_string(), "channel": channel.to_string(), "content": content, "embeds": embeds});
        text(&self.process.ask("post", what).await?)
    }

    /// The messages of a channel or thread, oldest first, as message objects.
    ///
    /// # Errors
    /// When the twin ended.
    pub async fn messages(&self, channel: &str) -> anyhow::Result<Vec<Value>> {
        list(self.process.ask("messages", json!({"channel": channel})).await?)
    }

    /// The threads of a channel, as channel objects.
    ///
    /// # Errors
    /// When the twin ended.
    pub async fn threads(&self, channel: &str) -> anyhow::Result<Vec<Value>> {
        list(self.process.ask("threads", json!({"channel": channel})).await?)
    }

    /// The commands that are registered, as the twin keeps them.
    ///
    /// # Errors
    /// When the twin ended.
    pub async fn commands(&self) -> anyhow::Result<Vec<Value>> {
        list(self.process.ask("commands", json!({})).await?)
    }

    /// How an interaction was acknowledged: `acknowledged`, `type`, `messageId`, and `data` as text.
    ///
    /// # Errors
    /// When the twin ended.
    pub async fn answer(&self, interaction: &str) -> anyhow::Result<Value> {
        self.process.ask("answer", json!({"interaction": interaction})).await
    }

    /// Every REST call that was answered.
    pub fn calls(&self) -> Vec<Answered> {
        self.process.calls.borrow().clone()
    }

    /// Waits until a look at the twin finds something; it is looked again after every REST call.
    ///
    /// # Errors
    /// When the look fails, or finds nothing within a minute: with the calls there were.
    pub async fn wait_for<T, F>(&self, what: &str, mut look: impl FnMut() -> F) -> anyhow::Result<T>
    where
        F: Future<Output = anyhow::Result<Option<T>>>,
    {
        let mut calls = self.process.calls.clone();
        let search = async {
            loop {
                calls.borrow_and_update();
                if let Some(found) = look().await? {
                    return Ok(found);
                }
                calls.changed().await.context("the twin ended")?;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.unwrap_or_else(|_| bail!("{what}: not within {PATIENCE:?}; calls {:#?}", self.calls()))
    }

    /// Waits for the message that answers an interaction.
    ///
    /// # Errors
    /// When none does within a minute.
    pub async fn wait_for_reply(&self, channel: u64, interaction: &str) -> anyhow::Result<Value> {
        let channel = channel.to_string();
        let look = async || {
            let answer = self.answer(interaction).await?;
            let messages = self.messages(&channel).await?;
            Ok(messages.into_iter().find(|message| message["id"] == answer["messageId"]))
        };
        self.wait_for("a reply", look).await
    }
}

fn text(value: &Value) -> anyhow::Result<String> {
    value.as_str().map(str::to_string).with_context(|| format!("no id: {value}"))
}

fn list(value: Value) -> anyhow::Result<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        other => bail!("no list: {other}"),
    }
}
