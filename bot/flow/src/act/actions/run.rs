//! The leader carries out what was approved, ends what is over, and shows how each stands.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::Lang;
use tracing::{debug, warn};

use super::super::record::{Phase, Remediation};
use super::Actions;
use crate::ports::ClusterRead;

/// So often it is looked what there is to do while something goes on …
const EVERY: Duration = Duration::from_secs(1);

/// … and while nothing does: whoever offers something waits for a person longer than this.
const IDLE: Duration = Duration::from_secs(5);

/// What somebody agreed to is kept this long after its offer; what nobody touched, a day.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);
const KEEP_UNTOUCHED: SignedDuration = SignedDuration::from_hours(24);

impl<C: ClusterRead + Debug> Actions<C> {
    /// Goes on; does not end. For the leader: whoever does not lead looks again after a while.
    pub async fn run(&self) {
        let mut shown = BTreeSet::new();
        loop {
            let mut goes_on = false;
            if self.executor.lead.leads() {
                goes_on = self.round(&mut shown).await;
            }
            tokio::time::sleep(if goes_on { EVERY } else { IDLE }).await;
        }
    }

    /// One step of each; whether something may go on. `shown` are the names of those that are over and are shown so: nothing more
    /// becomes of them.
    async fn round(&self, shown: &mut BTreeSet<String>) -> bool {
        let all = match self.executor.remediations.all().await {
            Ok(all) => all,
            Err(error) => {
                warn!(%error, "remediations could not be read; nothing is begun");
                return true;
            }
        };
        let now = self.clock.now();
        let (over, open): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.status.phase.is_over());
        let mut steps: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        for one in &open {
            steps.push(Box::pin(self.step(one, &all, now)));
        }
        while steps.next().await.is_some() {}
        shown.retain(|name| over.iter().any(|one| one.name == *name));
        for one in over {
            if !shown.contains(&one.name) && self.tell(one).await {
                shown.insert(one.name.clone());
            }
            let keep = if one.status.approvals.is_empty() { KEEP_UNTOUCHED } else { KEEP };
            if now.duration_since(one.spec.offered_at) > keep {
                self.forget(one).await;
            }
        }
        !open.is_empty()
    }

    async fn step(&self, one: &Remediation, all: &[Remediation], now: Timestamp) {
        // what is stopped stays approved until its offer is over
        let waits = one.status.phase == Phase::Approved && now < one.spec.expires_at();
        if waits && (self.frozen().is_some() || self.hindered(one, all, Lang::En).is_some()) {
            return;
        }
        match self.executor.step(&one.name).await {
            Ok(phase) if phase == one.status.phase => {}
            Ok(_) => {
                if let Ok(Some(after)) = self.executor.remediations.get(&one.name).await {
                    self.store.counts().steps.came(one.status.history.len(), &after);
                    self.tell(&after).await;
                }
            }
            Err(not_now) => debug!(?not_now, remediation = one.name, "a step is put off"),
        }
    }

    async fn forget(&self, one: &Remediation) {
        if let Err(error) = self.executor.remediations.remove(&one.name).await {
            warn!(%error, remediation = one.name, "an old remediation could not be removed yet");
        }
    }
}
