//! Messages that do not stand as they should, and since when: for whoever measures, and to notice what is lost.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::super::book::elapsed;
use super::super::record::Incident;
use super::super::wanted::{LATE, PARENT, find};
use super::memory::Key;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    since: HashMap<Key, (Timestamp, u64)>,
    turn: u64,
}

impl Waiting {
    /// Everything that waits is seen anew from now on.
    pub(super) fn begin(&mut self) {
        self.turn = self.turn.wrapping_add(1);
    }

    /// This one waits.
    pub(super) fn see(&mut self, key: &Key, at: Timestamp) {
        match self.since.get_mut(key) {
            Some((_, turn)) => *turn = self.turn,
            None => _ = self.since.insert(key.clone(), (at, self.turn)),
        }
    }

    /// How many wait, and since when the oldest does; and those first messages that were never posted and never will be: the
    /// incident is kept no longer, or was over for so long that it is not told any more.
    pub(super) fn end(
        &mut self,
        known: &BTreeMap<&str, &Arc<Incident>>,
        at: Timestamp,
    ) -> (u64, Option<Timestamp>, Vec<Key>) {
        let turn = self.turn;
        let left: Vec<Key> =
            self.since.iter().filter(|(_, (_, seen))| *seen != turn).map(|(key, _)| key.clone()).collect();
        for key in &left {
            self.since.remove(key);
        }
        let lost = left.into_iter().filter(|key| key.part == PARENT && is_lost(key, known, at)).collect();
        let oldest = self.since.values().map(|(since, _)| *since).min();
        (self.since.len() as u64, oldest, lost)
    }
}

fn is_lost(key: &Key, known: &BTreeMap<&str, &Arc<Incident>>, at: Timestamp) -> bool {
    let Some(incident) = known.get(key.incident.as_str()) else { return true };
    let post = find(&incident.status.posts, PARENT, &key.to);
    let stands = post.is_some_and(|post| post.message.is_some() || post.refused.is_some());
    let is_late = incident.status.resolved_at.is_some_and(|over| elapsed(over, at) > LATE);
    !stands && is_late && !incident.status.is_muted(at)
}
