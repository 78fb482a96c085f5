//! A pod that should go, so that its controller makes another.

use k8s_openapi::api::core::v1::{Node, Pod};
use podwhy_knowledge::snapshot::pod_owner;
use podwhy_knowledge::world::{Lookup, PodObject, is_ready};
use podwhy_knowledge::{Finding, Snapshot};

use super::{MOST_NAMES, Offerable, POD_VERIFY, plan, pod_of};
use crate::act::record::{Caution, MOST_TARGETS, Target, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::ask::diagnose::Diagnosed;

/// Deletes the pod a finding is about. `None` where nothing would make another, where no API request deletes it, or where it goes already.
pub(super) fn delete(diagnosed: &Diagnosed, finding: &Finding) -> Option<Offerable> {
    let snapshot = &diagnosed.snapshot;
    let pod = pod_of(snapshot, finding)?;
    let owner = pod_owner(pod)?;
    let is_mirror = pod.metadata.annotations.as_ref().is_some_and(|own| own.contains_key(MIRROR));
    // a Job is done with its pod, and a Node is the owner of what its kubelet made
    if is_mirror || matches!(owner.0.as_str(), "Node" | "Job") || pod.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
    let circumstances = Circumstances {
        protected: false,
        control_plane: node.is_some_and(|node| is_careful(snapshot, node)),
    };
    let mut warnings = warnings(snapshot, pod, &owner);
    if circumstances.control_plane {
        let names = node.map(str::to_string).into_iter().collect();
        warnings.push(Warning { caution: Caution::ControlPlane, names });
    }
    let plan = if phase(pod) == "Failed" {
        plan(Remedy::DeleteFailedPods, failed_like(snapshot, pod, &owner), warnings, POD_VERIFY)
    } else {
        plan(Remedy::DeletePod, vec![target(pod)?], warnings, POD_VERIFY)
    };
    if plan.targets.is_empty() {
        return None;
    }
    Some(Offerable::new(finding, plan, circumstances))
}

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-config-mirror>
const MIRROR: &str = "kubernetes.io/config.mirror";

fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default()
}

/// A Pod as it is changed; `None` for one without a uid.
pub(super) fn target(pod: &Pod) -> Option<Target> {
    let meta = &pod.metadata;
    Some(Target {
        kind: "Pod".to_string(),
        namespace: meta.namespace.clone()?,
        name: meta.name.clone()?,
        uid: meta.uid.clone().filter(|uid| !uid.is_empty())?,
    })
}

/// The pods of the same owner that failed for the same reason: they stay until somebody deletes them.
/// <https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection>
fn failed_like(snapshot: &Snapshot, pod: &Pod, owner: &(String, String)) -> Vec<Target> {
    let reason = |pod: &Pod| pod.status.as_ref().and_then(|status| status.reason.clone());
    let alike = siblings(snapshot, pod, owner).filter(|other| {
        phase(&other.pod) == "Failed"
            && reason(&other.pod) == reason(pod)
            && other.pod.metadata.deletion_timestamp.is_none()
    });
    target(pod).into_iter().chain(alike.filter_map(|other| target(&other.pod))).take(MOST_TARGETS).collect()
}

fn siblings<'s>(
    snapshot: &'s Snapshot,
    pod: &'s Pod,
    owner: &'s (String, String),
) -> impl Iterator<Item = &'s PodObject> {
    snapshot.world.pods.values().filter(move |other| {
        let meta = &other.pod.metadata;
        meta.namespace == pod.metadata.namespace
            && meta.uid != pod.metadata.uid
            && pod_owner(&other.pod).as_ref() == Some(owner)
    })
}

/// Of the control plane, or not known to be of another: nobody is asked too often there.
fn is_careful(snapshot: &Snapshot, node: &str) -> bool {
    snapshot.world.nodes.get(node).is_none_or(|node| is_control_plane(node))
}

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-role-kubernetes-io-control-plane>
pub(super) fn is_control_plane(node: &Node) -> bool {
    let roles = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
    node.metadata.labels.as_ref().is_some_and(|labels| roles.iter().any(|role| labels.contains_key(*role)))
}

fn warnings(snapshot: &Snapshot, pod: &Pod, owner: &(String, String)) -> Vec<Warning> {
    let mut all = Vec::new();
    if owner.0 == "StatefulSet" {
        all.push(Warning { caution: Caution::Stateful, names: vec![owner.1.clone()] });
    }
    let claims = single_use(snapshot, pod);
    if !claims.is_empty() {
        all.push(Warning { caution: Caution::SingleUseVolumes, names: claims });
    }
    let unready = siblings(snapshot, pod, owner)
        .filter(|other| !is_ready(&other.pod) && !matches!(phase(&other.pod), "Failed" | "Succeeded"));
    let unready: Vec<String> =
        unready.filter_map(|other| other.pod.metadata.name.clone()).take(MOST_NAMES).collect();
    if !unready.is_empty() {
        all.push(Warning { caution: Caution::PeersNotReady, names: unready });
    }
    all
}

/// Claims whose volume only one node or pod may use; one that was not read may be one.
fn single_use(snapshot: &Snapshot, pod: &Pod) -> Vec<String> {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let names =
        volumes.filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone()));
    let is_single = |name: &String| match snapshot.world.claim(snapshot.namespace(), name) {
        Lookup::Found(claim) => {
            let modes = claim.spec.as_ref().and_then(|spec| spec.access_modes.as_deref());
            modes.is_none_or(|modes| modes.iter().any(|mode| mode.starts_with("ReadWriteOnce")))
        }
        _ => true,
    };
    names.filter(is_single).take(MOST_NAMES).collect()
}
