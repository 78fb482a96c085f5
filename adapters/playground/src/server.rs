//! The listener: every simulated cluster behind one port of loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, header};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::{Failure, Store, serve};
use crate::clusters::assemble;
use crate::kubeconfig::kubeconfig;
use crate::life::{Life, ScenarioState};
use crate::rights::defaults;

/// How often the simulated clusters' times follow the clock.
const PASSES_EVERY: Duration = Duration::from_secs(60);

/// How a playground is started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// The port on loopback; 0 for any.
    pub port: u16,
    /// Without the knowledge base's cases: one empty cluster, for tests that fill it.
    pub empty: bool,
}

/// Simulated clusters that run until this is dropped.
#[derive(Debug)]
pub struct Playground {
    clusters: Arc<Clusters>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Clusters {
    address: String,
    lives: Vec<Arc<Life>>,
}

impl Playground {
    /// Starts listening on 127.0.0.1.
    ///
    /// # Errors
    /// When the port is taken, or a case is not written as one.
    pub async fn start(options: Options) -> std::io::Result<Playground> {
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, options.port))).await?;
        let assembled = if options.empty {
            vec![("playground".to_string(), Vec::new())]
        } else {
            assemble().map_err(std::io::Error::other)?
        };
        let roles = defaults().map_err(std::io::Error::other)?;
        let lives =
            assembled.into_iter().map(|(name, scenarios)| Arc::new(Life::new(name, scenarios, &roles)));
        let clusters =
            Arc::new(Clusters { address: listener.local_addr()?.to_string(), lives: lives.collect() });
        let app = Router::new().fallback(serve).with_state(Arc::clone(&clusters));
        // a listener on loopback that fails ends with the process
        let serving = tokio::spawn(async move { drop(axum::serve(listener, app).await) });
        let passing = tokio::spawn(pass(Arc::clone(&clusters)));
        Ok(Playground { clusters, tasks: vec![serving, passing] })
    }

    /// `127.0.0.1:34567`
    pub fn address(&self) -> &str {
        &self.clusters.address
    }

    /// The names of the clusters; the one most cases share comes first.
    pub fn names(&self) -> Vec<String> {
        self.clusters.lives.iter().map(|life| life.name.clone()).collect()
    }

    /// A kubeconfig with a context for each cluster.
    pub fn kubeconfig(&self) -> Value {
        kubeconfig(&self.clusters.address, self.clusters.lives.iter().map(|life| life.name.as_str()))
    }

    /// Every scenario as it is now.
    pub fn scenarios(&self) -> Vec<ScenarioState> {
        self.clusters.lives.iter().flat_map(|life| life.states()).collect()
    }

    /// Mends a scenario, or breaks it again; `false` when none of this cause can be.
    pub fn set(&self, cause: &str, failing: bool) -> bool {
        self.clusters.lives.iter().any(|life| life.set(cause, failing))
    }

    /// The objects of a cluster, to be filled by a test.
    pub fn store(&self, name: &str) -> Option<Arc<Store>> {
        Some(Arc::clone(&self.clusters.get(name)?.store))
    }
}

#[cfg(test)]
impl Playground {
    /// What is answered to a request to the first cluster, without a connection.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Value,
    ) -> axum::response::Response {
        let name = &self.clusters.lives[0].name;
        let mut request = axum::http::Request::builder()
            .method(method)
            .uri(format!("/clusters/{name}{path}"))
            .header(header::HOST, self.address());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        serve(axum::extract::State(Arc::clone(&self.clusters)), request.body(body.into()).unwrap()).await
    }
}

impl Drop for Playground {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn pass(clusters: Arc<Clusters>) {
    let mut timer = tokio::time::interval(PASSES_EVERY);
    timer.tick().await;
    loop {
        timer.tick().await;
        clusters.lives.iter().for_each(|life| life.pass());
    }
}

impl Clusters {
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Life>> {
        self.lives.iter().find(|life| life.name == name)
    }

    /// A web page of somewhere else is no client of this server: not by another name of this address, nor by a request
    /// from its own origin.
    pub(crate) fn check_caller(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        let port = self.address.rsplit(':').next().unwrap_or_default();
        let known = [self.address.clone(), format!("localhost:{port}")];
        if !known.iter().any(|known| known == host) || headers.contains_key(header::ORIGIN) {
            return Err(Failure::forbidden("the playground answers programs on this machine only"));
        }
        Ok(())
    }
}
