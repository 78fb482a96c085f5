//! `podwhy mcp`: answers an assistant on standard input and output, until the input ends. Nothing else is written there.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use podwhy_flow::UserError;
use podwhy_knowledge::redact::redact;
use podwhy_kubernetes::LiveCluster;
use podwhy_mcp::{Clusters, Options, Source};

use super::{EXIT_WELL, args, live, read};
use crate::clusters::{Flags, connect};
use crate::config::Settings;

/// Runs the server.
pub fn run(settings: Settings, source: &args::Source) -> anyhow::Result<u8> {
    let options = Options {
        lang: settings.lang,
        patience: settings.timeouts.total,
        on_fault: Arc::new(|fault: &str| eprintln!("podwhy: {fault}")),
    };
    let asked = match &source.from {
        Some(path) => Source::Dump(read(path, source)?),
        None => Source::Live(Configured { settings, flags: source.cluster.flags() }),
    };
    // an assistant's logs go who knows where
    std::panic::set_hook(Box::new(|panic| eprintln!("podwhy: {}", redact(&panic.to_string()))));
    if io::stdin().is_terminal() {
        eprintln!("podwhy: an assistant starts this and speaks MCP with it, see deploy/mcp; Ctrl-D ends it");
    }
    live::run(async {
        let served = podwhy_mcp::serve_stdio(options, asked).await;
        served.map_err(|error| UserError::Input(error.to_string()))?;
        Ok(EXIT_WELL)
    })
}

/// The clusters that `podwhy why` would ask.
struct Configured {
    settings: Settings,
    flags: Flags,
}

impl Clusters for Configured {
    type Cluster = LiveCluster;

    async fn cluster(&self, named: Option<&str>) -> Result<LiveCluster, UserError> {
        connect(&self.settings, &self.flags, named).await
    }
}
