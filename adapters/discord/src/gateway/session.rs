//! One client of serenity's.
//!
//! It runs in a [runtime of its own](super::runtime), which is the only way to end it for certain.

use std::sync::Arc;
use std::time::Duration;

use serenity::all::{ConnectionStage, GatewayError, GatewayIntents, ShardManager};
use serenity::client::ClientBuilder;
use serenity::http::Http;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::handler::{Handler, Heard};
use super::health::Health;
use super::runtime::Apart;
use crate::app::App;

/// How often the connection is looked at.
const LOOK: Duration = Duration::from_millis(500);

/// How long the connection may be away before it is told: a resume takes a moment.
const GRACE: Duration = Duration::from_secs(10);

/// How long taking leave may take.
const LEAVE: Duration = Duration::from_secs(2);

/// Why a session ended.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Discord will not have it: the token, or what was asked for.
    Refused(String),
    /// Something else, which may heal.
    Broken(String),
    /// The bot ends.
    Asked,
}

/// One client, connected or trying to be.
pub(crate) struct Session {
    /// Ends with the session, and with it all that serenity has begun.
    runtime: Apart,
    manager: Arc<ShardManager>,
    ended: oneshot::Receiver<Result<(), serenity::Error>>,
    heard: Heard,
}

impl Session {
    /// Builds a client and lets it connect. `http` is for finding the gateway only; `gateway` is where it is, whatever
    /// Discord says, and nothing else is dialled then.
    ///
    /// # Errors
    /// [`Ended::Broken`] when there is no client within `patience`.
    pub(crate) async fn open(
        app: Arc<App>,
        http: Http,
        gateway: Option<String>,
        patience: Duration,
    ) -> Result<Session, Ended> {
        let broken = |why: String| Ended::Broken(format!("no client for Discord's gateway: {why}"));
        let runtime = Apart::new().map_err(|error| broken(error.to_string()))?;
        let heard = Heard::now();
        let handler = Handler { app, heard: heard.clone(), bot: Handle::current() };
        let (opened, is_open) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let run = async move {
            // interactions need no intent: https://discord.com/developers/docs/events/gateway#gateway-intents
            let builder = ClientBuilder::new_with_http(http, GatewayIntents::empty());
            let mut client = match builder.raw_event_handler(handler).await {
                Ok(client) => client,
                Err(error) => return drop(end.send(Err(error))),
            };
            if let Some(gateway) = gateway {
                *client.ws_url.lock().await = gateway;
            }
            // whoever waited for it may be gone: then the runtime is, too
            drop(opened.send(Arc::clone(&client.shard_manager)));
            drop(end.send(client.start().await));
        };
        runtime.spawn(run);
        match timeout(patience, is_open).await {
            Ok(Ok(manager)) => Ok(Session { runtime, manager, ended, heard }),
            Ok(Err(_)) => Err(broken("serenity builds none".to_string())),
            Err(_) => Err(broken("Discord does not say where it is".to_string())),
        }
    }

    /// Looks after it until it ends; `silence` is how long it may give no sign of life.
    pub(crate) async fn watch(&mut self, app: &App, health: &Health, silence: Duration) -> Ended {
        let mut latency = None;
        let mut connected: Option<Instant> = None;
        loop {
            tokio::select! {
                () = app.life.ending() => return Ended::Asked,
                ended = &mut self.ended => return why(ended.unwrap_or(Ok(()))),
                () = sleep(LOOK) => {}
            }
            let now = self.look().await;
            // every heartbeat that is acknowledged has a latency of its own
            if now.latency.is_some() && now.latency != latency {
                latency = now.latency;
                self.heard.again();
            }
            if now.connected {
                connected = Some(Instant::now());
            }
            let quiet = self.heard.at().elapsed();
            if quiet >= silence {
                let told = format!("Discord's gateway has given no sign of life for {} s", quiet.as_secs());
                return Ended::Broken(told);
            }
            let well = connected.is_some_and(|at| at.elapsed() < GRACE);
            health.gateway(if well { Ok(()) } else { Err("not connected to Discord's gateway".to_string()) });
        }
    }

    async fn look(&self) -> Look {
        let runners = self.manager.runners.lock().await;
        let latency = runners.values().find_map(|runner| runner.latency);
        let connected = runners.values().any(|runner| runner.stage == ConnectionStage::Connected);
        Look { latency, connected }
    }

    /// Takes leave of Discord, and ends whatever is left of it.
    pub(crate) async fn close(self) {
        // whether it came about or not, the runtime ends
        drop(timeout(LEAVE, self.manager.shutdown_all()).await);
        drop(self.runtime);
    }
}

struct Look {
    latency: Option<Duration>,
    connected: bool,
}

fn why(ended: Result<(), serenity::Error>) -> Ended {
    use serenity::Error::Gateway;
    match ended {
        Err(Gateway(GatewayError::InvalidAuthentication)) => {
            Ended::Refused("Discord's gateway refuses the token (close code 4004)".to_string())
        }
        Err(Gateway(GatewayError::InvalidGatewayIntents | GatewayError::DisallowedGatewayIntents)) => {
            Ended::Refused("Discord's gateway refuses the intents (close code 4013 or 4014)".to_string())
        }
        Err(error) => Ended::Broken(format!("Discord's gateway is lost: {error}")),
        Ok(()) => Ended::Broken("Discord's gateway is lost".to_string()),
    }
}
