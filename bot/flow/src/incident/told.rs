//! An alert → what the cluster tells about the object it names, by the same diagnosis as `why` and triage: what an alert is about
//! and what a look sees have one root cause, and so one incident.

mod gone;
mod one;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, join_all};
use futures::stream::{self, StreamExt};
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::{Blame, Kind, Target};
use tokio::time::{Instant, timeout_at};

pub(super) use self::gone::makers;
use super::alert::Alert;
use super::bounds::Bounds;
use super::found::{Found, Told};
use super::look::{Scope, Sighted};
use super::looks::{Sight, Sights, sights_of};
use super::ring::Ring;
use crate::ports::{Clock, ClusterRead};
use crate::words::Words;

/// So many alerts are looked into at once; of a namespace with more than this a single look answers for all.
const AT_ONCE: usize = 8;

/// What is not known by then is not known: the sender tries again.
const LONGEST: Duration = Duration::from_secs(20);

/// Looks into alerts.
#[derive(Debug)]
pub struct Teller<C> {
    clusters: Vec<Arc<C>>,
    bounds: Bounds,
    ring: Arc<Ring>,
    clock: Clock,
}

impl<C: ClusterRead> Teller<C> {
    /// Of these clusters, within these bounds; what is left of pods goes into the ring.
    pub fn new(clusters: Vec<Arc<C>>, bounds: Bounds, ring: Arc<Ring>, clock: Clock) -> Teller<C> {
        Teller { clusters, bounds, ring, clock }
    }

    /// What is found about each, in their order. It takes no longer than 20 seconds and never fails: that a cluster does not
    /// answer, or not for all of them in time, is one of the things that can be found.
    ///
    /// # Caveats
    /// A read that fails was tried twice by the cluster's adapter and is not repeated here: the sender sends again.
    pub async fn tell(&self, alerts: Vec<Alert>) -> Vec<Told> {
        let deadline = Instant::now() + LONGEST;
        let mut clusters: BTreeMap<&str, Vec<(usize, &Alert)>> = BTreeMap::new();
        for (at, alert) in alerts.iter().enumerate() {
            clusters.entry(&alert.cluster).or_default().push((at, alert));
        }
        // each at its own pace: one that does not answer takes nothing from the others
        let asked = clusters.into_values().map(|own| self.of_cluster(own, deadline));
        let mut found: BTreeMap<usize, Found> = join_all(asked).await.into_iter().flatten().collect();
        let mut take = |at: usize| found.remove(&at).unwrap_or(Found::NoObject);
        alerts.into_iter().enumerate().map(|(at, alert)| Told { found: take(at), alert }).collect()
    }

    async fn of_cluster(&self, alerts: Vec<(usize, &Alert)>, deadline: Instant) -> Vec<(usize, Found)> {
        let mut crowds: BTreeMap<String, Vec<(usize, &Alert)>> = BTreeMap::new();
        let mut asked: Vec<BoxFuture<'_, Vec<(usize, Found)>>> = Vec::new();
        let mut single = |(at, alert): (usize, &Alert)| -> BoxFuture<'_, Vec<(usize, Found)>> {
            let alert = alert.clone();
            async move { vec![(at, self.find(&alert, deadline).await)] }.boxed()
        };
        for (at, alert) in alerts {
            match self.crowd(alert) {
                Some(namespace) => crowds.entry(namespace).or_default().push((at, alert)),
                None => asked.push(single((at, alert))),
            }
        }
        for (namespace, crowd) in crowds {
            if crowd.len() <= AT_ONCE {
                asked.extend(crowd.into_iter().map(&mut single));
                continue;
            }
            let Some(cluster) = crowd.first().map(|(_, alert)| alert.cluster.clone()) else { continue };
            let about = crowd.into_iter().filter_map(|(at, alert)| Some((at, alert.about.clone()?)));
            let about: Vec<(usize, Target)> = about.collect();
            asked.push(async move { self.crowded(&cluster, &namespace, about, deadline).await }.boxed());
        }
        stream::iter(asked).buffer_unordered(AT_ONCE).concat().await
    }

    /// The namespace whose look would answer for an alert.
    fn crowd(&self, alert: &Alert) -> Option<String> {
        let about = alert.about.as_ref().filter(|_| alert.firing)?;
        let seen = about.kind.is_none_or(|kind| kind == Kind::Pod || kind.is_workload());
        let known = self.cluster(&alert.cluster).is_some();
        about.namespace.clone().filter(|namespace| seen && known && self.may(&alert.cluster, namespace))
    }

    fn cluster(&self, name: &str) -> Option<&Arc<C>> {
        self.clusters.iter().find(|cluster| cluster.name() == name)
    }

    fn may(&self, cluster: &str, namespace: &str) -> bool {
        self.bounds.visible(cluster).shows(namespace)
    }

    /// One look for all of them.
    async fn crowded(
        &self,
        cluster: &str,
        namespace: &str,
        crowd: Vec<(usize, Target)>,
        deadline: Instant,
    ) -> Vec<(usize, Found)> {
        let Some(read) = self.cluster(cluster) else { return Vec::new() };
        let scope = Scope::Namespaces([namespace.to_string()].into());
        let now = self.clock.now();
        let nothing = BTreeSet::new();
        let looked = sights_of(read.as_ref(), &scope, &nothing, &self.bounds, now);
        let unread = match timeout_at(deadline, looked).await {
            Ok(Ok((sights, ..))) => return self.among_sights(sights, namespace, crowd),
            Ok(Err(error)) => redact(&error.to_string()),
            Err(_elapsed) => self.late(),
        };
        crowd.into_iter().map(|(at, _)| (at, Found::Unread(unread.clone()))).collect()
    }

    fn among_sights(
        &self,
        sights: Sights,
        namespace: &str,
        crowd: Vec<(usize, Target)>,
    ) -> Vec<(usize, Found)> {
        self.ring.keep(sights.remains);
        let find = |about: &Target| {
            let sight = sights.sights.iter().find(|sight| concerns(sight, about));
            match sight {
                Some(sight) => Found::Cause(Sighted { is_due: true, ..sight.sighted.clone() }),
                None => self.not_among(about, namespace),
            }
        };
        crowd.into_iter().map(|(at, about)| (at, find(&about))).collect()
    }

    fn late(&self) -> String {
        LATE.of(self.bounds.lang).replace("SECONDS", &LONGEST.as_secs().to_string())
    }

    fn not_among(&self, about: &Target, namespace: &str) -> Found {
        let name = clean_name(&about.name);
        let line = NOT_AMONG.of(self.bounds.lang).replace("NAME", &name);
        Found::Healthy { checked: vec![line.replace("NAMESPACE", &clean_name(namespace))] }
    }
}

/// Whether it is the object itself that fails, its pods, or the workload that would have made the pod.
fn concerns(sight: &Sight, about: &Target) -> bool {
    let is_pod = about.kind.is_none_or(|kind| kind == Kind::Pod);
    let member = |kind: &str| {
        sight.sighted.members.iter().any(|member| member.kind == kind && member.name == about.name)
    };
    let workload = |kind: Option<Kind>, name: &str| {
        let same = |blame: &Blame| blame.name == name && kind.is_none_or(|kind| blame.kind == kind.camel());
        sight.workloads.iter().any(same)
    };
    if is_pod && member("Pod") {
        return true;
    }
    match about.kind {
        Some(Kind::Pod) => makers(&about.name).iter().any(|(kind, name)| workload(Some(*kind), name)),
        kind => workload(kind, &about.name),
    }
}

const LATE: Words = Words("no answer within SECONDS s", "SECONDS 秒内没有回答");

/// Of an alert among many about one namespace.
const NOT_AMONG: Words =
    Words("NAME: not among what fails in namespace NAMESPACE", "NAME：不在命名空间 NAMESPACE 的故障之中");
