//! What became of a write that nobody reported: read off the objects, never tried again.

use jiff::SignedDuration;

use super::super::effect::done;
use super::super::machine::Event;
use super::super::record::{LOOK_AFTER, Outcome, Phase, Remediation, Result as Of};
use super::{Executor, NotNow};

/// So long after it may be looked, a cluster that does not answer makes it unclear: somebody has to be told.
const GIVE_UP: SignedDuration = SignedDuration::from_mins(2);

impl Executor {
    pub(super) async fn look_after(&self, one: Remediation) -> Result<Phase, NotNow> {
        let Some(executing) = &one.status.executing else { return Ok(Phase::Executing) };
        let since = executing.deadline_at.checked_add(LOOK_AFTER).unwrap_or(executing.deadline_at);
        let now = self.clock.now();
        if now < since {
            return Ok(Phase::Executing);
        }
        let acted = self.acted(&one)?;
        let of_agent = one.spec.plan.remedy.needs_agent();
        let mut outcomes = Vec::new();
        for (place, target) in one.spec.plan.targets.iter().enumerate() {
            let looked = match of_agent {
                true => self.was_given(&one).await,
                false => acted
                    .write
                    .look(target)
                    .await
                    .map(|object| done(&one.spec, target, object.as_ref()))
                    .map_err(|error| NotNow::Cluster(error.to_string())),
            };
            let (result, why) = match looked {
                Ok(Of::NotDone) => (Of::NotDone, "no answer came, and it was not done".to_string()),
                Ok(result) => (result, String::new()),
                Err(NotNow::Cluster(error)) if now.duration_since(since) >= GIVE_UP => (Of::Unclear, error),
                Err(error) => return Err(error),
            };
            outcomes.push(Outcome::of(place, result, why));
        }
        self.happens(&one, Event::Looked { by: self.run.clone(), outcomes }).await.map(|one| one.status.phase)
    }
}
