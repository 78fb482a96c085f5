//! `tests/bench/live`: podwhy beside kubectl on one real API server with ten thousand pods; writes the table to a file.
//!
//! Figures are medians of whole processes; what is compared runs in turn, A B A B, so that a machine that slows down
//! slows down both.

mod scenario;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use futures::{StreamExt, stream};
use podwhy_flow::ports::ClusterRead;
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Source};
use podwhy_tests::bench::{commit, machine};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options};
use serde_json::Value;

use scenario::{FAILING, Made, NAMESPACES, PODS, namespace};

const RUNS: usize = 7;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(podwhy), Some(out)) = (arguments.next(), arguments.next()) else {
        bail!("usage: live-bench PODWHY-BINARY RESULT-FILE");
    };
    let control_plane = ControlPlane::start(Options { kubectl: true, ..Options::default() })?;
    let server = Server::new(control_plane.client(control_plane.admin())?);
    let now = jiff::Timestamp::now().to_string();
    let begun = Instant::now();
    let made = fill(&server, &now).await?;
    eprintln!("{PODS} pods made in {:?}", begun.elapsed());
    let bench = Bench { podwhy: PathBuf::from(podwhy), control_plane };
    let mut report = bench.grouping(&made)?;
    report.push_str(&bench.figures(&made).await?);
    let header = format!(
        "# Measured: podwhy beside kubectl\n\nWritten by `tests/bench/live`, not by hand. Commit {}, {}; kube-apiserver {}, loopback.\n\n",
        commit(),
        machine(),
        "1.37.2"
    );
    std::fs::write(&out, header + &report)?;
    print!("{report}");
    Ok(())
}

/// Makes everything, many at once.
async fn fill(server: &Server, now: &str) -> anyhow::Result<Vec<Made>> {
    for number in 0..NAMESPACES {
        server.ensure_namespace(&namespace(number)).await?;
    }
    for node in scenario::nodes() {
        server.put(&node).await?;
    }
    let made = scenario::pods(now);
    ensure!(made.iter().filter(|m| m.cause.is_some()).count() == FAILING, "the scenario is not what it says");
    let puts = stream::iter(&made).map(|made| async move {
        let mut pod = made.pod.clone();
        pod["status"] = made.status.clone();
        server.put(&pod).await?;
        for event in &made.events {
            server.put(event).await?;
        }
        anyhow::Ok(())
    });
    let results: Vec<anyhow::Result<()>> = puts.buffer_unordered(32).collect().await;
    results.into_iter().collect::<anyhow::Result<()>>()?;
    Ok(made)
}

struct Bench {
    podwhy: PathBuf,
    control_plane: ControlPlane,
}

/// One finished process.
struct Run {
    wall: Duration,
    peak_mib: f64,
    out: String,
}

impl Bench {
    /// The triage's groups against how the pods were made.
    fn grouping(&self, made: &[Made]) -> anyhow::Result<String> {
        let run = self.run(&self.podwhy, &["triage", "-o", "json"])?;
        let triage: Value = serde_json::from_str(&run.out).context("the triage's answer")?;
        let mut wanted: BTreeMap<&str, u64> = BTreeMap::new();
        for cause in made.iter().filter_map(|m| m.cause).filter(|cause| *cause != "scheduling-gated") {
            *wanted.entry(cause).or_default() += 1;
        }
        let mut got: BTreeMap<&str, u64> = BTreeMap::new();
        for group in triage["groups"].as_array().into_iter().flatten() {
            *got.entry(group["cause"].as_str().unwrap_or_default()).or_default() +=
                group["count"].as_u64().unwrap_or(0);
        }
        ensure!(wanted == got, "made {wanted:?}, found {got:?}");
        let gated = made.iter().filter(|m| m.cause == Some("scheduling-gated")).count() as u64;
        ensure!(
            triage["expected"].as_u64() == Some(gated),
            "{} gated, {} expected",
            gated,
            triage["expected"]
        );
        ensure!(triage["healthy"].as_u64() == Some((PODS - FAILING) as u64), "healthy {}", triage["healthy"]);
        Ok(format!(
            "{PODS} pods in {NAMESPACES} namespaces, {FAILING} of them failing of {} causes: triage found each cause as often as it was made.\n\n",
            wanted.len() + 1
        ))
    }

    async fn figures(&self, made: &[Made]) -> anyhow::Result<String> {
        let target = |cause: &str| {
            let found = made.iter().find(|m| m.cause == Some(cause));
            found.map(|m| {
                let text = |field: &str| m.pod["metadata"][field].as_str().unwrap_or_default().to_string();
                (text("namespace"), text("name"))
            })
        };
        let (namespace, name) = target("oom-killed").context("no crashing pod")?;
        let shown = format!("{namespace}/{name}");
        let kubectl = PathBuf::from(self.control_plane.kubectl(self.control_plane.admin())?.get_program());
        let (mut why, mut describe) = (Vec::new(), Vec::new());
        for _ in 0..=RUNS {
            why.push(self.run(&self.podwhy, &["why", &shown])?);
            describe.push(self.run(&kubectl, &["describe", "pod", &name, "-n", &namespace])?);
        }
        let triage = (0..=RUNS)
            .map(|_| self.run(&self.podwhy, &["triage", "-o", "json"]))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let (namespace, name) = target("insufficient-cpu").context("no pending pod")?;
        let shown = format!("{namespace}/{name}");
        let pending = (0..=RUNS)
            .map(|_| self.run(&self.podwhy, &["why", &shown]))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut text = String::from("| what | wall, median | peak memory | aim |\n|---|---|---|---|\n");
        text.push_str(&row("`kubectl describe pod` (a crashing pod, warm discovery cache)", &describe, ""));
        text.push_str(&row("`podwhy why` of the same pod", &why, ""));
        text.push_str(&row("`podwhy triage`, every failing pod's status read", &triage, "0.5 s, 60 MiB"));
        text.push_str(&row(
            "`podwhy why` of a Pending pod: all nodes and neighbours",
            &pending,
            "0.5 s, 60 MiB",
        ));
        let ratio = |of: fn(&Run) -> f64| {
            median(why.iter().skip(1).zip(describe.iter().skip(1)).map(|(a, b)| of(a) / of(b)).collect())
        };
        text.push_str(&format!(
            "\n`why` against `describe`, pair by pair: {:.2} of its wall time (aim 0.6), {:.2} of its peak memory (aim 0.5).\n",
            ratio(|run| run.wall.as_secs_f64()),
            ratio(|run| run.peak_mib)
        ));
        text.push_str(&self.steps().await?);
        Ok(text)
    }

    /// Finding and reading apart, with the bytes, in this process.
    async fn steps(&self) -> anyhow::Result<String> {
        let file = Some(self.control_plane.admin_kubeconfig().to_path_buf());
        let metrics = Metrics::default();
        let connection =
            Connection { source: Source::Kubeconfig { file, context: None }, ..Connection::default() };
        let cluster = LiveCluster::new(&connection, metrics.clone()).await?;
        let begun = Instant::now();
        cluster.find_only().await?;
        let (found, found_bytes) = (begun.elapsed(), metrics.bytes());
        let begun = Instant::now();
        let collected = cluster.failing(None).await?;
        let (all, all_bytes) = (begun.elapsed(), metrics.bytes() - found_bytes);
        let begun = Instant::now();
        let world = std::sync::Arc::new(collected.into_world());
        let triage = podwhy_knowledge::triage::triage(&world, |_| true);
        let diagnosed = begun.elapsed();
        let (pods_wall, pods_bytes) = self.server_alone().await?;
        Ok(format!(
            "\nWhere an aim is missed, the server's share: writing the pods that `why` of a Pending pod reads takes the \
             server {} ms ({:.1} MB, four namespaces at once), read by a client that looks at nothing.\n\nTriage by steps: find {} ms ({:.1} MB), find and read {} ms ({:.1} MB, {} requests), diagnose {} pods {} ms.\n",
            pods_wall.as_millis(),
            pods_bytes as f64 / 1e6,
            found.as_millis(),
            found_bytes as f64 / 1e6,
            all.as_millis(),
            all_bytes as f64 / 1e6,
            metrics.requests(),
            triage.failing + triage.expected,
            diagnosed.as_millis()
        ))
    }

    /// The bound pods of every namespace, read and thrown away: what no client can be faster than.
    async fn server_alone(&self) -> anyhow::Result<(Duration, usize)> {
        let client = self.control_plane.client(self.control_plane.admin())?;
        let begun = Instant::now();
        let lists = stream::iter(0..NAMESPACES).map(|number| {
            let client = client.clone();
            async move {
                let path =
                    format!("/api/v1/namespaces/{}/pods?fieldSelector=spec.nodeName!=", namespace(number));
                let body = client.request_text(http::Request::get(path).body(Vec::new())?).await?;
                anyhow::Ok(body.len())
            }
        });
        let sizes: Vec<anyhow::Result<usize>> = lists.buffer_unordered(4).collect().await;
        let bytes = sizes.into_iter().sum::<anyhow::Result<usize>>()?;
        Ok((begun.elapsed(), bytes))
    }

    fn run(&self, program: &Path, arguments: &[&str]) -> anyhow::Result<Run> {
        let begun = Instant::now();
        let output = Command::new("/usr/bin/time")
            .args(["-f", "peak-kib %M"])
            .arg(program)
            .args(arguments)
            .env("KUBECONFIG", self.control_plane.admin_kubeconfig())
            .env("PODWHY_CONFIG", "/dev/null")
            .env("HOME", self.control_plane.folder())
            .output()
            .context("GNU time, from the package `time`")?;
        let wall = begun.elapsed();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure!(output.status.code().is_some_and(|code| code < 2), "{}: {error}", program.display());
        let peak = error.lines().rev().find_map(|line| line.strip_prefix("peak-kib ")?.parse::<f64>().ok());
        Ok(Run { wall, peak_mib: peak.context("no peak")? / 1024.0, out: String::from_utf8(output.stdout)? })
    }
}

/// The first run warms caches and does not count.
fn row(what: &str, runs: &[Run], aim: &str) -> String {
    let wall = median(runs.iter().skip(1).map(|run| run.wall.as_secs_f64()).collect());
    let peak = median(runs.iter().skip(1).map(|run| run.peak_mib).collect());
    format!("| {what} | {wall:.3} s | {peak:.0} MiB | {aim} |\n")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
