//! From configuration to a client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{ClientBuilder, ConfigExt};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use podwhy_api::seal::Key;
use podwhy_flow::ports::ClusterError;
use tower::{BoxError, ServiceBuilder};

use crate::metrics::Metrics;
use crate::names::{Names, Watching};
use crate::permissions::Rights;
use crate::request::Requests;
use crate::server::{Known, Seen};

/// Where the cluster is described.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The service account of the pod podwhy runs in, else the kubeconfig's current context.
    #[default]
    Default,
    /// A kubeconfig: the file (else `KUBECONFIG`, else `~/.kube/config`) and the context (else the current one).
    Kubeconfig {
        /// The file.
        file: Option<PathBuf>,
        /// The context.
        context: Option<String>,
    },
    /// The service account of the pod podwhy runs in.
    InCluster,
}

/// How much of Secrets is read. RBAC cannot limit a right on Secrets to their names: an identity with one could read
/// values, although podwhy decodes none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Nothing, and no right is needed.
    #[default]
    None,
    /// Which exist, from the server's Table without objects.
    Names,
    /// Their keys as well, from their managed fields.
    Keys,
}

/// How long is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// For one request, its retry not included.
    pub request: Duration,
    /// For a connection.
    pub connect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts { request: Duration::from_secs(10), connect: Duration::from_secs(5) }
    }
}

/// What is needed to reach a cluster.
#[derive(Clone, Debug, Default)]
pub struct Connection {
    /// The name answers give it; empty for the context's.
    pub name: String,
    /// Where it is described.
    pub source: Source,
    /// The namespace for targets that name none; `None` for the context's.
    pub namespace: Option<String>,
    /// The namespaces the identity has rights in; empty for all.
    pub namespaces: Vec<String>,
    /// How much of Secrets is read.
    pub secrets: Secrets,
    /// How long is waited.
    pub timeouts: Timeouts,
    /// Its node agents, if it has any.
    pub agents: Agents,
}

/// Where a cluster's node agents are, and what orders to them are signed with.
#[derive(Clone, Debug)]
pub struct Agents {
    /// The namespace they run in.
    pub namespace: String,
    /// Whether there are any, as far as is configured: then their heartbeats count.
    pub are_there: bool,
    /// Whether reports are asked for: not of a cluster that is configured, and said to have no agents.
    pub may_be_there: bool,
    /// podwhy's key; without one nothing is ordered.
    pub key: Option<Arc<Key>>,
}

impl Agents {
    /// Of a cluster that is said to have none.
    pub fn none() -> Agents {
        Agents { may_be_there: false, ..Agents::default() }
    }
}

impl Default for Agents {
    fn default() -> Self {
        Agents { namespace: "podwhy".to_string(), are_there: false, may_be_there: true, key: None }
    }
}

/// Why no client could be made of a [`Connection`].
pub type ConnectError = ClusterError;

/// A cluster with a client. No request is made before the first question.
#[derive(Clone, Debug)]
pub struct LiveCluster {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) namespaces: Vec<String>,
    pub(crate) secrets: Secrets,
    pub(crate) requests: Requests,
    pub(crate) names: Names,
    pub(crate) rights: Rights,
    pub(crate) agents: Agents,
    pub(crate) known: Known,
    /// Whether the policies of tickets were seen.
    pub(crate) guarded: Seen,
}

impl LiveCluster {
    /// How many requests were made, of the answers' kind; watches are not counted.
    pub fn requests_made(&self) -> u64 {
        self.requests.metrics.requests()
    }

    /// The same cluster, with this key for tickets to its node agents.
    pub fn signing(&self, key: Arc<Key>) -> LiveCluster {
        let agents = Agents { key: Some(key), ..self.agents.clone() };
        LiveCluster { agents, ..self.clone() }
    }

    /// Keeps the names of pods and namespaces current, for completion and for names without a namespace, until the answer is
    /// dropped. Until the first list is in, and wherever it may not be watched, names are asked for when they are needed.
    pub fn watch_names(&self) -> Watching {
        self.names.watch()
    }

    /// Reads the configuration and makes the client.
    ///
    /// # Errors
    /// [`ClusterError::NotConfigured`] when the configuration is missing or wrong. An unreachable server is found by the
    /// first question.
    pub async fn new(connection: &Connection, metrics: Metrics) -> Result<LiveCluster, ConnectError> {
        let (context, mut config) = config_of(connection).await?;
        config.connect_timeout = Some(connection.timeouts.connect);
        // every request has its own; a watch is idle for minutes
        config.read_timeout = None;
        // its default repeats any request fifteen times over minutes
        config.default_retry = false;
        // two crates may each bring a provider; rustls then cannot choose. A second call is refused, which is fine.
        let _installed = rustls::crypto::ring::default_provider().install_default();
        let namespace = connection.namespace.clone().unwrap_or_else(|| config.default_namespace.clone());
        let name = if connection.name.is_empty() { context } else { connection.name.clone() };
        let client =
            client_of(config, connection.timeouts.connect).map_err(|error| not_configured(&error))?;
        Ok(LiveCluster {
            names: Names::new(client.clone(), connection.namespaces.clone(), name.clone()),
            rights: Rights::default(),
            requests: Requests::new(client, name.clone(), connection.timeouts.request, metrics),
            name,
            namespace,
            namespaces: connection.namespaces.clone(),
            secrets: connection.secrets,
            agents: connection.agents.clone(),
            known: Known::default(),
            guarded: Seen::default(),
        })
    }
}

/// As `Client::try_from` makes it, but with `TCP_NODELAY`: without it every second small request of a connection waits 40 ms
/// for an acknowledgement the server delays (RFC 1122 4.2.3.2 meets Nagle). Through a proxy the crate's own is used.
fn client_of(config: Config, connect: Duration) -> Result<Client, kube::Error> {
    if config.proxy_url.is_some() {
        return Client::try_from(config);
    }
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(connect));
    connector.set_keepalive(Some(Duration::from_secs(60)));
    let connector = config.rustls_https_connector_with_connector(connector)?;
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(client);
    Ok(ClientBuilder::new(service, config.default_namespace).build())
}

async fn config_of(connection: &Connection) -> Result<(String, Config), ConnectError> {
    match &connection.source {
        Source::InCluster => in_cluster(),
        Source::Default => match in_cluster() {
            Ok(found) => Ok(found),
            Err(_) => from_kubeconfig(None, None).await,
        },
        Source::Kubeconfig { file, context } => from_kubeconfig(file.as_ref(), context.as_ref()).await,
    }
}

/// `Config::infer` would obey environment variables that impersonate or redirect; these two are asked by name.
fn in_cluster() -> Result<(String, Config), ConnectError> {
    let config = Config::incluster().map_err(|error| not_configured(&error))?;
    Ok((String::new(), config))
}

async fn from_kubeconfig(
    file: Option<&PathBuf>,
    context: Option<&String>,
) -> Result<(String, Config), ConnectError> {
    let kubeconfig = read_kubeconfig(file)?;
    let chosen = context.cloned().or_else(|| kubeconfig.current_context.clone()).unwrap_or_default();
    if !kubeconfig.contexts.iter().any(|known| known.name == chosen) {
        let known: Vec<&str> = kubeconfig.contexts.iter().map(|c| c.name.as_str()).collect();
        let nearest = podwhy_knowledge::config::nearest(&chosen, known.iter().copied());
        let hint = nearest.map(|n| format!("; did you mean {n}?")).unwrap_or_default();
        let message = if chosen.is_empty() {
            "the kubeconfig has no current context; name one with --context".to_string()
        } else {
            format!("the kubeconfig has no context {chosen:?}{hint}")
        };
        return Err(ClusterError::NotConfigured(message));
    }
    let options = KubeConfigOptions { context: Some(chosen.clone()), ..KubeConfigOptions::default() };
    let config =
        Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| not_configured(&error))?;
    Ok((chosen, config))
}

fn read_kubeconfig(file: Option<&PathBuf>) -> Result<Kubeconfig, ConnectError> {
    let read = match file {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    read.map_err(|error| match file {
        Some(path) => {
            ClusterError::NotConfigured(format!("kubeconfig {}: {}", path.display(), chain(&error)))
        }
        None => ClusterError::NotConfigured(format!(
            "{}; name a dump with --from PATH, or a kubeconfig with --kubeconfig FILE",
            chain(&error)
        )),
    })
}

/// Whether there is a cluster to ask without being told one: a kubeconfig where `kubectl` looks for it, or a pod's own
/// service account. It may still be wrong, which is then worth an error.
pub fn is_configured() -> bool {
    let in_cluster = std::env::var_os("KUBERNETES_SERVICE_HOST").is_some();
    let named = std::env::var_os("KUBECONFIG").filter(|paths| !paths.is_empty());
    let files: Vec<PathBuf> = match named {
        Some(paths) => std::env::split_paths(&paths).collect(),
        None => std::env::home_dir().map(|home| home.join(".kube/config")).into_iter().collect(),
    };
    in_cluster || files.iter().any(|file| file.is_file())
}

/// The contexts of a kubeconfig, for completion.
///
/// # Errors
/// [`ClusterError::NotConfigured`] when there is none or it cannot be read.
pub fn contexts(file: Option<&PathBuf>) -> Result<Vec<String>, ConnectError> {
    Ok(read_kubeconfig(file)?.contexts.into_iter().map(|context| context.name).collect())
}

fn not_configured(error: &(dyn std::error::Error + 'static)) -> ConnectError {
    ClusterError::NotConfigured(chain(error))
}

/// An error with what led to it: the outermost alone ("failed to read kubeconfig") tells nobody what to mend.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(next) = inner {
        let words = next.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        inner = next.source();
    }
    podwhy_knowledge::redact::redact(&text)
}
