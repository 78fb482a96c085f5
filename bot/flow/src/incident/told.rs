//! An alert → what the cluster tells about the object it names, by the same diagnosis as `why` and triage: what an alert is about
//! and what a look sees have one root cause, and so one incident.

mod gone;
mod one;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use podwhy_knowledge::redact::{clean_name, redact};
use podwhy_knowledge::{Blame, Kind, Target};

use self::gone::makers;
use super::alert::Alert;
use super::bounds::Bounds;
use super::found::{Found, Told};
use super::look::{Scope, Sighted};
use super::looks::{Sight, sights_of};
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

    /// What is found about each, in their order. It takes about 20 seconds for each 8 that no cluster answers, and never fails:
    /// a cluster that does not answer is one of the things that can be found.
    ///
    /// # Caveats
    /// A read that fails was tried twice by the cluster's adapter and is not repeated here: the sender sends again.
    pub async fn tell(&self, alerts: Vec<Alert>) -> Vec<Told> {
        let mut together: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
        for (at, alert) in alerts.iter().enumerate() {
            if let Some(namespace) = self.crowd(alert) {
                together.entry((alert.cluster.clone(), namespace)).or_default().push(at);
            }
        }
        together.retain(|_, crowd| crowd.len() > AT_ONCE);
        let mut found: BTreeMap<usize, Found> = BTreeMap::new();
        for ((cluster, namespace), crowd) in &together {
            let of = crowd.iter().filter_map(|at| Some((*at, alerts.get(*at)?.about.as_ref()?)));
            found.extend(self.crowded(cluster, namespace, of.collect()).await);
        }
        let rest: Vec<(usize, Alert)> =
            alerts.iter().cloned().enumerate().filter(|(at, _)| !found.contains_key(at)).collect();
        let asked = futures::stream::iter(rest)
            .map(|(at, alert)| async move { (at, self.find(&alert).await) })
            .buffer_unordered(AT_ONCE);
        found.extend(asked.collect::<Vec<_>>().await);
        let mut take = |at: usize| found.remove(&at).unwrap_or(Found::NoObject);
        alerts.into_iter().enumerate().map(|(at, alert)| Told { found: take(at), alert }).collect()
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
        crowd: Vec<(usize, &Target)>,
    ) -> Vec<(usize, Found)> {
        let Some(read) = self.cluster(cluster) else { return Vec::new() };
        let scope = Scope::Namespaces([namespace.to_string()].into());
        let now = self.clock.now();
        let looked = sights_of(read.as_ref(), &scope, &BTreeSet::new(), &self.bounds, now).await;
        let sights = match looked {
            Ok((sights, ..)) => sights,
            Err(error) => {
                let why = redact(&error.to_string());
                return crowd.into_iter().map(|(at, _)| (at, Found::Unread(why.clone()))).collect();
            }
        };
        self.ring.keep(sights.remains);
        let find = |about: &Target| {
            let sight = sights.sights.iter().find(|sight| concerns(sight, about));
            match sight {
                Some(sight) => Found::Cause(Sighted { is_due: true, ..sight.sighted.clone() }),
                None => self.not_among(about, namespace),
            }
        };
        crowd.into_iter().map(|(at, about)| (at, find(about))).collect()
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

/// Of an alert among many about one namespace.
const NOT_AMONG: Words =
    Words("NAME: not among what fails in namespace NAMESPACE", "NAME：不在命名空间 NAMESPACE 的故障之中");
