//! Which revisions are known to be good: their ReplicaSets were seen fully available for ten minutes, by the watch of this process.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use tokio::time::{Instant, sleep};

use crate::ports::{NodeWatch, SetSighting};

/// So long without a gap and without a pod missing.
const LONG_ENOUGH: Duration = Duration::from_secs(10 * 60);

/// A watch that ended is begun anew after this.
const PAUSE: Duration = Duration::from_secs(5);

/// What is remembered of the ReplicaSets. What was good stays so, until it is deleted: a revision that was replaced has no pods.
#[derive(Debug, Default)]
pub struct Proven(Mutex<Seen>);

#[derive(Debug, Default)]
struct Seen {
    since: BTreeMap<String, Instant>,
    proven: BTreeSet<String>,
}

impl Proven {
    /// Watches for ever.
    pub async fn follow(&self, watch: &dyn NodeWatch) {
        loop {
            let mut sightings = watch.replica_sets();
            while let Some(sighting) = sightings.next().await {
                self.saw(sighting, Instant::now());
            }
            self.saw(SetSighting::Gap, Instant::now());
            sleep(PAUSE).await;
        }
    }

    /// Takes in what the watch told.
    pub fn saw(&self, sighting: SetSighting, at: Instant) {
        let mut seen = self.seen();
        seen.settle(at);
        match sighting {
            SetSighting::Gap => seen.since.clear(),
            SetSighting::Is { uid, wanted, available } if wanted > 0 && available >= wanted => {
                if !seen.proven.contains(&uid) {
                    seen.since.entry(uid).or_insert(at);
                }
            }
            SetSighting::Is { uid, .. } => drop(seen.since.remove(&uid)),
            SetSighting::Gone(uid) => {
                seen.since.remove(&uid);
                seen.proven.remove(&uid);
            }
        }
    }

    /// The uids of those that are known to be good at `now`.
    pub fn uids(&self, now: Instant) -> BTreeSet<String> {
        let mut seen = self.seen();
        seen.settle(now);
        seen.proven.clone()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn settle(&mut self, now: Instant) {
        let is_good = |since: &Instant| now.saturating_duration_since(*since) >= LONG_ENOUGH;
        let good: Vec<String> =
            self.since.iter().filter(|(_, since)| is_good(since)).map(|(uid, _)| uid.clone()).collect();
        for uid in good {
            self.since.remove(&uid);
            self.proven.insert(uid);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(count: u64) -> Duration {
        Duration::from_secs(count * 60)
    }

    fn is(uid: &str, wanted: i64, available: i64) -> SetSighting {
        SetSighting::Is { uid: uid.to_string(), wanted, available }
    }

    #[test]
    fn ten_minutes_of_every_pod_make_a_revision_good_and_it_stays_so() {
        let (proven, start) = (Proven::default(), Instant::now());
        proven.saw(is("a", 2, 2), start);
        proven.saw(is("b", 2, 1), start);
        proven.saw(is("none", 0, 0), start);
        assert!(proven.uids(start + minutes(9)).is_empty());
        // scaled while it is good, then replaced
        proven.saw(is("a", 3, 3), start + minutes(9));
        proven.saw(is("a", 0, 0), start + minutes(11));
        assert_eq!(proven.uids(start + minutes(12)), ["a".to_string()].into());
        proven.saw(SetSighting::Gone("a".to_string()), start + minutes(13));
        assert!(proven.uids(start + minutes(14)).is_empty());
    }

    #[test]
    fn a_pod_that_is_missing_or_a_gap_begins_again() {
        let (proven, start) = (Proven::default(), Instant::now());
        proven.saw(is("a", 2, 2), start);
        proven.saw(is("a", 2, 1), start + minutes(5));
        proven.saw(is("a", 2, 2), start + minutes(6));
        assert!(proven.uids(start + minutes(15)).is_empty());
        proven.saw(SetSighting::Gap, start + minutes(15));
        proven.saw(is("a", 2, 2), start + minutes(16));
        assert!(proven.uids(start + minutes(25)).is_empty());
        assert_eq!(proven.uids(start + minutes(26)).len(), 1);
    }
}
