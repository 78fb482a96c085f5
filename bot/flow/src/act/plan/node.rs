//! A cordoned node that could take pods again.

use podwhy_knowledge::Finding;

use super::{NODE_VERIFY, Offerable, plan};
use crate::act::record::{Caution, Target, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::ask::diagnose::Diagnosed;

/// Uncordons the node that is at fault. `None` where it is ready for no pod anyway, or is going away.
pub(super) fn uncordon(diagnosed: &Diagnosed, finding: &Finding) -> Option<Offerable> {
    if finding.blame.kind != "Node" {
        return None;
    }
    let node = diagnosed.snapshot.world.nodes.get(&finding.blame.name)?;
    let is_cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable).unwrap_or(false);
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    let is_ready = conditions
        .into_iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    if !is_cordoned || !is_ready || node.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let target = Target {
        kind: "Node".to_string(),
        namespace: String::new(),
        name: node.metadata.name.clone()?,
        uid: node.metadata.uid.clone().filter(|uid| !uid.is_empty())?,
    };
    let warnings = vec![Warning { caution: Caution::SomebodyCordoned, names: Vec::new() }];
    let circumstances = Circumstances { protected: false, control_plane: super::pod::is_control_plane(node) };
    let plan = plan(Remedy::Uncordon, vec![target], warnings, NODE_VERIFY);
    Some(Offerable { cause: finding.cause.to_string(), blame: finding.blame.clone(), plan, circumstances })
}
