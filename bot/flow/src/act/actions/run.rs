//! The leader carries out what was approved, ends what is over, and shows how each stands.

use std::fmt::Debug;
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tracing::{debug, warn};

use super::super::record::{Phase, Remediation};
use super::Actions;
use crate::ports::ClusterRead;

/// So often it is looked what there is to do.
const EVERY: Duration = Duration::from_secs(1);

/// What somebody agreed to is kept this long after its offer; what nobody touched, a day.
const KEEP: SignedDuration = SignedDuration::from_hours(24 * 30);
const KEEP_UNTOUCHED: SignedDuration = SignedDuration::from_hours(24);

impl<C: ClusterRead + Debug> Actions<C> {
    /// Goes on; does not end. For the leader: whoever does not lead looks again a second later.
    pub async fn run(&self) {
        loop {
            if self.executor.lead.leads() {
                self.round().await;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    async fn round(&self) {
        let all = match self.executor.remediations.all().await {
            Ok(all) => all,
            Err(error) => {
                warn!(%error, "remediations could not be read; nothing is begun");
                return;
            }
        };
        let now = self.clock.now();
        let mut steps: FuturesUnordered<BoxFuture<'_, ()>> = FuturesUnordered::new();
        for one in &all {
            steps.push(Box::pin(self.step(one, &all, now)));
        }
        while steps.next().await.is_some() {}
    }

    async fn step(&self, one: &Remediation, all: &[Remediation], now: Timestamp) {
        let is_touched = !one.status.history.is_empty() && !one.status.approvals.is_empty();
        let keep = if is_touched { KEEP } else { KEEP_UNTOUCHED };
        if one.status.phase.is_over() {
            self.tell(one).await;
            if now.duration_since(one.spec.offered_at) > keep {
                self.forget(one).await;
            }
            return;
        }
        // what is stopped stays approved until its offer is over
        let waits = one.status.phase == Phase::Approved && now < one.spec.expires_at();
        if waits && (self.frozen().is_some() || self.hindered(one, all, podwhy_knowledge::Lang::En).is_some())
        {
            return;
        }
        match self.executor.step(&one.name).await {
            Ok(phase) if phase == one.status.phase => {}
            Ok(_) => {
                if let Ok(Some(after)) = self.executor.remediations.get(&one.name).await {
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
