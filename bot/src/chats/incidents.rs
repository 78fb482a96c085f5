//! Incidents: from the configuration's routes to threads in the channels.
//!
//! Every replica takes alerts in and obeys buttons; the leader alone watches the clusters and posts.

mod answers;
mod metrics;
mod policy;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use podwhy_flow::UserError;
use podwhy_flow::chat::policy::Policy as Chats;
use podwhy_flow::incident::bounds::Bounds;
use podwhy_flow::incident::dump::Dumps;
use podwhy_flow::incident::ring::{Ring, Room};
use podwhy_flow::incident::told::Teller;
use podwhy_flow::incident::watcher::{self, Watcher};
use podwhy_flow::incident::{Counts, Incidents, Keeper, MemoryLedger, Options, Policy, Scope, Store};
use podwhy_flow::ports::{Alone, Board, Clock, ClusterRead, Lead, Ledger, LedgerError};
use podwhy_kubernetes::{Candidacy, IncidentLedger, LeaseLead, LiveCluster};
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::answers::Whole;
use super::claims::own_namespace;
use crate::config::{self, Settings};

/// The Lease of the lead.
const LEASE: &str = "podwhy-leader";

/// The namespace of incidents in the playground, where podwhy is in none.
const PLAYGROUND: &str = "podwhy";

/// So often it is asked who leads.
const ASKED: Duration = Duration::from_millis(250);

/// What incidents need before the chats are started, since their buttons are part of them.
pub(super) struct Prepared {
    pub(super) incidents: Arc<Incidents<LiveCluster>>,
    store: Arc<Store>,
    policy: Arc<Policy>,
    bounds: Bounds,
    ring: Arc<Ring>,
    clusters: Vec<Arc<LiveCluster>>,
    lead: Arc<dyn Lead>,
    candidacy: Option<Candidacy>,
    clock: Clock,
}

/// Incidents that are watched and told; dropped, they end at once.
#[derive(Debug)]
pub(super) struct Telling {
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
    watching: JoinHandle<()>,
    candidacy: Option<Candidacy>,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.keeper.abort();
        self.watching.abort();
    }
}

impl Telling {
    /// Ends the watch, finishes what is being posted, and gives the lead back.
    pub(super) async fn stop(mut self) {
        self.watching.abort();
        let _heard = self.stop.send(true);
        let _ended = (&mut self.keeper).await;
        if let Some(candidacy) = self.candidacy.take() {
            candidacy.release().await;
        }
    }
}

/// Reads the routes; `None` where there are none: then nothing is told unasked.
///
/// # Errors
/// [`UserError`] when a route names a cluster that is not one of them.
pub(super) async fn prepare(
    settings: &Settings,
    clusters: &[LiveCluster],
    chats: &Chats,
    clock: &Clock,
    is_playground: bool,
) -> Result<Option<Prepared>, UserError> {
    if settings.routes.is_empty() {
        if settings.alertmanager.is_some() {
            warn!("alerts of Alertmanager are told nowhere: the configuration has no routes");
        }
        return Ok(None);
    }
    let names: Vec<&str> = clusters.iter().map(ClusterRead::name).collect();
    let policy = Arc::new(policy::policy(settings, &names)?);
    let areas = policy.routes.iter().flat_map(|route| route.areas.iter().cloned()).collect();
    let bounds = Bounds { areas, no_logs: chats.no_logs.clone(), lang: settings.lang };
    let home = clusters.first().ok_or_else(|| UserError::Input("there is no cluster".to_string()))?;
    let store = store(settings, home, is_playground).await;
    let ring = Arc::new(Ring::new(Room::default()));
    let clusters: Vec<Arc<LiveCluster>> = clusters.iter().cloned().map(Arc::new).collect();
    let teller = Teller::new(clusters.clone(), bounds.clone(), Arc::clone(&ring), clock.clone());
    let chats = Arc::new(chats.clone());
    let dumps = Dumps {
        clusters: clusters.clone(),
        policy: Arc::clone(&policy),
        chats: Arc::clone(&chats),
        write: Arc::new(podwhy_files::OneFile),
        patience: settings.timeouts.total,
    };
    let incidents = Incidents::new(Arc::clone(&store), teller, Arc::clone(&policy), chats, clock.clone());
    let incidents = incidents.with_dumps(Arc::new(dumps));
    let (lead, candidacy) = lead(settings, home)?;
    Ok(Some(Prepared {
        incidents: Arc::new(incidents),
        store,
        policy,
        bounds,
        ring,
        clusters,
        lead,
        candidacy,
        clock: clock.clone(),
    }))
}

/// The ledger, read once. Without the resource, or a namespace for it, incidents are kept in memory.
async fn store(settings: &Settings, home: &LiveCluster, is_playground: bool) -> Arc<Store> {
    let counts = Arc::<Counts>::default();
    let in_memory = |why: &str| {
        warn!(
            why,
            "incidents are kept in memory: after a restart an open one is told again, and one replica only may run"
        );
        Arc::new(Store::new(Arc::new(MemoryLedger::default()), Arc::clone(&counts)))
    };
    let own = settings.incidents.namespace.clone().or_else(|| settings.serve.namespace.clone());
    let own = own.or_else(own_namespace).or_else(|| is_playground.then(|| PLAYGROUND.to_string()));
    let Some(namespace) = own else {
        return in_memory("podwhy runs in no pod; incidents.namespace names a namespace for them");
    };
    let ledger: Arc<dyn Ledger> = Arc::new(IncidentLedger::new(home, &namespace));
    let store = Arc::new(Store::new(ledger, Arc::clone(&counts)));
    match store.load().await {
        Ok(()) => info!(namespace, open = store.incidents().len(), "incidents are kept in the cluster"),
        Err(error @ LedgerError::NotInstalled) => {
            return in_memory(&format!("{error}: kubectl apply -f deploy/crds"));
        }
        // it is there and may answer later; until then alerts are not taken
        Err(error) => warn!(%error, "the incidents could not be read yet"),
    }
    store
}

fn lead(settings: &Settings, home: &LiveCluster) -> Result<(Arc<dyn Lead>, Option<Candidacy>), UserError> {
    if settings.serve.claims == config::Claims::Memory {
        return Ok((Arc::new(Alone), None));
    }
    let namespace = super::claims::namespace(settings)?;
    let identity = std::env::var("HOSTNAME").unwrap_or_else(|_| "podwhy".to_string());
    let (lead, candidacy) = LeaseLead::start(home, &namespace, LEASE, &identity);
    Ok((lead, Some(candidacy)))
}

impl Prepared {
    /// Begins to watch and to tell.
    pub(super) fn start(self, boards: Vec<Arc<dyn Board>>, registry: &mut Registry) -> Telling {
        metrics::register(registry, &self.store, &self.lead);
        let answers =
            Whole::new(self.clusters.clone(), Arc::clone(&self.policy), self.bounds.no_logs.clone());
        let keeper = Keeper::new(
            Arc::clone(&self.store),
            boards,
            Arc::clone(&self.lead),
            Arc::new(answers),
            Arc::clone(&self.policy),
            self.clock.clone(),
            Options::default(),
        );
        let (stop, mut stopped) = watch::channel(false);
        let keeper = tokio::spawn(async move {
            keeper.run(async move { while !*stopped.borrow() && stopped.changed().await.is_ok() {} }).await;
        });
        let candidacy = self.candidacy;
        let watching = Watching {
            incidents: self.incidents,
            policy: self.policy,
            bounds: self.bounds,
            ring: self.ring,
            clusters: self.clusters,
            lead: self.lead,
            clock: self.clock,
        };
        Telling { stop, keeper, watching: tokio::spawn(watching.run()), candidacy }
    }
}

/// The leader's part beside posting.
struct Watching {
    incidents: Arc<Incidents<LiveCluster>>,
    policy: Arc<Policy>,
    bounds: Bounds,
    ring: Arc<Ring>,
    clusters: Vec<Arc<LiveCluster>>,
    lead: Arc<dyn Lead>,
    clock: Clock,
}

impl Watching {
    async fn run(self) {
        loop {
            self.until(true).await;
            info!("this replica watches and posts");
            let watchers = self.clusters.iter().map(|cluster| self.watcher(cluster).run());
            tokio::select! {
                _ = join_all(watchers) => {}
                () = self.incidents.settle() => {}
                () = self.until(false) => warn!("this replica watches and posts no more"),
            }
        }
    }

    async fn until(&self, leads: bool) {
        while self.lead.leads() != leads {
            tokio::time::sleep(ASKED).await;
        }
    }

    fn watcher(&self, cluster: &Arc<LiveCluster>) -> Watcher<LiveCluster> {
        let options = watcher::Options {
            watched: watched(&self.policy, cluster.name()),
            bounds: self.bounds.clone(),
            ..watcher::Options::default()
        };
        let (sink, ring) = (Arc::clone(&self.incidents), Arc::clone(&self.ring));
        Watcher::new(Arc::clone(cluster), cluster.as_ref(), options, sink, ring, self.clock.clone())
    }
}

/// What the routes of a cluster's own watch name of it.
fn watched(policy: &Policy, cluster: &str) -> Option<Scope> {
    let routes = policy.routes.iter().filter(|route| route.watch);
    let areas: Vec<_> =
        routes.flat_map(|route| &route.areas).filter(|area| area.cluster == cluster).collect();
    let namespaces: Option<BTreeSet<String>> = areas.iter().map(|area| area.namespace.clone()).collect();
    (!areas.is_empty()).then(|| namespaces.map_or(Scope::All, Scope::Namespaces))
}

/// The alerts' endpoint, where one is configured.
///
/// # Errors
/// [`UserError`] when a credential cannot be read.
pub(super) fn alerts(
    settings: &Settings,
    environment: &config::Environment,
    clusters: &[String],
    incidents: &Arc<Incidents<LiveCluster>>,
    registry: &mut Registry,
) -> Result<Option<axum::Router>, UserError> {
    let Some(section) = &settings.alertmanager else { return Ok(None) };
    let read = |source: &config::SecretSource, key: &str| {
        source.read(key, environment).map_err(|error: config::ConfigError| UserError::from(error))
    };
    let credentials = match (&section.bearer_token, &section.user, &section.password) {
        (Some(token), ..) => {
            podwhy_alertmanager::Credentials::Bearer(read(token, "alertmanager.bearer_token")?)
        }
        (None, Some(user), Some(password)) => podwhy_alertmanager::Credentials::Basic {
            user: user.clone(),
            password: read(password, "alertmanager.password")?,
        },
        _ => {
            return Err(UserError::Input(
                "alertmanager: write bearer_token, or user and password".to_string(),
            ));
        }
    };
    let default = settings.default_cluster.clone().or_else(|| clusters.first().cloned()).unwrap_or_default();
    let known = podwhy_alertmanager::payload::Clusters {
        known: clusters.to_vec(),
        label: section.cluster_label.clone(),
        always: section.cluster.clone(),
        default,
    };
    let metrics = podwhy_alertmanager::Metrics::default();
    metrics.register(registry);
    let options = podwhy_alertmanager::Options::new(credentials, known);
    Ok(Some(podwhy_alertmanager::router(options, Arc::clone(incidents) as _, metrics)))
}
