//! Whether what was done helped: the cause is gone, not only the request obeyed.

use super::super::again::Now;
use super::super::effect::stands;
use super::super::machine::{Event, Help};
use super::super::record::{Phase, Remediation, Result as Of};
use super::super::rollout::is_complete;
use super::ticket::Obeyed;
use super::{Executor, NotNow};

impl Executor {
    pub(super) async fn verify(&self, one: Remediation) -> Result<Phase, NotNow> {
        let is_over = one.status.verify_until.is_none_or(|until| self.clock.now() >= until);
        let obeyed = match self.obeyed(&one, is_over).await {
            Err(NotNow::Cluster(why)) if is_over => Some(Obeyed::Ended(Help::Unclear { why })),
            obeyed => obeyed?,
        };
        match obeyed {
            None => {}
            Some(Obeyed::NotYet) => return Ok(Phase::Verifying),
            Some(Obeyed::Ended(help)) => {
                let event = Event::Verified { by: self.run.clone(), help };
                return self.happens(&one, event).await.map(|one| one.status.phase);
            }
        }
        let help = match self.helped(&one).await {
            Ok(Ok(why)) => Help::Helped { why },
            Ok(Err(why)) | Err(NotNow::Cluster(why)) if is_over => Help::DidNot { why },
            Ok(Err(_)) => return Ok(Phase::Verifying),
            Err(error) => return Err(error),
        };
        let event = Event::Verified { by: self.run.clone(), help };
        self.happens(&one, event).await.map(|one| one.status.phase)
    }

    /// By what it was seen to have helped, or what is seen instead.
    async fn helped(&self, one: &Remediation) -> Result<Result<String, String>, NotNow> {
        if let Some(helped) = self.node_helped(one).await? {
            return Ok(helped);
        }
        if let Some(orphaned) = &one.spec.plan.finalizer {
            return self.let_go(one, orphaned).await;
        }
        let acted = self.acted(one)?;
        if one.spec.plan.is_of_pods() {
            let done = one.status.outcomes.iter().filter(|outcome| outcome.result == Of::Done);
            for target in done.filter_map(|outcome| one.spec.plan.targets.get(outcome.target as usize)) {
                let object = acted.write.look(target).await;
                let object = object.map_err(|error| NotNow::Cluster(error.to_string()))?;
                if stands(target, object.as_ref()) {
                    return Ok(Err(format!("{} {} is still there", target.kind, target.name)));
                }
            }
        }
        if one.spec.plan.is_rollout() {
            for target in &one.spec.plan.targets {
                let object = self.read(one, target).await?;
                if !object.is_some_and(|object| is_complete(&object)) {
                    return Ok(Err(format!(
                        "the rollout of {} {} is not complete",
                        target.kind, target.name
                    )));
                }
            }
        }
        if let Some(why) = self.not_ready(one).await? {
            return Ok(Err(why));
        }
        let after = &one.spec.after;
        match acted.again.look(after).await.map_err(NotNow::Cluster)? {
            now if now.has(&one.spec.root_cause) => {
                Ok(Err(format!("the diagnosis still finds {}", one.spec.root_cause.cause)))
            }
            Now::Gone if one.spec.plan.is_of_pods() => {
                Ok(Ok(format!("the pods are gone, and there is no {} {}", after.kind, after.name)))
            }
            Now::Gone => Ok(Ok(format!("{} {} is gone", after.kind, after.name))),
            // the next pod has to be ready as well: that the one before is gone is no help
            Now::Found { is_well: false, summary, .. } if one.spec.plan.makes_pods() => Ok(Err(summary)),
            Now::Found { summary, .. } => Ok(Ok(summary)),
        }
    }
}
