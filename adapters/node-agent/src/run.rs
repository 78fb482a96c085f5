//! All of it, for ever: heartbeat, tickets, report, probes. Each goes on when another hangs.

mod hands;
mod health;
mod look;
mod probes;
mod socket;
mod when;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use jiff::Timestamp;
use podwhy_api::report::Report;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tracing::warn;

pub use self::hands::NodeHands;
pub use self::look::{Look, Quick, Slow};
use self::probes::Probes;
use crate::cluster::{ApiError, Cluster};
use crate::eyes::Host;
use crate::numbers::Numbers;
use crate::orders::{Desk, Hands, Journal, JournalError, Keyring, Orders, Rules};
use crate::settings::{Settings, SettingsError};

/// As often as a kubelet renews its Lease.
const BEAT: Duration = Duration::from_secs(10);
/// How often units are looked at: a kubelet that has stopped is told within this.
const LOOK: Duration = Duration::from_secs(15);
/// How often journals, files and containers are looked at: as many quick looks.
const LOOKS: u32 = 4;

/// Why an agent does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its keys cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// What it has done cannot be written down.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its loopback address cannot be listened on.
    #[error("--health: {0}")]
    Health(std::io::Error),
}

/// An agent that is ready to run.
pub struct Agent {
    cluster: Cluster,
    orders: Option<Orders>,
    look: Look,
    probes: Probes,
    health: Option<tokio::net::TcpListener>,
    numbers: Numbers,
}

impl Agent {
    /// Reads its keys and its journal, and touches nothing else. Blocks for a moment.
    ///
    /// # Errors
    /// [`StartError`]
    pub async fn new(settings: &Settings, cluster: Cluster, numbers: Numbers) -> Result<Agent, StartError> {
        let health = match settings.health {
            Some(address) => Some(tokio::net::TcpListener::bind(address).await.map_err(StartError::Health)?),
            None => None,
        };
        let host = Host::at(settings.host.clone());
        let hands = Arc::new(NodeHands::new(settings, host.clone(), numbers.clone()));
        let orders = match settings.keys()? {
            None => None,
            Some(keys) => {
                let again = settings.clone();
                let keyring = Keyring::new(keys, move || match again.keys() {
                    Ok(keys) => keys,
                    Err(why) => {
                        warn!(%why, "the keys cannot be read anew: those that were known stay");
                        None
                    }
                });
                let rules = Rules { allowed: settings.allowed(), per_hour: settings.per_hour };
                let journal = Journal::open(&settings.state, Timestamp::now())?;
                let desk: Arc<dyn Desk> = Arc::new(cluster.clone());
                let own: Arc<dyn Hands> = hands.clone();
                Some(Orders::new(&settings.node, keyring, rules, journal, own, desk, Timestamp::now))
            }
        };
        let (look, probes) = (Look::new(settings, host.clone(), hands), Probes::new(host));
        Ok(Agent { cluster, orders, look, probes, health, numbers })
    }

    /// Runs for ever.
    pub async fn run(self) {
        let Agent { cluster, orders, look, probes, health, numbers } = self;
        let obeys = async {
            match &orders {
                Some(orders) => obey(&cluster, orders).await,
                None => std::future::pending().await,
            }
        };
        let told = async {
            match health {
                Some(listener) => health::tell(listener, &numbers).await,
                None => std::future::pending().await,
            }
        };
        // before the first report is written in the place of it
        let tells = async {
            let earlier = earlier(&cluster).await;
            tokio::join!(probes.run(&cluster, &earlier.neighbours), report(&cluster, &look, &probes));
        };
        tokio::join!(beat(&cluster), obeys, tells, told);
    }
}

/// What an earlier run knew of its neighbours: without it none is a witness before it has answered once. While the API server is away it is
/// waited for, as nothing could be reported meanwhile.
async fn earlier(cluster: &Cluster) -> Report {
    loop {
        match cluster.reported().await {
            Ok(report) => return report.unwrap_or_default(),
            Err(error) => {
                warn!(%error, "the report of an earlier run cannot be read");
                if !matches!(error, ApiError::Unclear(_)) {
                    return Report::default();
                }
                sleep(BEAT).await;
            }
        }
    }
}

async fn beat(cluster: &Cluster) {
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        beats.tick().await;
        if let Err(error) = cluster.beat(Timestamp::now()).await {
            warn!(%error, "the Lease could not be renewed");
        }
    }
}

/// One ticket at a time; those that come meanwhile wait, and run out where that takes too long.
async fn obey(cluster: &Cluster, orders: &Orders) {
    orders.recover().await;
    let mut tickets = std::pin::pin!(cluster.watch());
    while let Some(ticket) = tickets.next().await {
        orders.came(&ticket).await;
    }
}

async fn report(cluster: &Cluster, look: &Look, probes: &Probes) {
    let (mut last, mut slow, mut number) = (None::<(Report, Instant)>, Slow::default(), 0_u32);
    loop {
        let quick = look.quick().await;
        if number % LOOKS == 0 {
            slow = look.slow(cluster, &quick).await;
        }
        number = number.wrapping_add(1);
        let report = look.report(&quick, &slow, probes.found());
        let known = last.as_ref().map(|(report, at)| (report, at.elapsed()));
        if when::is_due(known, &report) {
            match cluster.report(&report).await {
                Ok(()) => last = Some((report, Instant::now())),
                Err(error) => warn!(%error, "the report could not be written"),
            }
        }
        sleep(LOOK).await;
    }
}
