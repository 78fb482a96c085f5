//! A finalizer before and after: its controller is looked for once more, and then whether it holds the object still.

use serde_json::Value;

use super::super::effect::{finalizers_of, stands};
use super::super::finalizers::{Whose, whose};
use super::super::machine::Refused;
use super::super::record::{Orphaned, Remediation};
use super::{Executor, NotNow};
use crate::ports::ClusterError;

impl Executor {
    /// The second look at whoever would take a finalizer off: why it is not taken off, if so. Nothing to look at where a plan names none.
    pub(super) async fn second_look(&self, one: &Remediation) -> Result<Option<String>, NotNow> {
        let Some(orphaned) = &one.spec.plan.finalizer else { return Ok(None) };
        if self.clock.now() < orphaned.again_at() {
            return Err(NotNow::Refused(Refused::TooEarly));
        }
        let name = &orphaned.name;
        let controller = match whose(name) {
            // what people agreed to is the absence of these; another version of podwhy may look for others
            Whose::Of(controller) if controller.told() == orphaned.absent => controller,
            _ => return Ok(Some(format!("what proves that nobody needs {name} is otherwise by now"))),
        };
        match self.acted(one)?.search.parts_of(controller.parts).await {
            Ok(found) if found.is_empty() => Ok(None),
            Ok(found) => Ok(Some(format!("{} is there: {}", controller.name, found.join(", ")))),
            // it is not asked again and again for what it may not see
            Err(error @ (ClusterError::Forbidden { .. } | ClusterError::Unauthorized { .. })) => {
                Ok(Some(format!("it could not be looked for {} everywhere: {error}", controller.name)))
            }
            Err(error) => Err(NotNow::Cluster(error.to_string())),
        }
    }

    /// Whether an object is gone, or held by others only; or that it is held still.
    pub(super) async fn let_go(
        &self,
        one: &Remediation,
        orphaned: &Orphaned,
    ) -> Result<Result<String, String>, NotNow> {
        let Some(target) = one.spec.plan.targets.first() else { return Err(NotNow::Nothing) };
        let object = self.read(one, target).await?;
        let what = format!("{} {}", target.kind, target.name);
        Ok(match object.filter(|object| stands(target, Some(object))) {
            None => Ok(format!("{what} is gone")),
            Some(object) => left(&object, &what, orphaned),
        })
    }
}

fn left(object: &Value, what: &str, orphaned: &Orphaned) -> Result<String, String> {
    let all: Vec<&str> = finalizers_of(object).collect();
    if all.contains(&orphaned.name.as_str()) {
        return Err(format!("{} still holds {what}", orphaned.name));
    }
    Ok(match all.as_slice() {
        [] => format!("no finalizer holds {what} any more"),
        others => format!("{} holds {what} no more; still there: {}", orphaned.name, others.join(", ")),
    })
}
