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
use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::{GapReason, World};
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Source};

use super::args::ClusterArgs;

/// A person wonders after this long.
const PROGRESS_AFTER: Duration = Duration::from_millis(700);

/// How often `--watch` asks again.
const WATCH_EVERY: Duration = Duration::from_secs(3);

/// The answer to `why`.
pub fn why(args: &ClusterArgs, request: &Request) -> anyhow::Result<Diagnosed> {
    run(async {
        let cluster = connect(args, request.target.cluster.as_deref()).await?;
        Ok(with_progress(cluster.name(), ask(&cluster, request)).await?)
    })
}

/// What `why` would read.
pub fn collect(args: &ClusterArgs, request: &Request) -> anyhow::Result<Collected> {
    run(async {
        let cluster = connect(args, request.target.cluster.as_deref()).await?;
        // a target that names nothing is told before anything is written
        let mut collected =
            with_progress(cluster.name(), cluster.subject(&request.target)).await.map_err(UserError::from)?;
        let namespace = cluster.default_namespace().to_string();
        let world = Arc::new(collected.clone().into_world());
        podwhy_knowledge::resolve::resolve(&world, &request.target, Some(&namespace))
            .map_err(UserError::from)?;
        collected.cluster = cluster.name().to_string();
        Ok(collected)
    })
}

/// Everything that fails.
pub fn failing(args: &ClusterArgs, namespace: Option<&str>) -> anyhow::Result<Arc<World>> {
    run(async {
        let cluster = connect(args, None).await?;
        let collected =
            with_progress(cluster.name(), cluster.failing(namespace)).await.map_err(UserError::from)?;
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

/// The cluster of the flags; `named` is the one before the target's `:`, a context.
pub async fn connect(args: &ClusterArgs, named: Option<&str>) -> Result<LiveCluster, UserError> {
    let context = match (named, &args.context) {
        (Some(named), Some(flag)) if named != flag => {
            let message =
                format!("the target names cluster {named:?} but --context says {flag:?}; give one of them");
            return Err(UserError::Input(message));
        }
        (Some(named), _) => Some(named.to_string()),
        (None, flag) => flag.clone(),
    };
    let source = if context.is_some() || args.kubeconfig.is_some() {
        Source::Kubeconfig { file: args.kubeconfig.clone(), context }
    } else {
        Source::Default
    };
    let connection = Connection { source, ..Connection::default() };
    Ok(LiveCluster::new(&connection, Metrics::default()).await?)
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
