//! `tests/bench/storm`: how soon the first thread stands when five thousand pods fail; writes the table to a file.

use std::time::Duration;

use anyhow::{Context, bail};
use jiff::SignedDuration;
use podwhy::chats::ChatOptions;
use podwhy_fakes::slack::{Channel, FakeSlack, Setup, State};
use podwhy_tests::bench::{commit, machine};
use podwhy_tests::site::Site;
use podwhy_tests::storm::{fail, nodes, three_causes};
use tokio::time::{Instant, sleep_until};

/// How long a pod's image may be missing before it is told, by default.
const THRESHOLD: Duration = Duration::from_secs(120);

const PATIENCE: Duration = Duration::from_secs(120);

const WATCHED: &str =
    "[[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"playground:*\"]\nwatch = true\n";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let (Some(runs), Some(out)) = (std::env::args().nth(1), std::env::args().nth(2)) else {
        bail!("usage: storm-bench RUNS RESULT-FILE");
    };
    let runs: usize = runs.parse().with_context(|| format!("RUNS: {runs:?} is no number"))?;
    let mut rows = String::new();
    for run in 1..=runs {
        let (first, all) = storm().await?;
        rows += &format!("| {run} | {:.2} s | {:.2} s |\n", first.as_secs_f64(), all.as_secs_f64());
    }
    let report = format!(
        "# Measured: a storm\n\nWritten by `tests/bench/storm`, not by hand. Commit {}, {}. 5,000 pods of 200 workloads on 50 nodes of the playground, of three\n\
         root causes, fail in the same second; playground, fake Slack and bot share one process. From the moment the first of them has failed\n\
         for as long as its threshold says: until the first thread stands, and until all three count all pods. The aim is 2 s for the first.\n\n\
         | run | first thread | all pods counted |\n|---|---|---|\n{rows}",
        commit(),
        machine(),
    );
    std::fs::write(&out, &report)?;
    print!("{report}");
    Ok(())
}

async fn storm() -> anyhow::Result<(Duration, Duration)> {
    let channels = vec![Channel::public("C0OPS", "ops").with(&["U0ANN"]).joined()];
    let events = ["app_home_opened", "app_mention", "message.im"].map(str::to_string).to_vec();
    let slack = FakeSlack::start(Setup { channels, events, ..Setup::default() }).await?;
    let site = Site::new(true).await?;
    let store = site.store().context("the playground has no cluster")?;
    nodes(&store);
    let _running = site.bot(&slack, WATCHED, ChatOptions::default()).await?;
    // what the watch sees begin is timed by podwhy's own clock, from the first of them on
    let crossed = Instant::now() + THRESHOLD;
    fail(&store, &three_causes(), SignedDuration::ZERO);
    sleep_until(crossed).await;
    let told = |state: &State| (!state.parents("C0OPS").is_empty()).then_some(());
    slack.wait_for(PATIENCE, told).await.map_err(anyhow::Error::msg)?;
    let first = crossed.elapsed();
    let counted = ["· 2500 pods", "· 1500 pods", "· 1000 pods"];
    let all = |state: &State| {
        let parents = state.parents("C0OPS");
        let told = |count: &&str| parents.iter().any(|parent| parent.everything().contains(*count));
        counted.iter().all(told).then_some(())
    };
    slack.wait_for(PATIENCE, all).await.map_err(anyhow::Error::msg)?;
    Ok((first, crossed.elapsed()))
}
