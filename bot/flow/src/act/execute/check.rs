//! Everything is looked at again, directly before something is done.

use super::super::effect::{stands, write};
use super::super::record::Remediation;
use super::{Executor, NotNow};
use crate::ports::{Write, WriteError};

/// A dry run may take so long.
const DRY_RUN: std::time::Duration = std::time::Duration::from_secs(10);

/// What the second look brought.
pub(super) enum Checked {
    /// All is as it was when people agreed: these are the writes, by the target's place.
    Writes(Vec<(usize, Write)>),
    /// Something is otherwise, in words.
    Otherwise(String),
}

impl Executor {
    pub(super) async fn check(&self, one: &Remediation) -> Result<Checked, NotNow> {
        let otherwise = |why: String| Ok(Checked::Otherwise(why));
        if !self.sealer.all_hold(one) {
            return otherwise(
                "an approval was not given through podwhy, or what was approved was changed".into(),
            );
        }
        let Some(writer) = self.writer(one) else {
            return otherwise("who agreed is not configured any more".into());
        };
        if let Some(why) = self.denied(one) {
            return otherwise(why);
        }
        let acted = self.acted(one)?;
        match acted.again.look(&one.spec.subject).await {
            Err(why) => return Err(NotNow::Cluster(why)),
            Ok(now) if !now.has(&one.spec.root_cause) => {
                return otherwise(format!(
                    "the diagnosis does not find {} any more",
                    one.spec.root_cause.cause
                ));
            }
            Ok(_) => {}
        }
        let mut writes = Vec::new();
        for (place, target) in one.spec.plan.targets.iter().enumerate() {
            let object =
                acted.write.look(target).await.map_err(|error| NotNow::Cluster(error.to_string()))?;
            if !stands(target, object.as_ref()) {
                continue;
            }
            let Some(write) = write(&one.spec, target) else {
                return otherwise("podwhy does not do this".into());
            };
            if let Some(why) = self.not_allowed(one, &write).await? {
                return otherwise(why);
            }
            match acted.write.write(&writer, &write, true, DRY_RUN).await {
                Ok(()) => writes.push((place, write)),
                Err(WriteError::Refused(why)) => return otherwise(why),
                Err(WriteError::Unclear(why)) => return Err(NotNow::Cluster(why)),
            }
        }
        if writes.is_empty() {
            return otherwise("what it was for is gone, or is another one by now".into());
        }
        Ok(Checked::Writes(writes))
    }

    /// Each who agreed needs the right themselves: nobody agrees to what they may not do.
    async fn not_allowed(&self, one: &Remediation, write: &Write) -> Result<Option<String>, NotNow> {
        let (acted, access) = (self.acted(one)?, write.access());
        for approval in &one.status.approvals {
            let Some(user) = self.person(approval) else {
                return Ok(Some(format!("{} is not configured any more", approval.user)));
            };
            let may = acted.write.may(&user, &access).await;
            if !may.map_err(|error| NotNow::Cluster(error.to_string()))? {
                return Ok(Some(format!("{} may not {}", user.name, access.told())));
            }
        }
        Ok(None)
    }
}
