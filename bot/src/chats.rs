//! The chats: from the configuration to a running Slack and Discord over the clusters.

mod actions;
mod alerts;
pub(crate) mod apps;
mod claims;
mod http;
mod incidents;
mod policy;

pub(crate) use claims::own_namespace;
pub use http::Door;
pub(crate) use incidents::tells;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use podwhy_alertmanager::SecureListener;
use podwhy_discord::Discord;
use podwhy_flow::UserError;
use podwhy_flow::ask::desk::Desk;
use podwhy_flow::chat::desk::Chat;
use podwhy_flow::ports::{Claims, Clock, ClusterRead, IncidentClicks, IncidentOrders, Past};
use podwhy_kubernetes::{LiveCluster, Version, Watching};
use podwhy_slack::Slack;
use prometheus_client::registry::Registry;
use tracing::{info, warn};

use crate::config::{Environment, Settings, process_environment};

/// How the chats run.
#[derive(Clone, Default)]
pub struct ChatOptions {
    /// Another Slack than the real one: the base of its Web API. Plain HTTP only on loopback.
    pub slack_api: Option<String>,
    /// Another Discord than the real one.
    pub discord_api: Option<podwhy_discord::ApiOverride>,
    /// Where to listen; `None` for the configuration's.
    pub listen: Option<SocketAddr>,
    /// The variables that credentials are read from; `None` for the process's.
    pub environment: Option<Environment>,
    /// The time messages are held against.
    pub clock: Clock,
    /// Whether the clusters are simulated: then podwhy keeps its incidents in one of them.
    pub is_playground: bool,
}

/// Without the variables: credentials are among them.
impl std::fmt::Debug for ChatOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChatOptions").field("slack_api", &self.slack_api).finish_non_exhaustive()
    }
}

/// The chats that run. Dropped, they end at once; [`Chats::stop`] lets them finish.
pub struct Chats {
    slack: Option<Slack>,
    discord: Option<Discord>,
    telling: Option<incidents::Telling>,
    past: Option<Arc<dyn Past>>,
    door: Door,
    alerts: Option<SecureListener>,
    _watching: Vec<Watching>,
    _sweeping: Option<claims::Sweeping>,
}

impl Chats {
    /// Whether any chat is configured: asked before a cluster is connected to.
    ///
    /// # Errors
    /// [`UserError`] when none is.
    pub fn any(settings: &Settings) -> Result<(), UserError> {
        if settings.slack.is_none() && settings.discord.is_none() {
            let message = "no chat is configured: write a section [slack] or [discord] in the configuration";
            return Err(UserError::Input(message.to_string()));
        }
        Ok(())
    }

    /// Starts what is configured, over these clusters.
    ///
    /// # Errors
    /// [`UserError`] when a credential is missing or refused, or a name in the configuration is not
    /// one of the clusters.
    pub async fn start(
        settings: &Settings,
        clusters: Vec<LiveCluster>,
        metrics: &podwhy_kubernetes::Metrics,
        options: ChatOptions,
    ) -> anyhow::Result<Chats> {
        let environment = options.environment.clone().unwrap_or_else(process_environment);
        let names: Vec<&str> = clusters.iter().map(ClusterRead::name).collect();
        let policy = policy::policy(settings, &names)?;
        let watching = clusters.iter().map(LiveCluster::watch_names).collect();
        say_versions(&clusters);
        let (claims, sweeping) = claims::of(settings, &clusters)?;
        let mut registry = Registry::default();
        metrics.register(&mut registry);
        let clock = &options.clock;
        let prepared = incidents::prepare(settings, &clusters, &policy, &environment, &options).await?;
        let listed: Vec<String> = names.iter().map(|name| (*name).to_string()).collect();
        let outside = incidents::destinations(settings, &environment, &names, clock)?;
        let alerts = match &prepared {
            Some(prepared) if tells(settings) => {
                alerts::routes(settings, &environment, &listed, prepared.incidents(), &mut registry)?
            }
            _ => None,
        };
        let (own, alerts) = alerts::listen(settings, &environment, alerts).await?;
        let buttons =
            prepared.as_ref().map(|prepared| Arc::clone(prepared.incidents()) as Arc<dyn IncidentClicks>);
        let orders =
            prepared.as_ref().map(|prepared| Arc::clone(prepared.incidents()) as Arc<dyn IncidentOrders>);
        let past = prepared.as_ref().map(|prepared| Arc::clone(&prepared.past));
        let desk = Desk::new(clusters);
        let desk = match &past {
            Some(past) => desk.remembering(Arc::clone(past)),
            None => desk,
        };
        let chat = Arc::new(Chat::new(desk, policy, settings.timeouts.total).with_incidents(orders));
        let started =
            Started { settings, environment: &environment, options: &options, claims, incidents: buttons };
        let slack = started.slack(Arc::clone(&chat), &mut registry).await?;
        let discord = started.discord(chat, &mut registry).await?;
        let boards = [slack.as_ref().map(Slack::board), discord.as_ref().map(Discord::board)];
        let boards = boards.into_iter().flatten().collect();
        let telling = prepared.map(|prepared| prepared.start(boards, outside, &mut registry));
        let routes = [slack.as_ref().and_then(Slack::router), alerts].into_iter().flatten();
        let parts = http::Parts {
            registry,
            ready: [
                slack.as_ref().map(|slack| ("slack", slack.readiness())),
                discord.as_ref().map(|discord| ("discord", discord.readiness())),
            ]
            .into_iter()
            .flatten()
            .collect(),
            routes: routes.reduce(axum::Router::merge),
        };
        let listen = options.listen.unwrap_or(settings.serve.listen);
        let door = Door::open(listen, parts).await.map_err(|error| {
            UserError::Input(format!(
                "cannot listen on {listen}: {error}; set serve.listen to another address"
            ))
        })?;
        Ok(Chats {
            slack,
            discord,
            telling,
            past,
            door,
            alerts: own,
            _watching: watching,
            _sweeping: sweeping,
        })
    }

    /// What its incidents remember of what failed, where there are routes.
    pub fn past(&self) -> Option<Arc<dyn Past>> {
        self.past.clone()
    }

    /// Where health and metrics are answered.
    pub fn address(&self) -> SocketAddr {
        self.door.address()
    }

    /// Where alerts alone are taken, over TLS; `None` where they are taken at [`Chats::address`].
    pub fn alerts_address(&self) -> Option<SocketAddr> {
        self.alerts.as_ref().map(SecureListener::address)
    }

    /// Takes nothing in any more, finishes what was, and ends: within `patience`.
    pub async fn stop(self, patience: Duration) {
        self.door.close();
        drop(self.alerts);
        if let Some(telling) = self.telling {
            telling.stop().await;
        }
        let slack = async {
            if let Some(slack) = self.slack {
                slack.stop(patience).await;
            }
        };
        let discord = async {
            if let Some(discord) = self.discord {
                discord.stop(patience).await;
            }
        };
        tokio::join!(slack, discord);
    }
}

/// Each cluster's version, and what is not to be had of it, as soon as it says; none waits for another, and nothing for them.
fn say_versions(clusters: &[LiveCluster]) {
    for cluster in clusters {
        let cluster = cluster.clone();
        tokio::spawn(async move {
            let name = cluster.name();
            match cluster.version().await {
                Ok(version) if version < Version::ANSWERS => {
                    warn!(cluster = name, %version, oldest = %Version::ANSWERS, "podwhy does not know a Kubernetes as old as this");
                }
                Ok(version) => info!(cluster = name, %version, "Kubernetes answers"),
                Err(error) => warn!(cluster = name, %error, "the cluster does not answer yet"),
            }
        });
    }
}

/// What both apps are started with.
struct Started<'a> {
    settings: &'a Settings,
    environment: &'a Environment,
    options: &'a ChatOptions,
    claims: Arc<dyn Claims>,
    incidents: Option<Arc<dyn IncidentClicks>>,
}

impl Started<'_> {
    async fn slack(
        &self,
        answering: Arc<Chat<LiveCluster>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Option<Slack>> {
        let Some(options) = apps::slack(self.settings, self.environment, self.options)? else {
            return Ok(None);
        };
        let metrics = podwhy_slack::Metrics::default();
        metrics.register(registry);
        let ports = podwhy_slack::Ports {
            answering,
            claims: Arc::clone(&self.claims),
            incidents: self.incidents.clone(),
            clock: self.options.clock.clone(),
            metrics,
        };
        let slack = Slack::start(options, ports).await;
        Ok(Some(slack.map_err(|error| UserError::Input(error.to_string()))?))
    }

    async fn discord(
        &self,
        answering: Arc<Chat<LiveCluster>>,
        registry: &mut Registry,
    ) -> anyhow::Result<Option<Discord>> {
        let Some(options) = apps::discord(self.settings, self.environment, self.options)? else {
            return Ok(None);
        };
        let metrics = podwhy_discord::Metrics::default();
        metrics.register(registry);
        let ports = podwhy_discord::Ports {
            answering,
            claims: Arc::clone(&self.claims),
            incidents: self.incidents.clone(),
            clock: self.options.clock.clone(),
            metrics,
        };
        let discord = Discord::start(options, ports).await;
        Ok(Some(discord.map_err(|error| UserError::Input(error.to_string()))?))
    }
}
