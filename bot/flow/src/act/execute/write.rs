//! The writes themselves.

use tokio::time::Instant;

use super::super::machine::Event;
use super::super::record::{Outcome, Phase, Remediation, Result as Of};
use super::{Executor, NotNow};
use crate::ports::{Write, WriteError};

impl Executor {
    /// Each write once, as long as its time lasts; then what came of each is stored.
    pub(super) async fn write_all(
        &self,
        one: Remediation,
        writes: Vec<(usize, Write)>,
        deadline: Instant,
    ) -> Result<Phase, NotNow> {
        if !self.is_first(&one.name) {
            return Ok(one.status.phase);
        }
        let acted = self.acted(&one)?;
        let Some(writer) = self.writer(&one) else { return Err(NotNow::Nothing) };
        let gone = "it is gone, or is another one by now";
        let mut outcomes: Vec<Outcome> = Vec::new();
        for target in 0..one.spec.plan.targets.len() {
            let write = writes.iter().find(|(place, _)| *place == target).map(|(_, write)| write);
            let left = deadline.saturating_duration_since(self.clock.instant());
            let (result, why) = match write {
                None => (Of::NotDone, gone.to_string()),
                // asked directly before: this process may have been stopped for a while
                Some(_) if !self.lead.leads() => (Of::NotDone, "another replica leads by now".to_string()),
                Some(_) if left.is_zero() => (Of::NotDone, "its time was over".to_string()),
                Some(write) => match acted.write.write(&writer, write, false, left).await {
                    Ok(()) => (Of::Done, String::new()),
                    Err(WriteError::Refused(why)) => (Of::NotDone, why),
                    Err(WriteError::Unclear(why)) => (Of::Unclear, why),
                },
            };
            outcomes.push(Outcome::of(target, result, why));
        }
        if outcomes.iter().any(|outcome| outcome.result == Of::Unclear) {
            // looked up like another's, when no request can be under way any more
            return Ok(Phase::Executing);
        }
        self.happens(&one, Event::Wrote { by: self.run.clone(), outcomes }).await.map(|one| one.status.phase)
    }
}
