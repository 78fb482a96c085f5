//! The adapter as a whole: started, ready, stopped.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use podwhy_flow::ports::Board;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::board::Incidents;
use crate::events::Gateway;
use crate::health::Health;
use crate::options::{Mode, Options, StartError};
use crate::outbound::{CallError, Http, Outbound};
use crate::ports::Ports;
use crate::setup::Setup;
use crate::stop::{Stopper, stopper};
use crate::tls;

/// Slack, running. It ends at once when this is dropped; [`Slack::stop`] lets what runs end first.
#[derive(Debug)]
pub struct Slack {
    health: Arc<Health>,
    stopper: Stopper,
    router: Option<Router>,
    board: Arc<dyn Board>,
    running: Running,
}

/// Everything that runs, ended when it is dropped.
#[derive(Debug)]
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Slack {
    /// Starts, and asks Slack who the bot is. A Slack that cannot be reached is no error: it is asked again until it can, and
    /// [`Slack::ready`] says so.
    ///
    /// # Errors
    /// [`StartError`] when an option is wrong or Slack refuses the bot's token.
    pub async fn start(options: Options, ports: Ports) -> Result<Slack, StartError> {
        let is_local = options.is_local()?;
        let tls = tls::config(is_local)?;
        let app = match &options.mode {
            Mode::Socket { app_token, .. } => Some(app_token),
            Mode::Events { .. } => None,
        };
        let http = Http::new(&options.api, is_local, tls.clone(), &options.bot_token, app);
        let health = Arc::new(Health::default());
        let outbound = Arc::new(Outbound::new(
            Arc::new(http),
            options.timeouts.call,
            ports.metrics.clone(),
            health.clone(),
            ports.clock.clone(),
        ));
        let own = match outbound.identity().await {
            Ok(own) => Some(own),
            Err(CallError::Refused(word)) => return Err(StartError::Token(word)),
            Err(error) => {
                warn!(%error, "Slack is not reached yet");
                health.unreached(error.to_string());
                None
            }
        };
        let (stopper, stop) = stopper();
        let front = Arc::new(OnceLock::new());
        let router = match &options.mode {
            Mode::Socket { .. } => {
                health.needs_socket();
                None
            }
            Mode::Events { signing_secret } => {
                let (front, metrics) = (front.clone(), ports.metrics.clone());
                Some(Gateway::new(signing_secret, front, metrics, stop.clone()).router())
            }
        };
        let known = Arc::default();
        let board = Arc::new(Incidents { outbound: outbound.clone(), own: Arc::clone(&known) });
        let setup =
            Setup { options, ports, outbound, health: health.clone(), tls, is_local, front, known, stop };
        let running = Running(tokio::spawn(setup.run(own)));
        Ok(Slack { health, stopper, router, board, running })
    }

    /// Whether questions come in and answers go out.
    ///
    /// # Errors
    /// Why not, in one line to be shown to whoever runs it. It changes by itself.
    pub fn ready(&self) -> Result<(), String> {
        self.health.ready()
    }

    /// The same, to be asked by others for as long as this runs.
    pub fn readiness(&self) -> Arc<dyn Fn() -> Result<(), String> + Send + Sync> {
        let health = Arc::clone(&self.health);
        Arc::new(move || health.ready())
    }

    /// Where incidents are shown. It works as long as anyone has it, also when this was stopped.
    pub fn board(&self) -> Arc<dyn Board> {
        Arc::clone(&self.board)
    }

    /// Where Slack's requests go, in HTTP mode: `POST /slack/events`, `/slack/commands`, `/slack/interactions`.
    pub fn router(&self) -> Option<Router> {
        self.router.clone()
    }

    /// Takes nothing more in, and waits for what was taken in to be answered. What is not by then is marked by the next start.
    pub async fn stop(mut self, patience: Duration) {
        self.health.stopping();
        self.stopper.stop();
        if tokio::time::timeout(patience, &mut self.running.0).await.is_err() {
            warn!("Slack: not everything was answered in time");
        }
    }
}

#[cfg(test)]
mod tests;
