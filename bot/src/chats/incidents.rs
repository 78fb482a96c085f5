//! Incidents: from the configuration's routes to threads in the channels.
//!
//! Every replica takes alerts in and obeys buttons; the leader alone watches the clusters and posts.

mod allowed;
mod answers;
mod digests;
mod metrics;
mod outgoing;
mod policy;
mod thresholds;
mod watching;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

use podwhy_flow::UserError;
use podwhy_flow::act::actions::Acting;
use podwhy_flow::chat::policy::{Area, Policy as Chats};
use podwhy_flow::incident::bounds::Bounds;
use podwhy_flow::incident::courier::Destination;
use podwhy_flow::incident::degraded::health::{Health, Heard};
use podwhy_flow::incident::dump::Dumps;
use podwhy_flow::incident::past::Memory;
use podwhy_flow::incident::ring::Ring;
use podwhy_flow::incident::told::Teller;
use podwhy_flow::incident::{
    Bulletins, Counts, Courier, Degraded, Incidents, Keeper, MemoryLedger, Options, Policy, Schedule, Store,
};
use podwhy_flow::ports::{Alone, Board, Clock, ClusterRead, Lead, Ledger, LedgerError, Past};
use podwhy_kubernetes::{Candidacy, IncidentLedger, LeaseLead, LiveCluster, Version};
use prometheus_client::registry::Registry;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::{info, warn};

use self::answers::Whole;
pub(super) use self::outgoing::destinations;
use self::watching::Watching;
use super::claims::{identity, own_namespace};
use super::{ChatOptions, actions};
use crate::config::{self, Environment, Settings};

/// The Lease of the lead.
const LEASE: &str = "podwhy-leader";

/// The namespace of incidents in the playground, where podwhy is in none.
const PLAYGROUND: &str = "podwhy";

/// What incidents need before the chats are started, since their buttons are part of them.
pub(super) struct Prepared {
    /// What the leader does.
    watching: Watching,
    store: Arc<Store>,
    /// Of the ledger; none where it is this process's memory.
    health: Option<Arc<Health>>,
    /// What failed before, for whoever asks.
    pub(super) past: Arc<dyn Past>,
    candidacy: Option<Candidacy>,
}

/// Incidents that are watched and told; dropped, they end at once.
#[derive(Debug)]
pub(super) struct Telling {
    stop: watch::Sender<bool>,
    keeper: JoinHandle<()>,
    courier: JoinHandle<()>,
    watching: JoinHandle<()>,
    candidacy: Option<Candidacy>,
}

impl Drop for Telling {
    fn drop(&mut self) {
        self.keeper.abort();
        self.courier.abort();
        self.watching.abort();
    }
}

impl Telling {
    /// Ends the watch, finishes what is being posted, and gives the lead back.
    pub(super) async fn stop(mut self) {
        self.watching.abort();
        let _heard = self.stop.send(true);
        let _ended = tokio::join!(&mut self.keeper, &mut self.courier);
        if let Some(candidacy) = self.candidacy.take() {
            candidacy.release().await;
        }
    }
}

/// Whether anything is told unasked.
pub(crate) fn tells(settings: &Settings) -> bool {
    !settings.routes.is_empty() || !settings.digests.is_empty()
}

/// Reads the routes and digests; `None` where there are none, and nothing is to be done either.
///
/// # Errors
/// [`UserError`] when a route names a cluster that is not one of them.
pub(super) async fn prepare(
    settings: &Settings,
    clusters: &[LiveCluster],
    chats: &Chats,
    environment: &Environment,
    options: &ChatOptions,
) -> Result<Option<Prepared>, UserError> {
    let (clock, is_playground) = (&options.clock, options.is_playground);
    if !tells(settings) {
        if settings.alertmanager.is_some() {
            warn!("alerts of Alertmanager are told nowhere: the configuration has no routes");
        }
        if settings.remediation.is_none() {
            return Ok(None);
        }
    }
    let names: Vec<&str> = clusters.iter().map(ClusterRead::name).collect();
    let mut policy = policy::policy(settings, &names)?;
    let thresholds = thresholds::thresholds(settings, &names)?;
    let schedules = digests::schedules(settings, &names)?;
    let bounds = Bounds {
        areas: areas(&policy, &schedules, settings, &names)?,
        no_logs: chats.no_logs.clone(),
        annotations: allowed::allowed(settings, &names)?,
        lang: settings.lang,
    };
    let home = clusters.first().ok_or_else(|| UserError::Input("there is no cluster".to_string()))?;
    let (store, health) = store(settings, home, is_playground, clock).await;
    let ring = Arc::new(Ring::new(policy::room(settings)));
    let past = Memory::new(Arc::clone(&ring), Arc::clone(&store), settings.lang, clock.clone());
    let clusters: Vec<Arc<LiveCluster>> = clusters.iter().cloned().map(Arc::new).collect();
    let teller = Teller::new(clusters.clone(), bounds.clone(), Arc::clone(&ring), clock.clone());
    let digests =
        Bulletins::new(clusters.clone(), schedules, chats.no_logs.clone(), Arc::clone(&store), clock.clone());
    let chats = Arc::new(chats.clone());
    let (lead, candidacy) = lead(settings, home)?;
    let ground = actions::Ground {
        clusters: &clusters,
        namespace: namespace(settings, is_playground),
        chats: &chats,
        store: &store,
        lead: &lead,
        clock,
        environment,
    };
    let acts = actions::prepare(settings, ground).await?;
    let (actions, looking) = acts.map(|acts| (acts.actions, acts.looking)).unzip();
    let looking = looking.unwrap_or_default();
    if let Some(actions) = &actions {
        policy.fixes = actions.fixes();
    }
    let policy = Arc::new(policy);
    let dumps = Arc::new(Dumps {
        clusters: clusters.clone(),
        policy: Arc::clone(&policy),
        chats: Arc::clone(&chats),
        write: Arc::new(podwhy_files::OneFile),
        patience: settings.timeouts.total,
    });
    let acting = actions.clone().map(|actions| actions as Arc<dyn Acting>);
    let incidents = Incidents::new(Arc::clone(&store), teller, Arc::clone(&policy), chats, clock.clone());
    let incidents = incidents.with_dumps(dumps.clone()).with_actions(acting, dumps);
    let watching = Watching {
        incidents: Arc::new(incidents),
        actions,
        looking,
        policy,
        thresholds,
        digests,
        bounds,
        ring,
        clusters,
        lead,
        clock: clock.clone(),
    };
    Ok(Some(Prepared { watching, store, health, past: Arc::new(past), candidacy }))
}

/// Where incidents look: as far as any route reaches, else any digest, else what may be done. None at all would mean everywhere.
fn areas(
    policy: &Policy,
    schedules: &[Schedule],
    settings: &Settings,
    clusters: &[&str],
) -> Result<Vec<Area>, UserError> {
    let routes: Vec<Area> = policy.routes.iter().flat_map(|route| route.areas.iter().cloned()).collect();
    let digests = || schedules.iter().flat_map(|schedule| schedule.areas.iter().cloned()).collect();
    let told = if routes.is_empty() { digests() } else { routes };
    match &settings.remediation {
        Some(own) if told.is_empty() => super::policy::areas(&own.of, "remediation.of", clusters),
        _ => Ok(told),
    }
}

/// The ledger, read once, and its health. Without the resource, or a namespace for it, incidents are kept in memory.
async fn store(
    settings: &Settings,
    home: &LiveCluster,
    is_playground: bool,
    clock: &Clock,
) -> (Arc<Store>, Option<Arc<Health>>) {
    let counts = Arc::<Counts>::default();
    let in_memory = |why: &str| {
        warn!(
            why,
            "incidents are kept in memory: after a restart an open one is told again, and one replica only may run"
        );
        (Arc::new(Store::new(Arc::new(MemoryLedger::default()), Arc::clone(&counts))), None)
    };
    let Some(namespace) = namespace(settings, is_playground) else {
        return in_memory("podwhy runs in no pod; incidents.namespace names a namespace for them");
    };
    if let Ok(version) = home.version().await
        && version < Version::INCIDENTS
    {
        return in_memory(&format!("Incidents take Kubernetes {}, this is {version}", Version::INCIDENTS));
    }
    let ledger: Arc<dyn Ledger> = Arc::new(IncidentLedger::new(home, &namespace));
    let health = Arc::new(Health::new(clock.clone()));
    let heard = Heard::new(ledger, Arc::clone(&health));
    let store = Arc::new(Store::new(Arc::new(heard), Arc::clone(&counts)));
    match store.load().await {
        Ok(()) => info!(namespace, open = store.incidents().len(), "incidents are kept in the cluster"),
        Err(error @ LedgerError::NotInstalled) => {
            return in_memory(&format!("{error}: kubectl apply -f deploy/crds"));
        }
        // it is there and may answer later; until then alerts are not taken
        Err(error) => warn!(%error, "the incidents could not be read yet"),
    }
    (store, Some(health))
}

/// podwhy's own namespace in its home cluster; none where nothing says it.
fn namespace(settings: &Settings, is_playground: bool) -> Option<String> {
    let own = settings.incidents.namespace.clone().or_else(|| settings.serve.namespace.clone());
    own.or_else(own_namespace).or_else(|| is_playground.then(|| PLAYGROUND.to_string()))
}

fn lead(settings: &Settings, home: &LiveCluster) -> Result<(Arc<dyn Lead>, Option<Candidacy>), UserError> {
    if settings.serve.claims == config::Claims::Memory {
        return Ok((Arc::new(Alone), None));
    }
    let namespace = super::claims::namespace(settings)?;
    let (lead, candidacy) = LeaseLead::start(home, &namespace, LEASE, &identity());
    Ok((lead, Some(candidacy)))
}

impl Prepared {
    /// What alerts and buttons change.
    pub(super) fn incidents(&self) -> &Arc<Incidents<LiveCluster>> {
        &self.watching.incidents
    }

    /// Begins to watch and to tell.
    pub(super) fn start(
        self,
        boards: Vec<Arc<dyn Board>>,
        outside: Vec<Destination>,
        registry: &mut Registry,
    ) -> Telling {
        let degraded = self.degraded(&boards);
        let Prepared { watching, store, past, candidacy, .. } = self;
        let Watching { policy, lead, clock, .. } = &watching;
        metrics::register(registry, &store, lead, clock, &outside);
        let courier = Courier::new(
            Arc::clone(&store),
            outside,
            Arc::clone(lead),
            clock.clone(),
            podwhy_flow::incident::courier::Options::default(),
        );
        let no_logs = watching.bounds.no_logs.clone();
        let answers = Whole::new(watching.clusters.clone(), past, Arc::clone(policy), no_logs);
        let keeper = Keeper::new(
            store,
            boards,
            Arc::clone(lead),
            Arc::new(answers),
            Arc::clone(policy),
            clock.clone(),
            Options::default(),
        );
        let (stop, stopped) = watch::channel(false);
        let ends = stopped.clone();
        let courier = tokio::spawn(async move { courier.run(ends).await });
        let keeper = tokio::spawn(async move {
            let telling = async {
                if let Some(degraded) = degraded {
                    degraded.run(told(stopped.clone())).await;
                }
            };
            tokio::join!(keeper.run(told(stopped.clone())), telling);
        });
        Telling { stop, keeper, courier, watching: tokio::spawn(watching.run()), candidacy }
    }

    /// What tells that the ledger is away.
    fn degraded(&self, boards: &[Arc<dyn Board>]) -> Option<Degraded> {
        let watching = &self.watching;
        let (health, home) = (self.health.as_ref()?, watching.clusters.first()?);
        Some(Degraded::new(
            home.name().to_string(),
            Arc::clone(&self.store),
            Arc::clone(health),
            boards.to_vec(),
            Arc::clone(&watching.lead),
            Arc::clone(&watching.policy),
            watching.clock.clone(),
            stagger(&identity()),
        ))
    }
}

/// Until it is told to stop.
async fn told(mut stopped: watch::Receiver<bool>) {
    while !*stopped.borrow() && stopped.changed().await.is_ok() {}
}

/// A part of a second, of each replica its own.
fn stagger(identity: &str) -> Duration {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    Duration::from_millis(hasher.finish() % 1_000)
}
