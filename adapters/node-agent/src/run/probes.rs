//! The neighbours: whom to probe is asked now and then, and the probes are made in between.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use podwhy_api::report::{Neighbour, Outcome};
use tokio::time::{Instant, sleep_until};
use tracing::warn;

use crate::cluster::Cluster;
use crate::eyes::Host;
use crate::eyes::neighbours::{Peer, Prober, Tcp};

/// Nodes come and go seldom, and their names are asked for as seldom.
const NAMES: Duration = Duration::from_secs(10 * 60);
/// Where they are, and whether they are Unknown…
const PEERS: Duration = Duration::from_secs(60);
/// …is asked this often while one of them does not answer.
const SILENT: Duration = Duration::from_secs(10);

/// What is known of the neighbours.
pub(super) struct Probes {
    host: Host,
    found: Mutex<Vec<Neighbour>>,
}

impl Probes {
    pub(super) fn new(host: Host) -> Probes {
        Probes { host, found: Mutex::default() }
    }

    /// As it is known now.
    pub(super) fn found(&self) -> Vec<Neighbour> {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Probes for ever. `earlier` is what an earlier run knew.
    pub(super) async fn run(&self, cluster: &Cluster, earlier: &[Neighbour]) {
        let mut prober = Prober::new(Tcp, self.host.clone(), Timestamp::now, earlier);
        let (mut names, mut named) = (Vec::new(), None::<Instant>);
        loop {
            if named.is_none_or(|at| at.elapsed() >= NAMES) {
                match cluster.neighbours().await {
                    Ok(found) => (names, named) = (found, Some(Instant::now())),
                    Err(error) => {
                        warn!(%error, "the nodes could not be listed: the neighbours stay who they are")
                    }
                }
            }
            if let Some(peers) = peers(cluster, &names).await {
                prober.watch(peers);
            }
            let silent = prober.neighbours().iter().any(|one| one.outcome != Outcome::Answered);
            let until = Instant::now() + if silent { SILENT } else { PEERS };
            loop {
                tokio::select! {
                    _ = prober.round() => {}
                    () = sleep_until(until) => break,
                }
                *self.found.lock().unwrap_or_else(PoisonError::into_inner) = prober.neighbours();
                if prober.neighbours().iter().any(|one| one.outcome != Outcome::Answered) && !silent {
                    break;
                }
            }
        }
    }
}

/// `None` where not all of them could be asked: what is known of them stays, and they are probed as before.
async fn peers(cluster: &Cluster, names: &[String]) -> Option<Vec<Peer>> {
    let mut peers = Vec::new();
    for name in names {
        match cluster.peer(name).await {
            Ok(peer) => peers.extend(peer),
            Err(error) => {
                warn!(node = name, %error, "a neighbour could not be read");
                return None;
            }
        }
    }
    Some(peers)
}
