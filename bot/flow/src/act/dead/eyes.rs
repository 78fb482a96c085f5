//! The eyes of one process on one cluster's nodes: its watch, and what it has seen.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, sleep};
use tracing::{info, warn};

use super::inputs::{Neighbour, Watched};
use super::lease_watch::{LeaseWatch, Stream};
use super::witnesses::Witnesses;
use crate::ports::{NodeWatch, Sighting};

/// After a gap everything is listed anew, not sooner than this.
const PAUSE: Duration = Duration::from_secs(5);

/// What one process sees of the nodes. Another process, or one that was started anew, has seen nothing.
#[derive(Debug, Default)]
pub struct Eyes(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    watch: LeaseWatch,
    witnesses: Witnesses,
}

impl Eyes {
    /// Watches for ever. Whatever gap one of the lists has, all of them begin anew: a time that spans it would be none.
    pub async fn follow(&self, cluster: &str, watch: &dyn NodeWatch) {
        loop {
            self.seen().gap();
            let mut sightings = watch.nodes();
            let mut begun = BTreeSet::new();
            while let Some(sighting) = sightings.next().await {
                if let Sighting::Relisting(stream) = sighting
                    && !begun.insert(stream as usize)
                {
                    info!(cluster, "the watch of nodes had a gap and begins anew");
                    break;
                }
                if let Sighting::Lost(stream, why) = &sighting {
                    warn!(cluster, ?stream, why, "nodes cannot be watched: none is confirmed dead");
                }
                self.saw(sighting, Instant::now());
            }
            self.seen().gap();
            sleep(PAUSE).await;
        }
    }

    /// Takes in what the watch told.
    pub fn saw(&self, sighting: Sighting, at: Instant) {
        let mut both = self.seen();
        if matches!(sighting, Sighting::Lost(..)) {
            return both.gap();
        }
        let Seen { watch: seen, witnesses } = &mut *both;
        match sighting {
            Sighting::Relisting(_) | Sighting::Lost(..) => {}
            Sighting::Listed(stream) => seen.listed(stream, at),
            Sighting::Node(node) => {
                seen.node_ready(&node.name, &node.uid, node.ready, at);
                seen.taint_seen(&node.name, node.shutdown.as_deref(), at);
            }
            Sighting::NodeGone(name) => {
                seen.node_gone(&name, at);
                witnesses.gone(&name);
            }
            Sighting::ProbesGap => witnesses.gap(),
            Sighting::Probes(probes) => witnesses.said(probes, at),
            Sighting::Lease { stream, node, version } => seen.seen(stream, &node, &version, at),
            Sighting::LeaseGone { stream, node } => seen.lease_gone(stream, &node, at),
        }
    }

    /// That a watch is current although it brought nothing.
    pub fn heard(&self, stream: Stream, at: Instant) {
        self.seen().watch.heard(stream, at);
    }

    /// What is seen now of the node of this uid; see [`LeaseWatch::watched`].
    pub fn watched(&self, node: &str, uid: &str, offered: Option<Instant>, now: Instant) -> Watched {
        self.seen().watch.watched(node, uid, offered, now)
    }

    /// What the agents of other nodes found of the node of this uid.
    pub fn neighbours(&self, node: &str, uid: &str, now: Instant) -> Vec<Neighbour> {
        let both = self.seen();
        both.witnesses.of(node, uid, now, |by| both.watch.agent_runs(by, now))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn gap(&mut self) {
        self.watch.gap();
        self.witnesses.gap();
    }
}

#[cfg(test)]
mod tests;
