//! A live cluster from the command line: the runtime, progress on long work, and asking again.

use std::future::Future;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use podwhy_flow::UserError;
use podwhy_flow::ask::collect::Collected;
use podwhy_flow::ask::diagnose::{Diagnosed, ask};
use podwhy_flow::ask::intake::Request;
use podwhy_flow::ask::within::Within;
use podwhy_flow::ports::{ClusterError, ClusterRead};
use podwhy_knowledge::{GapReason, World};

use super::args::ClusterArgs;
use crate::clusters::connect;
use crate::config::Settings;

/// A person wonders after this long.
const PROGRESS_AFTER: Duration = Duration::from_millis(700);

/// How often `--watch` asks again.
const WATCH_EVERY: Duration = Duration::from_secs(3);

/// The answer to `why`.
pub fn why(settings: &Settings, args: &ClusterArgs, request: &Request) -> anyhow::Result<Diagnosed> {
    run(async {
        let cluster = connect(settings, &args.flags(), request.target.cluster.as_deref()).await?;
        Ok(in_time(settings, cluster.name(), ask(&cluster, request, &Within::ALL)).await?)
    })
}

/// What `why` would read.
pub fn collect(settings: &Settings, args: &ClusterArgs, request: &Request) -> anyhow::Result<Collected> {
    run(async {
        let cluster = connect(settings, &args.flags(), request.target.cluster.as_deref()).await?;
        // a target that names nothing is told before anything is written
        let mut collected =
            in_time(settings, cluster.name(), async { Ok(cluster.subject(&request.target).await?) }).await?;
        let namespace = cluster.default_namespace().to_string();
        let world = Arc::new(collected.clone().into_world());
        podwhy_knowledge::resolve::resolve(&world, &request.target, Some(&namespace))
            .map_err(UserError::from)?;
        collected.cluster = cluster.name().to_string();
        Ok(collected)
    })
}

/// Everything that fails.
pub fn failing(
    settings: &Settings,
    args: &ClusterArgs,
    namespace: Option<&str>,
) -> anyhow::Result<Arc<World>> {
    run(async {
        let cluster = connect(settings, &args.flags(), None).await?;
        let collected =
            in_time(settings, cluster.name(), async { Ok(cluster.failing(namespace).await?) }).await?;
        let refused = collected.unread.values().filter(|why| **why == GapReason::TimedOut).count();
        if refused > 0 {
            eprintln!("podwhy: warning: {refused} requests were not answered in time; see what was not read");
        }
        Ok(Arc::new(collected.into_world()))
    })
}

/// Asks again and again and shows each new answer, until the process is interrupted.
pub fn watch(mut show: impl FnMut(&mut Vec<u8>) -> anyhow::Result<u8>) -> anyhow::Result<u8> {
    let mut shown = Vec::new();
    loop {
        let mut answer = Vec::new();
        match show(&mut answer) {
            // durations move with every second: they alone are no news
            Ok(_) if without_durations(&answer) != without_durations(&shown) => {
                let mut stdout = io::stdout().lock();
                if !shown.is_empty() {
                    writeln!(stdout, "\n{}\n", "─".repeat(40))?;
                }
                stdout.write_all(&answer)?;
                stdout.flush()?;
                shown = answer;
            }
            Ok(_) => {}
            Err(error) if shown.is_empty() => return Err(error),
            // a cluster that is away for a moment ends no watch
            Err(error) => eprintln!("podwhy: {error:#}"),
        }
        std::thread::sleep(WATCH_EVERY);
    }
}

fn without_durations(answer: &[u8]) -> String {
    let text = String::from_utf8_lossy(answer);
    text.split_whitespace()
        .filter(|word| !word.starts_with(|c: char| c.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// All that one question needs, within the configured time.
pub async fn in_time<T>(
    settings: &Settings,
    cluster: &str,
    work: impl Future<Output = Result<T, UserError>>,
) -> Result<T, UserError> {
    let total = settings.timeouts.total;
    match tokio::time::timeout(total, with_progress(cluster, work)).await {
        Ok(done) => done,
        Err(_) => {
            let why = format!("the question was not answered within {total:?}");
            Err(UserError::Unreadable(ClusterError::Unreachable { cluster: cluster.to_string(), why }))
        }
    }
}

/// Runs to the end on a runtime of its own.
pub fn run<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("starting the runtime")?;
    runtime.block_on(work)
}

/// Tells a waiting person what is being waited for.
async fn with_progress<T>(cluster: &str, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    if !io::stderr().is_terminal() {
        return work.await;
    }
    match tokio::time::timeout(PROGRESS_AFTER, &mut work).await {
        Ok(done) => done,
        Err(_) => {
            let name =
                if cluster.is_empty() { "the cluster".to_string() } else { format!("cluster {cluster}") };
            eprint!("podwhy: reading {name} …");
            let done = work.await;
            eprint!("\r\u{1b}[K");
            done
        }
    }
}
