//! Since when what fails does, by the cluster's own word: what the time from a failure to its thread is measured from.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::super::due::Failing;
use super::super::record::{Incident, Member};

/// At most so many of a cluster are held: a measure is no reason to keep more.
const MOST: usize = 10_000;

/// What is due in each cluster, and since when; as the last look of it began.
#[derive(Debug, Default)]
pub struct Beginnings(Mutex<BTreeMap<String, HashMap<Member, Timestamp>>>);

impl Beginnings {
    /// Takes in what is due in a cluster, in the place of what was.
    pub(in crate::incident) fn note(&self, cluster: &str, due: &[Failing]) {
        let begun = due.iter().take(MOST).map(|failing| (failing.member.clone(), failing.since)).collect();
        self.known().insert(cluster.to_string(), begun);
    }

    /// When an incident's failure began: by what its members say, else by its alerts; `None` where nobody says.
    pub(in crate::incident) fn of(&self, incident: &Incident) -> Option<Timestamp> {
        let status = &incident.status;
        let known = self.known();
        let of_cluster = known.get(&status.root_cause.cluster);
        let begun =
            of_cluster.into_iter().flat_map(|own| status.members.iter().filter_map(|one| own.get(one)));
        let alerts = status.alerts.iter().filter(|alert| alert.firing).map(|alert| alert.starts_at);
        begun.min().copied().or(alerts.min())
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, HashMap<Member, Timestamp>>> {
        // a map is whole wherever a holder panicked
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
