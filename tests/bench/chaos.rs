//! `tests/bench/chaos`: the bot is killed or stopped two hundred times; writes what came of it to a file.

use anyhow::{Context, bail, ensure};
use podwhy_tests::bench::{commit, machine};
use podwhy_tests::chaos::{self, CALM, Report};
use podwhy_tests::control_plane::{ControlPlane, Options};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(podwhy), Some(rounds), Some(seed), Some(out)) =
        (arguments.next(), arguments.next(), arguments.next(), arguments.next())
    else {
        bail!("usage: chaos-bench PODWHY-BINARY ROUNDS SEED RESULT-FILE [LOG-FOLDER]");
    };
    let logs = arguments.next().map(std::path::PathBuf::from);
    let rounds = rounds.parse().with_context(|| format!("ROUNDS: {rounds:?} is no number"))?;
    let seed = seed.parse().with_context(|| format!("SEED: {seed:?} is no number"))?;
    let control_plane = ControlPlane::start(Options { kubectl: true, ..Options::default() })?;
    let report =
        chaos::run(&control_plane, &chaos::Options { podwhy: podwhy.into(), rounds, seed, logs }).await?;
    let text = page(&report, seed);
    std::fs::write(&out, &text)?;
    print!("{text}");
    ensure!(report.faults.is_empty(), "{:#?}", report.faults);
    Ok(())
}

fn page(report: &Report, seed: u64) -> String {
    let count = |word: &str| report.faults.iter().filter(|fault| fault.contains(word)).count();
    let calm = match report.calm_after {
        Some(after) => format!("all was right {:.0} s after the last fault", after.as_secs_f64()),
        None => format!("not all was right {} s after the last fault", CALM.as_secs()),
    };
    format!(
        "# Measured: a bot that is killed\n\n\
         Written by `tests/bench/chaos`, not by hand. Commit {}, {}; seed {seed}. The bot's own binary over a real API server, between a\n\
         fake Slack and a fake Discord that lose answers, put off, cut sockets, show messages late and forget nonces.\n\n\
         | | |\n|---|---|\n\
         | killed (SIGKILL) | {} |\n\
         | of these with a message that the app had and the ledger did not know | {} |\n\
         | leader stopped (SIGSTOP) until another one led | {} |\n\
         | taken over by a bot of another name after a kill | {} |\n\
         | root causes, each told in both apps | {} |\n\
         | doubled for a while, and taken away | {} |\n\
         | **lost in the end** | {} |\n\
         | **doubled in the end** | {} |\n\
         | shown otherwise than they are | {} |\n\n\
         It took {:.0} s; {calm}.\n",
        commit(),
        machine(),
        report.kills,
        report.between,
        report.stops,
        report.failovers,
        report.told,
        report.doubled_before,
        count("is lost"),
        count(" times") + count("nobody's"),
        count("not as it is"),
        report.took.as_secs_f64(),
    )
}
