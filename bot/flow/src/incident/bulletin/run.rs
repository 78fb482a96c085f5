//! Makes the record of each slot that is due. For the leader.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::Schedule;
use super::compose::{Known, Read};
use crate::chat::policy::Area;
use crate::incident::bounds::Bounds;
use crate::incident::change::Change;
use crate::incident::due::Crossed;
use crate::incident::look::{Look, Scope};
use crate::incident::looks::look;
use crate::incident::record::Incident;
use crate::incident::store::Store;
use crate::ports::{Clock, ClusterRead};

/// So often it is asked whether one is due.
const EVERY: Duration = Duration::from_secs(10);

/// As late a digest is still posted. What is later is of another day: the next one tells of it, too.
const LATE: SignedDuration = SignedDuration::from_hours(1);

/// Posts digests: it makes their records, and the keeper does the rest.
#[derive(Debug)]
pub struct Bulletins<C> {
    clusters: Vec<Arc<C>>,
    schedules: Vec<Schedule>,
    no_logs: Vec<Area>,
    store: Arc<Store>,
    clock: Clock,
}

impl<C: ClusterRead> Bulletins<C> {
    /// Of these clusters, at these times.
    pub fn new(
        clusters: Vec<Arc<C>>,
        schedules: Vec<Schedule>,
        no_logs: Vec<Area>,
        store: Arc<Store>,
        clock: Clock,
    ) -> Bulletins<C> {
        Bulletins { clusters, schedules, no_logs, store, clock }
    }

    /// Makes what is due, again and again; does not end. What could not be made is made by the next try, as long as it is not late.
    pub async fn run(&self) {
        let mut missed = BTreeSet::new();
        loop {
            for schedule in &self.schedules {
                self.make_due(schedule, &mut missed).await;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn make_due(&self, schedule: &Schedule, missed: &mut BTreeSet<String>) {
        let Some(slot) = schedule.slot(self.clock.now()) else { return };
        let name = schedule.record_of(slot);
        if self.store.incident(&name).is_some() {
            return;
        }
        if self.clock.now().duration_since(slot) > LATE {
            if missed.insert(name) {
                let channel = schedule.to.told();
                info!(channel, %slot, "a digest was missed: it is too late for it, and the next one tells of that time, too");
            }
            return;
        }
        let record = self.record(schedule, slot).await;
        let known = |known: &[Arc<Incident>]| known.iter().any(|one| one.name == name);
        let make = |all: &[Arc<Incident>]| match known(all) {
            true => Vec::new(),
            false => vec![Change::Create(Box::new(record.clone()))],
        };
        if let Err(error) = self.store.write(make).await {
            warn!(%error, channel = schedule.to.told(), "a digest could not be written yet");
        }
    }

    async fn record(&self, schedule: &Schedule, slot: Timestamp) -> Incident {
        let bounds = Bounds {
            areas: schedule.areas.clone(),
            no_logs: self.no_logs.clone(),
            annotations: Vec::new(),
            lang: schedule.lang,
        };
        let own = |cluster: &&Arc<C>| schedule.areas.iter().any(|area| area.cluster == cluster.name());
        let asked = self.clusters.iter().filter(own).map(|cluster| self.read(cluster, &bounds));
        let read = join_all(asked).await;
        let is_whole = |look: &Look| look.is_whole && look.scope == bounds.cut(&look.cluster, Scope::All);
        let incidents = self.store.incidents();
        let now = self.clock.now();
        Known { schedule, slot, now, incidents: &incidents, read: &read, is_whole: &is_whole }.record()
    }

    async fn read(&self, cluster: &Arc<C>, bounds: &Bounds) -> Read {
        let (nothing, now) = (Crossed::default(), self.clock.now());
        let looked = look(cluster.as_ref(), &Scope::All, &nothing, bounds, now, || ()).await;
        let name = cluster.name().to_string();
        match looked {
            Ok(looked) => (name, Some(looked.look)),
            Err(error) => {
                warn!(cluster = name, %error, "a digest tells nothing of a cluster that did not answer");
                (name, None)
            }
        }
    }
}
