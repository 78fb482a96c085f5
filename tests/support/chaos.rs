//! The bot is killed, stopped and replaced at random while things fail, and the apps with it; in the end each message stands
//! once.
//!
//! The bot is its own binary, killed with SIGKILL and stopped with SIGSTOP; the API server is a real one; the apps are the
//! fakes, which also lose answers, put off, cut sockets, show a message late and forget nonces.

mod judge;
pub mod replica;
mod round;
mod town;
mod trouble;

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::Instant;

use crate::control_plane::ControlPlane;
use crate::dice::Dice;
use town::Town;

/// What is to be done.
#[derive(Clone, Debug)]
pub struct Options {
    /// The bot's binary.
    pub podwhy: PathBuf,
    /// So often it is killed or stopped.
    pub rounds: u32,
    /// What happens when; the machine's pace has a part in it too.
    pub seed: u64,
    /// A folder where the bots' logs are kept, and what Slack was asked; nowhere without one.
    pub logs: Option<PathBuf>,
}

/// What was done, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How often a bot was killed.
    pub kills: u32,
    /// How often the ledger then had no receipt of a message that an app had accepted.
    pub between: u32,
    /// How often the leader was stopped until another one led, and went on.
    pub stops: u32,
    /// How often a bot of another name went on.
    pub failovers: u32,
    /// Root causes that were to be told.
    pub told: usize,
    /// Messages that stood twice for a while.
    pub doubled_before: usize,
    /// What was wrong a minute after the last fault: lost, doubled, or not as it is.
    pub faults: Vec<String>,
    /// How long it took from the last fault until all was right; `None` where it was not.
    pub calm_after: Option<Duration>,
    /// How long all of it took.
    pub took: Duration,
}

/// So long after the last fault all has to be right.
pub const CALM: Duration = Duration::from_secs(60);

/// Does all of it.
///
/// # Errors
/// When a process does not start or a server does not answer: no word about the bot.
pub async fn run(control_plane: &ControlPlane, options: &Options) -> anyhow::Result<Report> {
    let begun = Instant::now();
    let town = Town::new(control_plane, options).await?;
    let mut rounds = round::Rounds::new(&town, Dice::new(options.seed)).await?;
    for round in 0..options.rounds {
        rounds.one(round).await?;
    }
    let mut report = rounds.calm().await?;
    report.took = begun.elapsed();
    Ok(report)
}
