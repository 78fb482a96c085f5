//! Three replicas, people who click at once, and a bot that is killed, stopped and not answered at any step, on a real API server: each
//! remediation is done once, or said to be unclear.
//!
//! Real are the API server, the custom resource, the rights, the requests, and everything of the bot from a click to the write. Played are
//! who leads (at times two replicas believe it, or none does), the diagnosis, what goes wrong, and the time: a round's clock is put forward,
//! the wall's and the monotonic one together, while no request is under way. What was done is counted in the API server's own audit log.
//!
//! # Caveats
//! No replica is stopped between its last look at the monotonic clock and its request: between the two nothing waits, and what happens
//! there no clock can see. Such a write would be late, and told as not made; it would not be a second one.

mod judge;
mod lane;
mod life;
mod ports;
mod replica;
mod round;
mod seen;
pub mod thing;
mod time;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::bridge::Server;
use crate::control_plane::{ControlPlane, Options as Servers};
use lane::Lane;
pub use lane::{People, Place, SHOP};
pub use replica::{Broken, Parts, sealer};

/// What is to be done.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// So many remediations are offered.
    pub rounds: u32,
    /// What happens when; the machine's pace has a part in it too.
    pub seed: u64,
    /// So many rounds go on at once.
    pub lanes: u32,
    /// What is wrong with the bot, to see whether it is noticed.
    pub broken: Option<Broken>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Remediations that were offered.
    pub rounds: u32,
    /// How many ended in which phase.
    pub phases: BTreeMap<&'static str, u32>,
    /// How many somebody wanted to decline.
    pub declined: u32,
    /// Writes that the API server was sent.
    pub written: u32,
    /// Replicas that were killed.
    pub kills: u32,
    /// Replicas that were stopped for a while.
    pub stops: u32,
    /// Answers that were lost.
    pub lost: u32,
    /// How many begun ones a replica other than the one that began brought to their end.
    pub taken_over: u32,
    /// What was wrong.
    pub faults: Vec<String>,
    /// How long all of it took.
    pub took: Duration,
}

/// The servers that it takes: all that is written is logged.
///
/// # Errors
/// When the log's policy cannot be written.
pub fn servers(folder: &std::path::Path) -> anyhow::Result<Servers> {
    Ok(Servers { kubectl: true, apiserver_arguments: seen::flags(folder)?, ..Servers::default() })
}

/// Does all of it, on servers that were started with [`servers`].
///
/// # Errors
/// When a server does not answer: no word about the bot.
pub async fn run(
    control_plane: &ControlPlane,
    folder: &std::path::Path,
    options: Options,
) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let place = Place::new(control_plane).await?;
    let (next, server) = (Arc::new(AtomicU32::new(0)), Arc::new(Server::new(place.client.clone())));
    let mut lanes = JoinSet::new();
    for number in 0..options.lanes {
        let lane = Lane::new(&place, &server, number, options).await?;
        let next = Arc::clone(&next);
        lanes.spawn(async move {
            let mut told = Vec::new();
            loop {
                let round = next.fetch_add(1, Ordering::Relaxed);
                if round >= options.rounds {
                    return anyhow::Ok(told);
                }
                told.push(lane.round(round).await?);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = lanes.join_next().await {
        all.extend(done??);
    }
    let mut report = judge::report(&all, &seen::writes(folder)?);
    report.took = begun.elapsed();
    Ok(report)
}
