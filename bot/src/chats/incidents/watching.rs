//! Each cluster's watch, what time changes, and digests: while this replica leads.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use podwhy_flow::act::actions::Actions;
use podwhy_flow::incident::bounds::Bounds;
use podwhy_flow::incident::due::Thresholds;
use podwhy_flow::incident::ring::Ring;
use podwhy_flow::incident::watcher::{self, Watcher};
use podwhy_flow::incident::{Bulletins, Incidents, Policy, Scope};
use podwhy_flow::ports::{Clock, ClusterRead, Lead};
use podwhy_kubernetes::LiveCluster;
use tracing::{info, warn};

use super::super::actions::dead::Looking;

/// So often it is asked who leads.
const ASKED: Duration = Duration::from_millis(250);

/// The leader's part beside posting.
pub(super) struct Watching {
    pub(super) incidents: Arc<Incidents<LiveCluster>>,
    /// What is done; none where nothing is.
    pub(super) actions: Option<Arc<Actions<LiveCluster>>>,
    /// What every replica watches for it.
    pub(super) looking: Vec<Looking>,
    pub(super) policy: Arc<Policy>,
    /// Of each cluster.
    pub(super) thresholds: Vec<Thresholds>,
    pub(super) digests: Bulletins<LiveCluster>,
    pub(super) bounds: Bounds,
    pub(super) ring: Arc<Ring>,
    pub(super) clusters: Vec<Arc<LiveCluster>>,
    pub(super) lead: Arc<dyn Lead>,
    pub(super) clock: Clock,
}

impl Watching {
    /// Does not return.
    pub(super) async fn run(self) {
        let looking = join_all(self.looking.iter().map(Looking::run));
        tokio::join!(looking, self.lead());
    }

    /// Begins whenever this replica leads, and ends when it does no more.
    async fn lead(&self) {
        let clusters = self.clusters.iter().map(|cluster| cluster.name().to_string()).collect();
        loop {
            self.until(true).await;
            info!("this replica watches and posts");
            let watchers = self.clusters.iter().zip(&self.thresholds);
            let watchers = watchers.map(|(cluster, own)| self.watcher(cluster, own).run());
            tokio::select! {
                _ = join_all(watchers) => {}
                () = self.incidents.settle(&clusters, &self.bounds) => {}
                () = self.digests.run() => {}
                () = self.acts() => {}
                () = self.until(false) => warn!("this replica watches and posts no more"),
            }
        }
    }

    async fn acts(&self) {
        match &self.actions {
            Some(actions) => actions.run().await,
            None => std::future::pending().await,
        }
    }

    async fn until(&self, leads: bool) {
        while self.lead.leads() != leads {
            tokio::time::sleep(ASKED).await;
        }
    }

    fn watcher(&self, cluster: &Arc<LiveCluster>, thresholds: &Thresholds) -> Watcher<LiveCluster> {
        let options = watcher::Options {
            watched: watched(&self.policy, cluster.name()),
            thresholds: thresholds.clone(),
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
