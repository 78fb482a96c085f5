//! A strict Discord on loopback: REST under `/api/v10` over TLS for the name `discord.com`, and a gateway over plain `ws://`.
//!
//! It holds a client to Discord's [rules](Rule), writes down each [`Violation`], and answers as Discord would. A test lets
//! people do things ([`slash`](FakeDiscord::slash), [`click`](FakeDiscord::click), …), makes things go wrong
//! ([`hang`](FakeDiscord::hang), [`drop_gateways`](FakeDiscord::drop_gateways), …) and waits for what comes of it
//! ([`wait_for`](FakeDiscord::wait_for)).
//!
//! Time: what Discord counts (3 s, 15 minutes, `Retry-After`) is counted by tokio's clock, so that a test may pause and advance it;
//! heartbeats are counted by the real one. Requests are judged by the official OpenAPI description where the environment variable
//! `PODWHY_SHARED` names the folder that has it; where it does not, that is said in one line.
//!
//! What it does not do: selections are not chosen from, of forms that pop up only texts are filled in; gateway compression, voice,
//! and events other than READY, GUILD_CREATE and INTERACTION_CREATE.

mod about;
mod body;
mod buckets;
mod callbacks;
mod channel_messages;
mod chaos;
mod check;
mod clock;
mod command_limits;
mod commands;
mod compose;
mod forms;
mod gateway;
mod identify;
mod interaction;
mod keys;
mod limits;
mod listening;
mod message;
mod observe;
mod people;
mod refusal;
mod replies;
mod rest;
mod route;
mod schema;
mod server;
mod session;
mod setup;
mod state;
mod threads;
mod tls;
mod twin;
mod violations;
mod world;

use std::net::SocketAddr;
use std::sync::Arc;

pub use interaction::{ACKNOWLEDGE_WITHIN, Acknowledged, Interaction, Kind, TOKEN_LIVES};
pub use message::{Attachment, EPHEMERAL, LOADING, Message, Said};
pub use observe::{Callback, Completion, Request};
pub use route::Route;
pub use server::Door;
pub use session::Gateway;
pub use setup::{ChannelSetup, GuildSetup, Permissions, Setup, UserSetup};
pub use state::State;
pub use twin::{Answered, Twin};
pub use violations::{Rule, Violation};

use state::Shared;
use tls::Identity;

/// A running fake. It ends when it is dropped.
pub struct FakeDiscord {
    shared: Arc<Shared>,
    identity: Identity,
    first: Door,
}

impl FakeDiscord {
    /// Starts it on free ports of 127.0.0.1.
    ///
    /// # Errors
    /// When there is no port, or the OpenAPI description is required or set and cannot be used.
    pub async fn start(setup: Setup) -> anyhow::Result<FakeDiscord> {
        schema::judge()?;
        let shared = Arc::new(Shared::new(&setup));
        let identity = Identity::new()?;
        let first = Door::open("bot", &shared, &identity).await?;
        Ok(FakeDiscord { shared, identity, first })
    }

    /// The door of the first client, `bot`.
    pub fn door(&self) -> &Door {
        &self.first
    }

    /// A door for one more client, a replica. It is shut when it is dropped.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn open_door(&self, client: &str) -> anyhow::Result<Door> {
        Door::open(client, &self.shared, &self.identity).await
    }

    /// The authority that clients have to trust, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.identity.ca_pem
    }

    /// [`Door::rest_addr`] of the first client.
    pub fn rest_addr(&self) -> SocketAddr {
        self.first.rest_addr()
    }

    /// [`Door::plain_addr`] of the first client.
    pub fn plain_addr(&self) -> SocketAddr {
        self.first.plain_addr()
    }

    /// [`Door::gateway_url`] of the first client.
    pub fn gateway_url(&self) -> String {
        self.first.gateway_url()
    }

    /// From now on the first client's connections are refused, REST and gateway, and those there are break.
    ///
    /// # Errors
    /// When its ports are gone already.
    pub async fn refuse_connections(&self) -> anyhow::Result<()> {
        self.first.shut().await
    }

    /// Takes the first client's connections again, on the same ports.
    ///
    /// # Errors
    /// When somebody else took one of the ports meanwhile.
    pub async fn accept_connections(&self) -> anyhow::Result<()> {
        self.first.reopen().await
    }
}
