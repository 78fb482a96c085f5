//! Starts what a process of podwhy runs, and ends it when it is dropped: the whole bot in one call, for tests too.

mod acting;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use podwhy_console::{Console, Ports};
use podwhy_flow::UserError;
use podwhy_flow::ask::desk::Desk;
use podwhy_flow::ports::{DumpRead, Dumped, Past, SimulatedFailure, Simulation};
use podwhy_kubernetes::{Connection, LiveCluster, Metrics, Secrets, Source};
use podwhy_playground::Playground;

use crate::clusters::{self, Flags};
use crate::config::Settings;

/// What is to run.
pub struct Options {
    /// The configuration.
    pub settings: Settings,
    /// The console.
    pub console: Option<ConsoleOptions>,
    /// Slack and Discord.
    #[cfg(feature = "chat")]
    pub serve: Option<ServeOptions>,
}

impl Options {
    /// The console alone.
    pub fn console(settings: Settings, console: ConsoleOptions) -> Options {
        Options {
            settings,
            console: Some(console),
            #[cfg(feature = "chat")]
            serve: None,
        }
    }

    /// The chats alone.
    #[cfg(feature = "chat")]
    pub fn serve(settings: Settings, serve: ServeOptions) -> Options {
        Options { settings, console: None, serve: Some(serve) }
    }
}

/// How the chats run.
#[cfg(feature = "chat")]
#[derive(Clone, Debug, Default)]
pub struct ServeOptions {
    /// On a simulated cluster instead of a real one.
    pub playground: bool,
    /// Which cluster, by flags.
    pub flags: Flags,
    /// The rest.
    pub chats: crate::chats::ChatOptions,
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

/// A simulated cluster, and the folder its kubeconfig is in.
type Simulated = (Arc<Playground>, tempfile::TempDir);

/// What runs; it ends when this is dropped.
pub struct Running {
    console: Option<Console>,
    _acting: Option<acting::Running>,
    #[cfg(feature = "chat")]
    chats: Option<crate::chats::Chats>,
    playground: Option<Simulated>,
}

impl Running {
    /// The console's link, which works once.
    pub fn url(&self) -> Option<&str> {
        self.console.as_ref().map(Console::url)
    }

    /// The kubeconfig of the simulated cluster, where there is one.
    pub fn kubeconfig(&self) -> Option<PathBuf> {
        self.playground.as_ref().map(|(_, folder)| kubeconfig_in(folder.path()))
    }

    /// Mends a simulated failure or breaks it again; `false` when there is none of this cause.
    pub fn simulate(&self, cause: &str, failing: bool) -> bool {
        self.playground.as_ref().is_some_and(|(playground, _)| playground.set(cause, failing))
    }

    /// Where health and metrics of the chats are answered.
    #[cfg(feature = "chat")]
    pub fn address(&self) -> Option<std::net::SocketAddr> {
        self.chats.as_ref().map(crate::chats::Chats::address)
    }

    /// Where alerts alone are taken, over TLS.
    #[cfg(feature = "chat")]
    pub fn alerts_address(&self) -> Option<std::net::SocketAddr> {
        self.chats.as_ref()?.alerts_address()
    }

    /// Takes nothing in any more, and ends once what was asked is answered, or after `patience`.
    #[cfg(feature = "chat")]
    pub async fn stop(self, patience: std::time::Duration) {
        if let Some(chats) = self.chats {
            chats.stop(patience).await;
        }
    }
}

/// Starts it.
///
/// # Errors
/// A [`UserError`] when the configuration or the flags are wrong; anything else is the machine's: a port that is taken, no
/// room for a file.
pub async fn start(options: Options) -> anyhow::Result<Running> {
    let Options { settings, console, .. } = &options;
    let mut playground = None;
    #[cfg(feature = "chat")]
    let chats = match &options.serve {
        Some(serve) => Some(start_chats(settings, serve.clone(), &mut playground).await?),
        None => None,
    };
    #[cfg(feature = "chat")]
    let past = chats.as_ref().and_then(crate::chats::Chats::past);
    #[cfg(not(feature = "chat"))]
    let past = None;
    // where there is a chat, its people are known: another engine beside it would not know its approvals
    #[cfg(feature = "chat")]
    let may_act = chats.is_none();
    #[cfg(not(feature = "chat"))]
    let may_act = true;
    let mut acting = None;
    let console = match console {
        Some(console) => {
            let beside = Beside { past, may_act };
            Some(start_console(settings, console.clone(), beside, &mut playground, &mut acting).await?)
        }
        None => None,
    };
    Ok(Running {
        console,
        _acting: acting,
        #[cfg(feature = "chat")]
        chats,
        playground,
    })
}

#[cfg(feature = "chat")]
async fn start_chats(
    settings: &Settings,
    serve: ServeOptions,
    playground: &mut Option<Simulated>,
) -> anyhow::Result<crate::chats::Chats> {
    crate::chats::Chats::any(settings)?;
    let metrics = Metrics::default();
    let clusters = if serve.playground {
        let simulated = simulated(playground).await?;
        clusters_of(settings, simulated, &metrics).await?
    } else {
        clusters::all(settings, &serve.flags, &metrics).await?
    };
    let chats = crate::chats::ChatOptions { is_playground: serve.playground, ..serve.chats };
    crate::chats::Chats::start(settings, clusters, &metrics, chats).await
}

/// What else runs in this process, as far as the console has to know.
struct Beside {
    past: Option<Arc<dyn Past>>,
    /// Whether the console may have buttons of its own.
    may_act: bool,
}

async fn start_console(
    settings: &Settings,
    console: ConsoleOptions,
    beside: Beside,
    playground: &mut Option<Simulated>,
    acting: &mut Option<acting::Running>,
) -> anyhow::Result<Console> {
    let asked = console.flags != Flags::default() || !settings.clusters.is_empty();
    let metrics = Metrics::default();
    let clusters = if console.playground || !(asked || podwhy_kubernetes::is_configured()) {
        let simulated = simulated(playground).await?;
        clusters_of(settings, simulated, &metrics).await?
    } else {
        clusters::all(settings, &console.flags, &metrics).await?
    };
    let of_playground = playground.as_ref().map(|(p, folder)| (p.names(), kubeconfig_in(folder.path())));
    let options = podwhy_console::Options {
        port: console.port,
        lang: settings.lang,
        patience: settings.timeouts.total,
        kubeconfig: of_playground.as_ref().map(|(_, file)| file.clone()),
        kubectl: reach(settings, of_playground),
    };
    let simulation =
        playground.as_ref().map(|(p, _)| Arc::new(Scenarios(Arc::clone(p))) as Arc<dyn Simulation>);
    let clusters: Vec<Arc<LiveCluster>> = clusters.into_iter().map(Arc::new).collect();
    if simulation.is_some() && beside.may_act {
        *acting = Some(acting::start(settings, &clusters)?);
    }
    let desk = Desk::new(clusters);
    let desk = match beside.past {
        Some(past) => desk.remembering(past),
        None => desk,
    };
    let ports = Ports {
        desk,
        dumps: Arc::new(Files),
        simulation,
        bench: acting.as_ref().map(acting::Running::bench),
        on_new_link: console.on_new_link.unwrap_or_else(|| Arc::new(|_| {})),
    };
    let port = options.port;
    let taken = |error| {
        UserError::Input(format!(
            "the console cannot listen on 127.0.0.1:{port}: {error}; name another --port"
        ))
    };
    Ok(Console::start(options, ports).await.map_err(taken)?)
}

/// The playground, started when it is first needed.
async fn simulated(playground: &mut Option<Simulated>) -> anyhow::Result<&Simulated> {
    match playground {
        Some(running) => Ok(running),
        none => Ok(none.insert(simulate().await?)),
    }
}

async fn simulate() -> anyhow::Result<Simulated> {
    let playground =
        Playground::start(podwhy_playground::Options::default()).await.context("starting the playground")?;
    let folder =
        tempfile::Builder::new().prefix("podwhy-").tempdir().context("a folder for the kubeconfig")?;
    let file = kubeconfig_in(folder.path());
    std::fs::write(&file, format!("{:#}\n", playground.kubeconfig())).context("writing the kubeconfig")?;
    Ok((Arc::new(playground), folder))
}

/// Each of its clusters as any other: over the wire.
async fn clusters_of(
    settings: &Settings,
    (playground, folder): &Simulated,
    metrics: &Metrics,
) -> anyhow::Result<Vec<LiveCluster>> {
    let file = kubeconfig_in(folder.path());
    let mut clusters = Vec::new();
    for name in playground.names() {
        let connection = Connection {
            source: Source::Kubeconfig { file: Some(file.clone()), context: Some(name) },
            // there is nothing secret in a playground, and the nearest name helps
            secrets: Secrets::Names,
            ..clusters::basis(settings)
        };
        clusters.push(LiveCluster::new(&connection, metrics.clone()).await.map_err(UserError::from)?);
    }
    Ok(clusters)
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

struct Scenarios(Arc<Playground>);

impl Simulation for Scenarios {
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
