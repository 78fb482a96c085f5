//! The bot: started, asked how it is, and stopped.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join;
use podwhy_flow::ports::Board;
use secrecy::ExposeSecret;
use serenity::http::HttpBuilder;
use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::warn;

use crate::app::App;
use crate::board::Incidents;
use crate::gateway::health::Health;
use crate::gateway::supervise::{Gateway, supervise};
use crate::id::{Id, NoId};
use crate::options::{Options, Ports};
use crate::register::register;
use crate::rest::client::{NoClient, client};
use crate::rest::wire::Wire;
use crate::rest::{Call, Rest, To};
use crate::sweep::sweep;

/// Why the bot does not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// Discord does not know the token.
    #[error(
        "Discord does not accept the bot's token: copy it anew from the Developer Portal, Bot, Reset Token"
    )]
    Token,
    /// A server or channel that is none.
    #[error("discord: {0}")]
    Id(#[from] NoId),
    /// No HTTP client; mostly the override's certificate.
    #[error("discord: {0}")]
    Client(#[from] NoClient),
}

/// How long what was given up may still take to say so.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// A running bot. Dropped, it ends without taking leave: [`Discord::stop`] is better.
pub struct Discord {
    app: Arc<App>,
    health: Arc<Health>,
    tasks: JoinSet<()>,
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Discord").field("ready", &self.ready()).finish_non_exhaustive()
    }
}

impl Discord {
    /// Starts it. A Discord that cannot be reached is no error: [`Discord::ready`] tells, and it keeps trying.
    ///
    /// # Errors
    /// [`StartError`] for what only another configuration can mend.
    pub async fn start(options: Options, ports: Ports) -> Result<Discord, StartError> {
        let metrics = ports.metrics.clone();
        let ids = (ids(&options.guilds)?, ids(&options.channels)?);
        let (timeouts, api) = (&options.timeouts, options.api.as_ref());
        let quick = client(timeouts.acknowledge, api)?;
        let working = client(timeouts.exchange, api)?;
        // its connections end with its session's runtime: it shares none
        let finding = client(timeouts.exchange, api)?;
        let token = options.token.clone();
        let wire = Wire::new(quick, working, token.clone(), metrics.clone());
        let rest = Rest::new(Arc::new(wire), metrics.clone(), timeouts.clone());
        check_token(&rest, timeouts.exchange).await?;
        let gateway = Gateway {
            http: Box::new(move || HttpBuilder::new(token.expose_secret()).client(finding.clone()).build()),
            url: options.api.as_ref().map(|api| api.gateway.clone()),
        };
        let app = Arc::new(App::new(&options, ports, rest, ids));
        let health = Arc::new(Health::new(metrics));
        let mut tasks = JoinSet::new();
        tasks.spawn(supervise(Arc::clone(&app), gateway, Arc::clone(&health)));
        tasks.spawn(settle_in(Arc::clone(&app), Arc::clone(&health)));
        Ok(Discord { app, health, tasks })
    }

    /// Whether people reach it.
    ///
    /// # Errors
    /// What is wrong, in words.
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
        Arc::new(Incidents { app: Arc::clone(&self.app) })
    }

    /// Stops it: takes no more questions at once, and answers those it has within `patience`. What is left then is marked as
    /// interrupted.
    pub async fn stop(mut self, patience: Duration) {
        self.app.life.end();
        let app = Arc::clone(&self.app);
        let ended = join(app.all_answered(), app.watches.all_ended());
        tokio::pin!(ended);
        if timeout(patience, &mut ended).await.is_err() {
            app.life.give_up();
            if timeout(LAST_WORDS, &mut ended).await.is_err() {
                warn!("questions asked in Discord are left unanswered");
            }
        }
        let leave = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(LAST_WORDS, leave).await.is_err() {
            warn!("Discord's gateway did not end by itself");
        }
        app.life.give_up();
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        self.app.life.give_up();
    }
}

/// Once Discord has said who the bot is.
async fn settle_in(app: Arc<App>, health: Arc<Health>) {
    let me = tokio::select! {
        () = app.life.ending() => return,
        me = app.greeted() => me,
    };
    join(register(&app, &me, &health), sweep(&app, &me)).await;
}

async fn check_token(rest: &Rest, patience: Duration) -> Result<(), StartError> {
    match timeout(patience, rest.once(&Call::get(To::Me))).await {
        Ok(Err(fail)) if fail.is_unauthorized() => Err(StartError::Token),
        Ok(Err(fail)) => {
            warn!(%fail, "Discord does not say whether it accepts the token; going on");
            Ok(())
        }
        Ok(Ok(_)) | Err(_) => Ok(()),
    }
}

fn ids(texts: &[String]) -> Result<Vec<Id>, NoId> {
    texts.iter().map(|text| text.parse()).collect()
}
