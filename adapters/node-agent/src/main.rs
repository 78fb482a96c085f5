//! The agent's binary.

use anyhow::Context;
use clap::Parser;
use podwhy_node_agent::cluster::Cluster;
use podwhy_node_agent::numbers::Numbers;
use podwhy_node_agent::run::Agent;
use podwhy_node_agent::settings::Settings;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

// one thread: an agent waits most of the time, and every node has one
#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let settings = Settings::parse();
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,kube_client=warn"));
    tracing_subscriber::fmt().with_env_filter(filter).json().init();
    // two crates may each bring a provider; rustls then cannot choose. A second call is refused, which is fine.
    let _installed = rustls::crypto::ring::default_provider().install_default();
    let mut config = kube::Config::infer()
        .await
        .context("no API server is known: run it as a pod, or with a kubeconfig")?;
    // every request has its own; a watch is idle for minutes
    config.read_timeout = None;
    config.default_retry = false;
    let client = kube::Client::try_from(config).context("the client of the API server")?;
    let numbers = Numbers::default();
    let cluster = Cluster::new(client, &settings.node, &settings.namespace, numbers.clone());
    let agent = Agent::new(&settings, cluster, numbers).await?;
    let mut ends = signal(SignalKind::terminate())?;
    tokio::select! {
        () = agent.run() => {}
        _ = ends.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
