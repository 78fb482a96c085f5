//! `tests/bench/races`: ten thousand times people click at once while the bot is killed and stopped; writes what came of it to a file.

use anyhow::{Context, bail, ensure};
use podwhy_tests::bench::{commit, machine};
use podwhy_tests::control_plane::ControlPlane;
use podwhy_tests::races::{self, Options, Report};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(rounds), Some(seed), Some(out)) = (arguments.next(), arguments.next(), arguments.next()) else {
        bail!("usage: races-bench ROUNDS SEED RESULT-FILE");
    };
    let rounds = rounds.parse().with_context(|| format!("ROUNDS: {rounds:?} is no number"))?;
    let seed = seed.parse().with_context(|| format!("SEED: {seed:?} is no number"))?;
    let folder = tempfile::tempdir()?;
    let control_plane = ControlPlane::start(races::servers(folder.path())?)?;
    let options = Options { rounds, seed, lanes: 8, broken: None };
    let report = races::run(&control_plane, folder.path(), options).await?;
    let text = page(&report, seed);
    std::fs::write(&out, &text)?;
    print!("{text}");
    ensure!(report.faults.is_empty(), "{:#?}", report.faults);
    Ok(())
}

fn page(report: &Report, seed: u64) -> String {
    let count = |word: &str| report.faults.iter().filter(|fault| fault.contains(word)).count();
    let phases = report.phases.iter().map(|(phase, count)| format!("| ended as {phase} | {count} |\n"));
    format!(
        "# Measured: races\n\n\
         Written by `tests/bench/races`, not by hand. Commit {}, {}; seed {seed}. Three replicas over a real API server, of which at times two\n\
         believe to lead; people agree and decline at once; each replica is killed, stopped or not answered between any two steps. Writes are\n\
         counted in the API server's own audit log.\n\n\
         | | |\n|---|---|\n\
         | remediations offered | {} |\n\
         | of these with somebody against it | {} |\n\
         | replicas killed | {} |\n\
         | replicas stopped for up to 90 s | {} |\n\
         | answers lost | {} |\n\
         | begun by one replica, ended by another | {} |\n\
         | writes sent | {} |\n\
         {}\
         | **written twice** | {} |\n\
         | **told otherwise than it was** | {} |\n\
         | anything else that is wrong | {} |\n\n\
         It took {:.0} s.\n",
        commit(),
        machine(),
        report.rounds,
        report.declined,
        report.kills,
        report.stops,
        report.lost,
        report.taken_over,
        report.written,
        phases.collect::<String>(),
        count(" times: "),
        count("told "),
        report.faults.len() - count(" times: ") - count("told "),
        report.took.as_secs_f64(),
    )
}
