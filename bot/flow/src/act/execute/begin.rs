//! That it begins is stored, by one run of one replica.

use std::time::Duration;

use tokio::time::Instant;

use super::super::machine::Event;
use super::super::record::{Phase, Remediation, WRITE_WITHIN};
use super::check::Checked;
use super::{Executor, NotNow, left};

impl Executor {
    /// From approved on: what has to be so is looked at, it begins, and it is done.
    pub(super) async fn execute(&self, one: Remediation) -> Result<Phase, NotNow> {
        let writes = match self.check(&one).await? {
            Checked::Writes(writes) => writes,
            Checked::Otherwise(why) => {
                let over = Event::Supersede { who: self.run.clone(), why };
                return self.happens(&one, over).await.map(|one| one.status.phase);
            }
        };
        if !self.lead.leads() {
            return Ok(one.status.phase);
        }
        // counted from before it is stored: others count from a later moment
        let within = Duration::try_from(WRITE_WITHIN).unwrap_or_default();
        let deadline = self.clock.instant() + within.min(left(self.clock.now(), one.spec.expires_at()));
        match self.happens(&one, Event::Begin { by: self.run.clone() }).await {
            Ok(begun) => self.write_all(begun, writes, deadline).await,
            Err(NotNow::Ledger(_)) => self.begun_after_all(&one.name, writes, deadline).await,
            Err(other) => Err(other),
        }
    }

    /// The store had no answer: whether it was obeyed is read.
    async fn begun_after_all(
        &self,
        name: &str,
        writes: Vec<(usize, crate::ports::Write)>,
        deadline: Instant,
    ) -> Result<Phase, NotNow> {
        let read = self.remediations.get(name).await.map_err(NotNow::Ledger)?.ok_or(NotNow::Nothing)?;
        let is_own = read.status.executing.as_ref().is_some_and(|executing| executing.by == self.run);
        if is_own && read.status.phase == Phase::Executing {
            return self.write_all(read, writes, deadline).await;
        }
        Ok(read.status.phase)
    }
}
