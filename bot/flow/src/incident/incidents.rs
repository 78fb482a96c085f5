//! Everything that changes incidents, in one place: looks, alerts, people and time, each through the book into the ledger.

mod clicks;
mod orders;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use podwhy_knowledge::Lang;
use tracing::warn;

use super::book::Book;
use super::bounds::Bounds;
use super::change::Change;
use super::due::Failing;
use super::look::{Look, Scope, Sighted};
use super::policy::Policy;
use super::store::Store;
use super::told::Teller;
use super::unreachable::{self, NOWHERE};
use super::watcher::Sink;
use super::{Alert, Severity, words};
use crate::act::actions::Acting;
use crate::chat::policy::Policy as Chats;
use crate::ports::{Alerts, AlertsError, Clock, ClusterRead, IncidentDumps, IncidentReach, LedgerError};

/// So often time is asked what it changes.
const SETTLE_EVERY: Duration = Duration::from_secs(10);

/// Changes incidents.
#[derive(Debug)]
pub struct Incidents<C> {
    store: Arc<Store>,
    teller: Teller<C>,
    policy: Arc<Policy>,
    /// Who is who in the chats.
    chats: Arc<Chats>,
    clock: Clock,
    /// Who writes dumps for those who say that a diagnosis is wrong; `None` where there are none.
    dumps: Option<Arc<dyn IncidentDumps>>,
    /// Who does what people want done; `None` where podwhy changes nothing.
    acting: Option<Arc<dyn Acting>>,
    /// What of an incident may be read by whoever wants it fixed.
    reaches: Option<Arc<dyn IncidentReach>>,
}

impl<C: ClusterRead + std::fmt::Debug> Incidents<C> {
    /// Over a store that the keeper shows.
    pub fn new(
        store: Arc<Store>,
        teller: Teller<C>,
        policy: Arc<Policy>,
        chats: Arc<Chats>,
        clock: Clock,
    ) -> Incidents<C> {
        Incidents { store, teller, policy, chats, clock, dumps: None, acting: None, reaches: None }
    }

    /// With dumps for those who say that a diagnosis is wrong.
    pub fn with_dumps(self, dumps: Arc<dyn IncidentDumps>) -> Incidents<C> {
        Incidents { dumps: Some(dumps), ..self }
    }

    /// With whoever does what people want done.
    pub fn with_actions(
        self,
        acting: Option<Arc<dyn Acting>>,
        reaches: Arc<dyn IncidentReach>,
    ) -> Incidents<C> {
        Incidents { acting, reaches: Some(reaches), ..self }
    }

    /// Closes what these clusters and bounds do not reach any more, resolves and forgets as time passes; does not end. For the
    /// leader.
    pub async fn settle(&self, clusters: &BTreeSet<String>, bounds: &Bounds) {
        loop {
            let (policy, now) = (&self.policy, self.clock.now());
            self.tell("what is watched", |book| book.forsake(clusters, bounds, policy, now)).await;
            self.tell("time passes", |book| book.settle(now, policy)).await;
            tokio::time::sleep(SETTLE_EVERY).await;
        }
    }

    /// Writes what the book says. What cannot be written now is said again by the next look.
    async fn tell(&self, what: &str, decide: impl FnMut(&mut Book) -> Vec<Change> + Send) {
        if let Err(error) = self.write(decide).await {
            warn!(%error, what, "incidents could not be written");
        }
    }

    async fn write(
        &self,
        mut decide: impl FnMut(&mut Book) -> Vec<Change> + Send,
    ) -> Result<(), LedgerError> {
        self.store.write(|known| decide(&mut Book::of(known))).await
    }

    async fn keep_alerts(&self, alerts: Vec<Alert>) -> Result<(), AlertsError> {
        let told = self.teller.tell(alerts).await;
        let (policy, now) = (&self.policy, self.clock.now());
        let decide =
            |book: &mut Book| joined(told.iter().map(|told| book.alert(told, policy, now)).collect());
        self.write(decide).await.map_err(|error| AlertsError(error.to_string()))
    }

    async fn silence(&self, cluster: &str, since: Option<Timestamp>) {
        let (policy, now) = (&self.policy, self.clock.now());
        let sighted = since.map(|since| Sighted {
            root_cause: unreachable::root_cause(cluster),
            confidence: None,
            summary: words::unreachable(cluster, since, Lang::default()),
            members: vec![unreachable::member(cluster)],
            is_due: true,
            severity: Severity::Critical,
            evidence: Arc::default(),
            annotations: None,
        });
        let look = Look {
            cluster: cluster.to_string(),
            at: now,
            scope: Scope::Namespaces(BTreeSet::from([NOWHERE.to_string()])),
            is_whole: true,
            sighted: sighted.into_iter().collect(),
            standing: Arc::default(),
        };
        self.tell("a cluster's silence", |book| match since {
            Some(_) => book.look(&look, policy, now),
            None => book.answers(&look, policy, now),
        })
        .await;
    }

    /// Whether an open incident says that a cluster does not answer.
    fn is_silent(&self, cluster: &str) -> bool {
        let own = unreachable::root_cause(cluster);
        let known = self.store.incidents();
        known.iter().any(|one| one.is_open() && one.status.root_cause == own && one.status.failing > 0)
    }
}

/// Several changes one after the other as one of each incident: what was made and then changed is still to be made.
fn joined(changes: Vec<Vec<Change>>) -> Vec<Change> {
    let mut all: BTreeMap<String, Change> = BTreeMap::new();
    for change in changes.into_iter().flatten() {
        let name = change.name().to_string();
        let change = match (all.remove(&name), change) {
            (Some(Change::Create(_)), Change::Update(after)) => Change::Create(after),
            (Some(Change::Create(_)), Change::Remove(_)) => continue,
            (_, change) => change,
        };
        all.insert(name, change);
    }
    all.into_values().collect()
}

impl<C: ClusterRead + std::fmt::Debug> Alerts for Incidents<C> {
    fn keep(&self, alerts: Vec<Alert>) -> BoxFuture<'_, Result<(), AlertsError>> {
        Box::pin(self.keep_alerts(alerts))
    }
}

impl<C: ClusterRead> Sink for Incidents<C>
where
    C: std::fmt::Debug,
{
    fn looked(&self, look: Look) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let (policy, now) = (&self.policy, self.clock.now());
            self.tell("a look", |book| book.look(&look, policy, now)).await;
            // whoever told of its silence may be gone
            if self.is_silent(&look.cluster) {
                self.silence(&look.cluster, None).await;
            }
        })
    }

    fn due(&self, cluster: &str, due: &[Failing]) {
        self.store.counts().beginnings.note(cluster, due);
    }

    fn open_namespaces(&self, cluster: &str) -> BTreeSet<String> {
        let known = self.store.incidents();
        let open = known.iter().filter(|one| one.is_open() && one.status.root_cause.cluster == cluster);
        let mut namespaces = BTreeSet::new();
        for one in open {
            namespaces.extend(one.namespaces().into_iter().map(str::to_string));
            if one.status.members.iter().any(|member| member.namespace.is_empty()) {
                namespaces.insert(String::new());
            }
        }
        if self.is_silent(cluster) {
            namespaces.insert(NOWHERE.to_string());
        }
        namespaces
    }

    fn unreachable<'a>(&'a self, cluster: &'a str, since: Timestamp) -> BoxFuture<'a, ()> {
        Box::pin(self.silence(cluster, Some(since)))
    }

    fn reachable<'a>(&'a self, cluster: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.silence(cluster, None))
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Blamed, Incident, RootCause};
    use super::*;

    fn incident(name: &str, failing: u32) -> Box<Incident> {
        let root_cause = RootCause {
            cluster: "prod".into(),
            cause: name.into(),
            blame: Blamed { kind: "Node".into(), namespace: None, name: "n".into() },
        };
        let mut one = Incident::opened(root_cause, 1, Timestamp::UNIX_EPOCH);
        one.status.failing = failing;
        Box::new(one)
    }

    #[test]
    fn what_was_made_and_then_changed_is_made_as_it_is_then() {
        let (first, then) = (incident("a", 1), incident("a", 2));
        let name = first.name.clone();
        let made = joined(vec![vec![Change::Create(first.clone())], vec![Change::Update(then.clone())]]);
        assert_eq!(made, [Change::Create(then)]);
        let gone = joined(vec![vec![Change::Create(first)], vec![Change::Remove(name)]]);
        assert_eq!(gone, []);
    }
}
