//! When each neighbour is probed, and what is remembered of it.

use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use podwhy_api::report::{Neighbour, Outcome};
use tokio::time::{Instant, sleep_until};

use super::super::Host;
use super::Peer;
use super::probe::{Connect, probe};

/// A kubelet that answers does it within milliseconds; a lost packet is sent again after one second, and after three.
/// <https://datatracker.ietf.org/doc/html/rfc6298>
const WITHIN: Duration = Duration::from_secs(4);
/// A node that is well.
const USUALLY: Duration = Duration::from_secs(30);
/// A node of which the control plane hears nothing.
const WHILE_UNKNOWN: Duration = Duration::from_secs(10);

/// Probes each neighbour on its own schedule.
pub struct Prober<C> {
    connect: C,
    host: Host,
    clock: fn() -> Timestamp,
    /// What an earlier run of the agent reported.
    earlier: Vec<Neighbour>,
    watched: Vec<Watched>,
}

struct Watched {
    peer: Peer,
    due: Instant,
    found: Neighbour,
}

impl<C: Connect + Sync> Prober<C> {
    /// A prober of nobody yet. `earlier` is what this agent reported before it was started anew, and `clock` tells the
    /// node's time.
    pub fn new(connect: C, host: Host, clock: fn() -> Timestamp, earlier: &[Neighbour]) -> Prober<C> {
        Prober { connect, host, clock, earlier: earlier.to_vec(), watched: Vec::new() }
    }

    /// Watches these nodes from now on. One that was watched keeps what is known of it, and its schedule, unless it has
    /// become unknown: then it is probed within ten seconds. A new one is probed at once.
    pub fn watch(&mut self, peers: Vec<Peer>) {
        let now = Instant::now();
        let mut before = std::mem::take(&mut self.watched);
        for peer in peers {
            let known = before.iter().position(|watched| watched.peer.uid == peer.uid);
            let mut watched = match known.map(|index| before.swap_remove(index)) {
                Some(watched) => watched,
                None => Watched { found: self.seed(&peer), peer: peer.clone(), due: now },
            };
            if watched.peer.address() != peer.address() {
                // a way to another address is none that is known
                watched.found = named(&peer);
                watched.due = now;
            }
            watched.due = watched.due.min(now + interval(&peer));
            watched.found.node.clone_from(&peer.node);
            watched.peer = peer;
            self.watched.push(watched);
        }
    }

    /// Waits until a probe is due, makes all that are, at once, and says whether there were any. Without neighbours it
    /// waits as long as a round takes. It may be dropped while it waits: then nothing is lost but that round.
    pub async fn round(&mut self) -> bool {
        let first = self.watched.iter().map(|watched| watched.due).min();
        sleep_until(first.unwrap_or_else(|| Instant::now() + USUALLY)).await;
        let now = Instant::now();
        let (connect, host, clock) = (&self.connect, &self.host, self.clock);
        let due = self.watched.iter_mut().filter(|watched| watched.due <= now);
        let probes = due.map(|watched| async move {
            let (outcome, took) = probe(connect, host, watched.peer.address(), WITHIN).await;
            watched.took(outcome, took, clock());
            watched.due = now + interval(&watched.peer);
        });
        !join_all(probes).await.is_empty()
    }

    /// What is known of each neighbour, in the order in which they are watched.
    pub fn neighbours(&self) -> Vec<Neighbour> {
        self.watched.iter().map(|watched| watched.found.clone()).collect()
    }

    /// What an earlier report knew: when something there answered last. What came of its last probe is old.
    fn seed(&self, peer: &Peer) -> Neighbour {
        let reached_at =
            self.earlier.iter().find(|known| known.uid == peer.uid).and_then(|known| known.reached_at);
        Neighbour { reached_at, ..named(peer) }
    }
}

impl Watched {
    fn took(&mut self, outcome: Outcome, took: Duration, at: Timestamp) {
        self.found.outcome = outcome;
        self.found.at = Some(at);
        self.found.took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        // a machine that refuses is there: its kernel has spoken
        if matches!(outcome, Outcome::Answered | Outcome::Refused) {
            self.found.reached_at = Some(at);
        }
    }
}

fn named(peer: &Peer) -> Neighbour {
    Neighbour { node: peer.node.clone(), uid: peer.uid.clone(), ..Neighbour::default() }
}

fn interval(peer: &Peer) -> Duration {
    if peer.unknown { WHILE_UNKNOWN } else { USUALLY }
}

#[cfg(test)]
mod tests;
