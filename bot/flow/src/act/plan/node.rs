//! A node that could take pods again: it is cordoned, or marked out of service.

use k8s_openapi::api::core::v1::Node;
use podwhy_knowledge::Finding;
use podwhy_knowledge::finding::Stage;

use super::{NODE_VERIFY, Offerable, plan};
use crate::act::out_of_service::KEY;
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
    if !is_cordoned || !is_ready(node) || node.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let target = target(node)?;
    let warnings = vec![Warning { caution: Caution::SomebodyCordoned, names: Vec::new() }];
    let circumstances = Circumstances { protected: false, control_plane: super::pod::is_control_plane(node) };
    let plan = plan(Remedy::Uncordon, vec![target], warnings, NODE_VERIFY);
    Some(Offerable::new(finding, plan, circumstances))
}

/// Takes the out-of-service mark off each node that is back: the one that is asked about, and those that pods wait for because of it.
pub(super) fn untaint(diagnosed: &Diagnosed) -> Vec<Offerable> {
    let (snapshot, findings) = (&diagnosed.snapshot, &diagnosed.diagnosis.findings);
    let Some(finding) = findings.first() else { return Vec::new() };
    let waits = findings.iter().any(|finding| finding.stage == Some(Stage::Schedule));
    let own = snapshot.node_name().unwrap_or_default();
    let nodes = snapshot.world.nodes.iter().filter(|(name, _)| waits || *name == own).map(|(_, node)| node);
    let back =
        nodes.filter(|node| is_marked(node) && is_ready(node) && node.metadata.deletion_timestamp.is_none());
    back.filter_map(|node| {
        let circumstances =
            Circumstances { protected: false, control_plane: super::pod::is_control_plane(node) };
        let plan = plan(Remedy::UntaintOutOfService, vec![target(node)?], Vec::new(), NODE_VERIFY);
        Some(Offerable::new(finding, plan, circumstances))
    })
    .collect()
}

/// A Node as it is changed; `None` for one without a uid.
pub fn target(node: &Node) -> Option<Target> {
    Some(Target {
        kind: "Node".to_string(),
        namespace: String::new(),
        name: node.metadata.name.clone()?,
        uid: node.metadata.uid.clone().filter(|uid| !uid.is_empty())?,
    })
}

/// Whether it has the out-of-service mark.
pub(super) fn is_marked(node: &Node) -> bool {
    node.spec.iter().flat_map(|spec| spec.taints.iter().flatten()).any(|taint| taint.key == KEY)
}

/// Whether its kubelet says that it is ready.
pub(crate) fn is_ready(node: &Node) -> bool {
    let conditions = node.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|condition| condition.type_ == "Ready" && condition.status == "True")
}
