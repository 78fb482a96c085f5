//! `podwhy serve`: answers in the chats that are configured, until it is told to end.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use podwhy_flow::UserError;

use super::{EXIT_WELL, live};
use crate::chats::ChatOptions;
use crate::config::Settings;
use crate::logs;
use crate::start::{Options, ServeOptions, start};
use crate::stop::Stopped;

/// Kubernetes kills after 30 s: <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination>
const FINISH: Duration = Duration::from_secs(25);

/// Runs the chats.
pub fn run(settings: Settings, serve: ServeOptions) -> anyhow::Result<u8> {
    logs::begin(&settings.serve);
    live::run(async {
        // before anything is left behind that an end would have to take away
        let stopped = Stopped::listen()?;
        let running = start(Options::serve(settings, serve)).await?;
        if let Some(address) = running.address() {
            tracing::info!(%address, "podwhy serves");
        }
        stopped.wait().await?;
        tracing::info!("podwhy ends: what was asked is answered first");
        running.stop(FINISH).await;
        Ok(EXIT_WELL)
    })
}

/// Another Slack and Discord than the real ones: for emulators, and for the bench. Not shown by `--help`.
#[derive(Debug, Default, clap::Args)]
pub struct Elsewhere {
    /// The base of another Slack's Web API, as of an emulator; plain HTTP only on this machine.
    #[arg(long, value_name = "URL", hide = true)]
    pub slack_api: Option<String>,
    /// The address of another Discord's REST API, spoken to as discord.com.
    #[arg(long, value_name = "ADDRESS", hide = true, requires_all = ["discord_ca", "discord_gateway"])]
    pub discord_rest: Option<SocketAddr>,
    /// The only authority that may have signed its certificate, in PEM.
    #[arg(long, value_name = "FILE", hide = true)]
    pub discord_ca: Option<PathBuf>,
    /// Its gateway, `ws://…`.
    #[arg(long, value_name = "URL", hide = true)]
    pub discord_gateway: Option<String>,
}

impl Elsewhere {
    /// As the chats are started with.
    ///
    /// # Errors
    /// [`UserError`] when the authority's file cannot be read.
    pub fn options(&self) -> Result<ChatOptions, UserError> {
        let discord_api = match (self.discord_rest, &self.discord_ca, &self.discord_gateway) {
            (Some(rest), Some(ca), Some(gateway)) => {
                let unread = |error| UserError::Input(format!("cannot read {}: {error}", ca.display()));
                let ca_pem = std::fs::read(ca).map_err(unread)?;
                Some(podwhy_discord::ApiOverride { rest, ca_pem, gateway: gateway.clone() })
            }
            _ => None,
        };
        Ok(ChatOptions { slack_api: self.slack_api.clone(), discord_api, ..ChatOptions::default() })
    }
}
