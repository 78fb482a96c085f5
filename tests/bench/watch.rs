//! `tests/bench/watch`: what podwhy's own watch takes of memory at ten and at fifty thousand pods on a real API server; writes the
//! table to a file.

#[allow(dead_code, reason = "another bench fails its pods, these are well")]
mod scenario;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::bail;
use futures::{StreamExt, stream};
use podwhy_fakes::slack::{Channel, FakeSlack, Setup};
use podwhy_tests::alertmanager::free_address;
use podwhy_tests::bench::{Process, commit, machine};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, eventually};
use podwhy_tests::http::send;
use tokio::time::Instant;

use scenario::{NAMESPACES, namespace};

/// How many pods, and what the watch may take at most, in MiB.
const SIZES: [(usize, u64); 2] = [(10_000, 30), (50_000, 80)];
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(podwhy), Some(out)) = (arguments.next(), arguments.next()) else {
        bail!("usage: watch-bench PODWHY-BINARY RESULT-FILE");
    };
    let control_plane = ControlPlane::start(Options::default())?;
    let server = Server::new(control_plane.client(control_plane.admin())?);
    let mut rows = String::new();
    let mut there = 0;
    for (pods, aim) in SIZES {
        fill(&server, there, pods).await?;
        there = pods;
        let kubeconfig = control_plane.admin_kubeconfig();
        let without = measured(Path::new(&podwhy), kubeconfig, false).await?;
        let with = measured(Path::new(&podwhy), kubeconfig, true).await?;
        writeln!(
            rows,
            "| {pods} | {} MiB | {} MiB | {} MiB at most | {} MiB | ≤ {aim} MiB |",
            without.now / 1024,
            with.now / 1024,
            with.peak / 1024,
            with.now.saturating_sub(without.now) / 1024,
        )?;
    }
    let report = format!(
        "# Measured: podwhy's own watch\n\nWritten by `tests/bench/watch`, not by hand. Commit {}, {}; kube-apiserver on loopback, 100 nodes, pods that are\n\
         well. Resident memory of the whole process (`podwhy serve` with Slack) a minute after its first list, without a watch and with it.\n\n\
         | pods | without a watch | with it | while it lists | the watch | aim |\n|---|---|---|---|---|---|\n{rows}",
        commit(),
        machine(),
    );
    std::fs::write(&out, &report)?;
    print!("{report}");
    Ok(())
}

async fn fill(server: &Server, from: usize, to: usize) -> anyhow::Result<()> {
    let now = jiff::Timestamp::now().to_string();
    if from == 0 {
        for number in 0..NAMESPACES {
            server.ensure_namespace(&namespace(number)).await?;
        }
        for node in scenario::nodes() {
            server.put(&node).await?;
        }
    }
    let begun = Instant::now();
    let puts = stream::iter(from..to).map(|number| {
        let made = scenario::well(number, &now);
        async move {
            let mut pod = made.pod;
            pod["status"] = made.status;
            server.put(&pod).await
        }
    });
    let results: Vec<anyhow::Result<()>> = puts.buffer_unordered(32).collect().await;
    results.into_iter().collect::<anyhow::Result<()>>()?;
    eprintln!("{} pods made in {:?}", to - from, begun.elapsed());
    Ok(())
}

/// Resident memory, in KiB.
struct Memory {
    now: u64,
    peak: u64,
}

async fn measured(podwhy: &Path, kubeconfig: &Path, watch: bool) -> anyhow::Result<Memory> {
    let channels = vec![Channel::public("C0OPS", "ops").with(&["U0ANN"]).joined()];
    let events = ["app_home_opened", "app_mention", "message.im"].map(str::to_string).to_vec();
    let slack = FakeSlack::start(Setup { channels, events, ..Setup::default() }).await?;
    let (folder, address) = (tempfile::tempdir()?, free_address()?);
    let file = folder.path().join("config.toml");
    let config = format!(
        "[serve]\nlisten = \"{address}\"\nlog_level = \"warn\"\n[slack]\nbot_token = {{ env = \"SLACK_BOT_TOKEN\" }}\n\
         app_token = {{ env = \"SLACK_APP_TOKEN\" }}\n[[channels]]\napp = \"slack\"\nid = \"C0OPS\"\nread = [\"prod:*\"]\n\
         [[clusters]]\nname = \"prod\"\nkubeconfig = \"{}\"\n\
         [[routes]]\napp = \"slack\"\nchannel = \"C0OPS\"\nof = [\"prod:*\"]\nwatch = {watch}\n",
        kubeconfig.display()
    );
    std::fs::write(&file, config)?;
    let mut command = Command::new(podwhy);
    command.args(["serve", "--config"]).arg(&file).args(["--slack-api", &slack.api_url()]);
    command.env("SLACK_BOT_TOKEN", "xoxb-fake").env("SLACK_APP_TOKEN", "xapp-fake").stdout(Stdio::null());
    let bot = Process::start(&mut command)?;
    eventually("the bot is up", PATIENCE, async || {
        let answer = send(address, "GET", "/metrics", &[], b"").await.map(|answer| answer.body);
        let listed = |body: String| {
            body.lines().any(|line| {
                line.starts_with("podwhy_kubernetes_watch_lists_total") && line.contains("\"pods\"")
            })
        };
        Ok(answer.is_ok_and(|body| !watch || listed(body)).then_some(()))
    })
    .await?;
    // what the list took is given back meanwhile, and the first look is over
    tokio::time::sleep(Duration::from_secs(60)).await;
    Ok(Memory { now: bot.memory("VmRSS")?, peak: bot.memory("VmHWM")? })
}
