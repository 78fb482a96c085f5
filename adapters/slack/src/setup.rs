//! All that runs, put together once Slack has told who the bot is.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::info;

use crate::answer::{self, Homes, UserGroups, Watches, Work};
use crate::front::Front;
use crate::health::Health;
use crate::identity::Identity;
use crate::options::{Mode, Options};
use crate::outbound::Outbound;
use crate::ports::Ports;
use crate::random::jitter;
use crate::socket::Sockets;
use crate::stop::Stop;
use crate::sweep::Sweep;

/// How long until Slack is asked again who the bot is.
const AGAIN: Duration = Duration::from_secs(2);
const AGAIN_AT_MOST: Duration = Duration::from_secs(30);

/// What is started.
pub(crate) struct Setup {
    pub(crate) options: Options,
    pub(crate) ports: Ports,
    pub(crate) outbound: Arc<Outbound>,
    pub(crate) health: Arc<Health>,
    pub(crate) tls: ClientConfig,
    pub(crate) is_local: bool,
    pub(crate) front: Arc<OnceLock<Arc<Front>>>,
    /// Who the bot is, for others who wait to know.
    pub(crate) known: Arc<OnceLock<Identity>>,
    pub(crate) stop: Stop,
}

impl Setup {
    /// Runs until it is over, `own` being who the bot is where Slack told it already.
    pub(crate) async fn run(self, own: Option<Identity>) {
        let mut stop = self.stop.clone();
        let own = match own {
            Some(own) => own,
            None => match self.reach(&mut stop).await {
                Some(own) => own,
                None => return,
            },
        };
        info!(team = own.team, "Slack knows the bot");
        let _first = self.known.set(own.clone());
        let mut tasks = self.spawn(own);
        self.health.known();
        tokio::select! {
            () = async { while tasks.join_next().await.is_some() {} } => {}
            () = self.mind_token() => {}
        }
    }

    /// Asks until Slack says who the bot is. `None` when it is over.
    async fn reach(&self, stop: &mut Stop) -> Option<Identity> {
        let mut wait = AGAIN;
        while stop.sleep(wait / 2 + jitter(wait / 2)).await {
            match self.outbound.identity().await {
                Ok(own) => return Some(own),
                Err(error) => self.health.unreached(error.to_string()),
            }
            wait = (wait * 2).min(AGAIN_AT_MOST);
        }
        None
    }

    /// A token that was refused is tried until it is taken again: while podwhy is not ready nothing else may try it.
    async fn mind_token(&self) {
        loop {
            tokio::time::sleep(AGAIN_AT_MOST).await;
            if self.health.is_token_refused() {
                // what it says is learnt where the call is made
                let _learnt = self.outbound.identity().await;
            }
        }
    }

    fn spawn(&self, own: Identity) -> JoinSet<()> {
        let (options, ports) = (&self.options, &self.ports);
        let limits = options.limits;
        let (front, queue) =
            Front::new(own.clone(), options.command.clone(), limits.waiting, ports.metrics.clone());
        let front = Arc::new(front);
        let work = Arc::new(Work {
            answering: ports.answering.clone(),
            claims: ports.claims.clone(),
            incidents: ports.incidents.clone(),
            channels: options.channels.iter().cloned().collect(),
            outbound: self.outbound.clone(),
            own,
            clock: ports.clock.clone(),
            lang: options.lang,
            patience: options.timeouts.answer,
            metrics: ports.metrics.clone(),
            seats: Semaphore::new(limits.answering.max(1)),
            watches: Watches::new(limits.watches),
            homes: Homes::default(),
            groups: UserGroups::new(options.user_groups.clone()),
            stop: self.stop.clone(),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(answer::answer_all(work.clone(), queue, self.stop.clone()));
        if let Mode::Socket { connections, .. } = options.mode {
            let sockets = Arc::new(self.sockets(front.clone()));
            for _ in 0..connections.max(1) {
                tasks.spawn(sockets.clone().keep(self.stop.clone()));
            }
        }
        let channels = options.channels.clone();
        tasks.spawn(Sweep { work, channels, has_said: AtomicBool::new(false) }.run(self.stop.clone()));
        // over HTTP requests are let in from here on
        let _first = self.front.set(front);
        tasks
    }

    fn sockets(&self, front: Arc<Front>) -> Sockets {
        Sockets {
            outbound: self.outbound.clone(),
            front,
            health: self.health.clone(),
            metrics: self.ports.metrics.clone(),
            tls: Arc::new(self.tls.clone()),
            timeouts: self.options.timeouts,
            is_local: self.is_local,
        }
    }
}
