//! The listener and what its handlers share.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};
use podwhy_flow::ask::desk::Desk;
use podwhy_flow::ports::{ClusterRead, DumpRead, Simulation, Workbench};
use podwhy_knowledge::Lang;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::dump::{self, Dumps};
use crate::failing::{self, Known};
use crate::guard::{self, Guard};
use crate::{acting, asked, assets, complete, simulate};

/// How a console is started.
#[derive(Clone, Debug)]
pub struct Options {
    /// The port on loopback; 0 for any.
    pub port: u16,
    /// The language the page opens in.
    pub lang: Lang,
    /// All that one question may take.
    pub patience: Duration,
    /// By cluster, the flags with which `kubectl` reaches it: set where a bare `kubectl` would ask another one.
    pub kubectl: BTreeMap<String, String>,
    /// The file with which `kubectl` reaches the playground, to be shown.
    pub kubeconfig: Option<PathBuf>,
}

/// What the console asks of others.
pub struct Ports<C> {
    /// The clusters.
    pub desk: Desk<C>,
    /// Files that are dropped on it.
    pub dumps: Arc<dyn DumpRead>,
    /// The playground, where there is one.
    pub simulation: Option<Arc<dyn Simulation>>,
    /// What can be done by buttons; none over a real cluster.
    pub bench: Option<Arc<dyn Workbench>>,
    /// Told when a link was used up and a new one is needed: the person at the terminal may have it, nobody else.
    pub on_new_link: Arc<dyn Fn(&str) + Send + Sync>,
}

/// A running console; it ends when this is dropped.
#[derive(Debug)]
pub struct Console {
    url: String,
    address: SocketAddr,
    task: JoinHandle<()>,
}

/// What the handlers share.
pub(crate) struct App<C> {
    pub(crate) options: Options,
    pub(crate) desk: Desk<C>,
    pub(crate) dumps: Dumps,
    pub(crate) reader: Arc<dyn DumpRead>,
    pub(crate) simulation: Option<Arc<dyn Simulation>>,
    pub(crate) bench: Option<Arc<dyn Workbench>>,
    pub(crate) known: Known,
}

impl Console {
    /// Starts listening on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken, or the system has no randomness for a token.
    pub async fn start<C: ClusterRead + 'static>(
        options: Options,
        ports: Ports<C>,
    ) -> std::io::Result<Console> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let address = listener.local_addr()?;
        let guard = Arc::new(Guard::new(address, ports.on_new_link)?);
        let url = guard.link();
        let app = Arc::new(App {
            options,
            desk: ports.desk,
            dumps: Dumps::default(),
            reader: ports.dumps,
            simulation: ports.simulation,
            bench: ports.bench,
            known: Known::default(),
        });
        let router = Router::new()
            .route("/api/state", get(asked::state::<C>))
            .route("/api/ask", post(asked::ask::<C>))
            .route("/api/failing", get(failing::failing::<C>))
            .route("/api/complete", get(complete::complete::<C>))
            .route(
                "/api/dump",
                post(dump::take::<C>).layer(DefaultBodyLimit::max(dump::MAX_BYTES + 1024 * 1024)),
            )
            .route("/api/playground", get(simulate::list::<C>).post(simulate::set::<C>))
            .route("/api/actions", get(acting::list::<C>).post(acting::press::<C>))
            .route("/api/actions/offer", post(acting::offer::<C>))
            .fallback(get(assets::serve))
            .with_state(app)
            .layer(middleware::from_fn_with_state(guard, guard::check));
        // a listener on loopback that fails ends with the process
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Console { url, address, task })
    }

    /// The link with the one-time token; whoever opens it first has the session.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.task.abort();
    }
}
