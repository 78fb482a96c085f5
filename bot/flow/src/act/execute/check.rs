//! Everything is looked at again, directly before something is done.

use serde_json::Value;

use super::super::effect::{Standing, stands, write};
use super::super::record::{Remediation, Target};
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
        if let Some(why) = self.second_look(one).await? {
            return otherwise(why);
        }
        let acted = self.acted(one)?;
        match acted.again.look(&one.spec.subject).await {
            Err(why) => return Err(NotNow::Cluster(why)),
            Ok(now) if one.spec.plan.remedy.needs_cause() && !now.has(&one.spec.root_cause) => {
                return otherwise(format!(
                    "the diagnosis does not find {} any more",
                    one.spec.root_cause.cause
                ));
            }
            Ok(_) => {}
        }
        if let Some(why) = self.alive(one).await? {
            return otherwise(why);
        }
        let revision = match &one.spec.plan.revision {
            None => None,
            Some(revision) => self.read(one, &revision.replica_set).await?,
        };
        let mut writes = Vec::new();
        for (place, target) in one.spec.plan.targets.iter().enumerate() {
            let object = self.read(one, target).await?;
            let Some(object) = object.filter(|object| stands(target, Some(object))) else { continue };
            let standing =
                Standing { object: &object, revision: revision.as_ref(), of: (&one.name, &one.uid) };
            let write = match write(&one.spec, target, &standing) {
                Ok(write) => write,
                Err(why) => return otherwise(why),
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

    pub(super) async fn read(&self, one: &Remediation, target: &Target) -> Result<Option<Value>, NotNow> {
        let object = self.acted(one)?.write.look(target).await;
        object.map_err(|error| NotNow::Cluster(error.to_string()))
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
