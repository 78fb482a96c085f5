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
use podwhy_flow::ports::{ClusterError, ClusterRead};
use podwhy_knowledge::{GapReason, World};
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Secrets, Source, Timeouts};

use super::args::ClusterArgs;
use crate::config::{self, Settings};

/// A person wonders after this long.
const PROGRESS_AFTER: Duration = Duration::from_millis(700);

/// How often `--watch` asks again.
const WATCH_EVERY: Duration = Duration::from_secs(3);

/// The answer to `why`.
pub fn why(settings: &Settings, args: &ClusterArgs, request: &Request) -> anyhow::Result<Diagnosed> {
    run(async {
        let cluster = connect(settings, args, request.target.cluster.as_deref()).await?;
        Ok(in_time(settings, cluster.name(), ask(&cluster, request)).await?)
    })
}

/// What `why` would read.
pub fn collect(settings: &Settings, args: &ClusterArgs, request: &Request) -> anyhow::Result<Collected> {
    run(async {
        let cluster = connect(settings, args, request.target.cluster.as_deref()).await?;
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
        let cluster = connect(settings, args, None).await?;
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

/// The cluster of the flags, else of the configuration, else of the kubeconfig; `named` is what stands before the
/// target's `:`.
pub async fn connect(
    settings: &Settings,
    args: &ClusterArgs,
    named: Option<&str>,
) -> Result<LiveCluster, UserError> {
    let timeouts = Timeouts { request: settings.timeouts.request, ..Timeouts::default() };
    let secrets = match settings.secrets {
        config::Secrets::None => Secrets::None,
        config::Secrets::Names => Secrets::Names,
        config::Secrets::Keys => Secrets::Keys,
    };
    let connection = Connection { secrets, timeouts, ..Connection::default() };
    let by_flag = args.kubeconfig.is_some() || args.context.is_some();
    let connection = match configured(settings, named)?.filter(|_| !by_flag) {
        Some(cluster) => Connection {
            name: cluster.name.clone(),
            source: if cluster.in_cluster {
                Source::InCluster
            } else {
                Source::Kubeconfig { file: cluster.kubeconfig.clone(), context: cluster.context.clone() }
            },
            namespace: cluster.namespace.clone(),
            namespaces: cluster.namespaces.clone().unwrap_or_default(),
            ..connection
        },
        None => Connection { source: of_flags(args, named)?, ..connection },
    };
    Ok(LiveCluster::new(&connection, Metrics::default()).await?)
}

/// The configuration's cluster that is meant; `None` when it has none.
fn configured<'s>(
    settings: &'s Settings,
    named: Option<&str>,
) -> Result<Option<&'s config::Cluster>, UserError> {
    let clusters = &settings.clusters;
    if clusters.is_empty() {
        return Ok(None);
    }
    let names = || clusters.iter().map(|cluster| cluster.name.as_str());
    let Some(wanted) = named.or(settings.default_cluster.as_deref()) else {
        return match clusters.as_slice() {
            [only] => Ok(Some(only)),
            _ => {
                let known = names().collect::<Vec<_>>().join(", ");
                Err(UserError::Input(format!(
                    "which cluster? write CLUSTER:TARGET, or set default_cluster; known are {known}"
                )))
            }
        };
    };
    if let Some(found) = clusters.iter().find(|cluster| cluster.name == wanted) {
        return Ok(Some(found));
    }
    let nearest = podwhy_knowledge::config::nearest(wanted, names());
    let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
    Err(UserError::Input(format!("the configuration has no cluster {wanted:?}{hint}")))
}

fn of_flags(args: &ClusterArgs, named: Option<&str>) -> Result<Source, UserError> {
    let context = match (named, &args.context) {
        (Some(named), Some(flag)) if named != flag => {
            let message =
                format!("the target names cluster {named:?} but --context says {flag:?}; give one of them");
            return Err(UserError::Input(message));
        }
        (Some(named), _) => Some(named.to_string()),
        (None, flag) => flag.clone(),
    };
    if context.is_none() && args.kubeconfig.is_none() {
        return Ok(Source::Default);
    }
    Ok(Source::Kubeconfig { file: args.kubeconfig.clone(), context })
}

/// All that one question needs, within the configured time.
async fn in_time<T>(
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
