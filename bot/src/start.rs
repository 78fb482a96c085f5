//! Starts what a process of podwhy runs, and ends it when it is dropped: the whole bot in one call, for tests too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use podwhy_console::{Console, Ports};
use podwhy_flow::UserError;
use podwhy_flow::ask::desk::Desk;
use podwhy_flow::ports::{DumpRead, Dumped, SimulatedFailure, Simulation};
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Secrets, Source};
use podwhy_playground::Playground;

use crate::clusters::{self, Flags};
use crate::config::Settings;

/// What is to run.
pub struct Options {
    /// The configuration.
    pub settings: Settings,
    /// The console.
    pub console: ConsoleOptions,
}

/// Called with a new link to the console when the last was used up.
pub type OnNewLink = Arc<dyn Fn(&str) + Send + Sync>;

/// How the console runs.
#[derive(Clone, Default)]
pub struct ConsoleOptions {
    /// The port on loopback; 0 for any.
    pub port: u16,
    /// On a simulated cluster, also where there is a real one.
    pub playground: bool,
    /// Which cluster, by flags.
    pub flags: Flags,
    /// Told when a further link is needed; nobody where there is no terminal.
    pub on_new_link: Option<OnNewLink>,
}

/// What runs; it ends when this is dropped.
pub struct Running {
    console: Console,
    playground: Option<(Arc<Playground>, tempfile::TempDir)>,
}

impl Running {
    /// The console's link, which works once.
    pub fn url(&self) -> &str {
        self.console.url()
    }

    /// The kubeconfig of the simulated cluster, where there is one.
    pub fn kubeconfig(&self) -> Option<PathBuf> {
        self.playground.as_ref().map(|(_, folder)| kubeconfig_in(folder.path()))
    }
}

/// Starts it.
///
/// # Errors
/// A [`UserError`] when the configuration or the flags are wrong; anything else is the machine's: a port that is taken, no
/// room for a file.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let Options { settings, console } = options;
    let asked = console.flags != Flags::default() || !settings.clusters.is_empty();
    let simulated = console.playground || !(asked || podwhy_kubernetes::is_configured());
    let (clusters, playground) = if simulated {
        let (clusters, playground, folder) = simulate(&settings).await?;
        (clusters, Some((playground, folder)))
    } else {
        (clusters::all(&settings, &console.flags).await?, None)
    };
    let options = podwhy_console::Options {
        port: console.port,
        lang: settings.lang,
        patience: settings.timeouts.total,
        kubectl: reach(
            &settings,
            playground.as_ref().map(|(p, folder)| (p.names(), kubeconfig_in(folder.path()))),
        ),
        kubeconfig: playground.as_ref().map(|(_, folder)| kubeconfig_in(folder.path())),
    };
    let simulation =
        playground.as_ref().map(|(p, _)| Arc::new(Simulated(Arc::clone(p))) as Arc<dyn Simulation>);
    let ports = Ports {
        desk: Desk::new(clusters),
        dumps: Arc::new(Files),
        simulation,
        on_new_link: console.on_new_link.unwrap_or_else(|| Arc::new(|_| {})),
    };
    let port = options.port;
    let console = Console::start(options, ports).await.map_err(|error| {
        UserError::Input(format!(
            "the console cannot listen on 127.0.0.1:{port}: {error}; name another --port"
        ))
    })?;
    Ok(Running { console, playground })
}

/// A playground, and each of its clusters as any other: over the wire.
async fn simulate(
    settings: &Settings,
) -> anyhow::Result<(Vec<LiveCluster>, Arc<Playground>, tempfile::TempDir)> {
    let playground =
        Playground::start(podwhy_playground::Options::default()).await.context("starting the playground")?;
    let folder =
        tempfile::Builder::new().prefix("podwhy-").tempdir().context("a folder for the kubeconfig")?;
    let file = kubeconfig_in(folder.path());
    std::fs::write(&file, format!("{:#}\n", playground.kubeconfig())).context("writing the kubeconfig")?;
    let mut clusters = Vec::new();
    for name in playground.names() {
        let connection = Connection {
            source: Source::Kubeconfig { file: Some(file.clone()), context: Some(name) },
            // there is nothing secret in a playground, and the nearest name helps
            secrets: Secrets::Names,
            ..clusters::basis(settings)
        };
        clusters.push(LiveCluster::new(&connection, Metrics::default()).await.map_err(UserError::from)?);
    }
    Ok((clusters, Arc::new(playground), folder))
}

/// The flags with which `kubectl` reaches each cluster, where it would not reach it without.
fn reach(settings: &Settings, simulated: Option<(Vec<String>, PathBuf)>) -> BTreeMap<String, String> {
    if let Some((names, file)) = simulated {
        let file = file.display().to_string();
        return names
            .into_iter()
            .map(|name| (name.clone(), format!("--kubeconfig {file} --context {name}")))
            .collect();
    }
    let flags = |cluster: &crate::config::Cluster| {
        let file = cluster
            .kubeconfig
            .as_ref()
            .map(|file| format!("--kubeconfig {}", quoted(&file.display().to_string())));
        let context = cluster.context.as_ref().map(|context| format!("--context {}", quoted(context)));
        let flags: Vec<String> = file.into_iter().chain(context).collect();
        (!flags.is_empty()).then(|| (cluster.name.clone(), flags.join(" ")))
    };
    settings.clusters.iter().filter_map(flags).collect()
}

/// As one word of a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@%+=,".contains(c);
    if word.chars().all(plain) { word.to_string() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

fn kubeconfig_in(folder: &Path) -> PathBuf {
    folder.join("kubeconfig")
}

struct Files;

impl DumpRead for Files {
    fn read(&self, folder: &Path) -> Result<Dumped, UserError> {
        let dump = podwhy_files::read(folder, &podwhy_files::Options::default())?;
        Ok(Dumped { world: dump.world, warnings: dump.warnings })
    }
}

struct Simulated(Arc<Playground>);

impl Simulation for Simulated {
    fn failures(&self) -> Vec<SimulatedFailure> {
        let states = self.0.scenarios().into_iter();
        states
            .map(|state| SimulatedFailure {
                cause: state.cause.to_string(),
                cluster: state.cluster,
                target: state.target,
                failing: state.failing,
                changes: state.changes,
            })
            .collect()
    }

    fn set(&self, cause: &str, failing: bool) -> bool {
        self.0.set(cause, failing)
    }
}
