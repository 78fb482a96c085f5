//! What can be done about a node that is confirmed dead. Pure: what stands on it was asked before.

use k8s_openapi::api::core::v1::Node;
use podwhy_knowledge::Finding;

use super::node::is_marked;
use super::withheld::{Why, Withheld};
use super::{MOST_NAMES, Offerable, plan};
use crate::act::dead::warning;
use crate::act::record::{Caution, MOST_TARGETS, Said, Target, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::ports::{OUT_OF_SERVICE_SINCE, OnNode, PodOnNode};

/// Pods of a tainted node are gone, and its volumes detached, within this, in seconds: the garbage collector looks each 20 s, and the
/// attach-detach controller waits for nothing then.
const EVICTED_WITHIN: u32 = 600;

/// A deletion is seen within this, in seconds.
const DELETED_WITHIN: u32 = 120;

/// What is known of a dead node.
#[derive(Debug)]
pub struct Dead<'a> {
    /// The object.
    pub node: &'a Node,
    /// As it is changed.
    pub target: Target,
    /// What is bound to it.
    pub on: OnNode,
    /// The API server's minor version.
    pub minor: u32,
    /// What must not run twice.
    pub twice: warning::Warning,
    /// The proof, as it is shown.
    pub checklist: Vec<Said>,
}

/// What can be offered about it. The mark and the deletion by force are alternatives; the Node itself goes last.
pub fn offers(dead: &Dead<'_>, finding: &Finding) -> Vec<Result<Offerable, Withheld>> {
    let left = left(&dead.on);
    let offered = match (dead.minor >= OUT_OF_SERVICE_SINCE, is_marked(dead.node)) {
        (true, false) => Some(mark(dead)),
        // its pods are going already
        (true, true) => None,
        (false, _) => delete_by_force(dead),
    };
    let mut all: Vec<_> = offered.map(|plan| Ok(of(dead, finding, plan))).into_iter().collect();
    if left.is_empty() {
        all.push(match owner(dead.node) {
            None => Ok(of(dead, finding, delete(dead))),
            Some(by) => {
                let of = format!("Node {}", dead.target.name);
                Err(Withheld { remedy: Remedy::DeleteNode, of, why: Why::NodeOwned(by) })
            }
        });
    }
    all
}

/// What still waits for the node: neither its own, nor what ended or stays whatever it is marked with.
fn left(on: &OnNode) -> Vec<&PodOnNode> {
    on.pods.iter().filter(|pod| !pod.is_of_node() && !pod.is_over && !pod.tolerates).collect()
}

fn of(dead: &Dead<'_>, finding: &Finding, mut plan: crate::act::record::Plan) -> Offerable {
    plan.node = Some(dead.target.clone());
    plan.checklist.clone_from(&dead.checklist);
    let circumstances =
        Circumstances { protected: false, control_plane: super::pod::is_control_plane(dead.node) };
    Offerable::new(finding, plan, circumstances)
}

fn mark(dead: &Dead<'_>) -> crate::act::record::Plan {
    let (stay, go): (Vec<&PodOnNode>, Vec<&PodOnNode>) = dead.on.pods.iter().partition(|pod| pod.tolerates);
    let mut warnings = twice(dead);
    warnings.extend(named(Caution::Evicted, names(&go)));
    warnings.extend(named(Caution::Tolerates, names(&stay)));
    plan(Remedy::TaintOutOfService, vec![dead.target.clone()], warnings, EVICTED_WITHIN)
}

/// Pods that are being deleted already; never those of its kubelet or of a DaemonSet.
fn delete_by_force(dead: &Dead<'_>) -> Option<crate::act::record::Plan> {
    let going = dead.on.pods.iter().filter(|pod| pod.is_deleting && !pod.is_of_node());
    let targets: Vec<Target> = going.map(|pod| pod.pod.clone()).take(MOST_TARGETS).collect();
    let mut warnings = twice(dead);
    warnings.extend(named(Caution::StaysAttached, dead.on.attachments.clone()));
    (!targets.is_empty()).then(|| plan(Remedy::ForceDelete, targets, warnings, DELETED_WITHIN))
}

fn delete(dead: &Dead<'_>) -> crate::act::record::Plan {
    let labels = dead.node.metadata.labels.iter().flat_map(|labels| labels.keys());
    let own =
        labels.filter(|key| !key.starts_with("kubernetes.io/") && !key.starts_with("beta.kubernetes.io/"));
    let forgotten = Warning { caution: Caution::Forgotten, names: own.take(MOST_NAMES).cloned().collect() };
    plan(Remedy::DeleteNode, vec![dead.target.clone()], vec![forgotten], DELETED_WITHIN)
}

fn twice(dead: &Dead<'_>) -> Vec<Warning> {
    let volumes = dead.twice.single.iter().chain(&dead.twice.unread).cloned().collect();
    let all = [(Caution::RunsTwice, dead.twice.stateful.clone()), (Caution::TwoWriters, volumes)];
    all.into_iter().filter_map(|(caution, names)| named(caution, names)).collect()
}

/// The first names, and how many there are besides.
fn named(caution: Caution, mut names: Vec<String>) -> Option<Warning> {
    let beyond = names.len().saturating_sub(MOST_NAMES);
    names.truncate(MOST_NAMES);
    if beyond > 0 {
        names.push(format!("+{beyond}"));
    }
    (!names.is_empty()).then_some(Warning { caution, names })
}

fn names(pods: &[&PodOnNode]) -> Vec<String> {
    pods.iter().map(|pod| format!("{}/{}", pod.pod.namespace, pod.pod.name)).collect()
}

/// Who makes and removes this Node: it would not stay away, or its machine would not be given back.
/// <https://cluster-api.sigs.k8s.io/reference/api/labels-and-annotations>,
/// <https://kubernetes.io/docs/concepts/architecture/cloud-controller/#node-controller>
fn owner(node: &Node) -> Option<String> {
    const MARKS: [(&str, &str); 4] = [
        ("cluster.x-k8s.io/machine", "Cluster API"),
        ("machine.openshift.io/machine", "OpenShift's machine controller"),
        ("karpenter.sh/nodepool", "Karpenter"),
        ("node.gardener.cloud/machine-name", "Gardener"),
    ];
    let meta = &node.metadata;
    let owned =
        meta.owner_references.iter().flatten().next().map(|owner| format!("{} {}", owner.kind, owner.name));
    let marked = || {
        let has = |key: &str| {
            [&meta.annotations, &meta.labels].iter().any(|all| all.iter().any(|all| all.contains_key(key)))
        };
        MARKS.iter().find(|(key, _)| has(key)).map(|(_, by)| (*by).to_string())
    };
    let cloud = || {
        let id = node.spec.as_ref()?.provider_id.as_deref().filter(|id| !id.is_empty())?;
        Some(format!("cloud controller ({})", id.split("://").next().unwrap_or(id)))
    };
    owned.or_else(marked).or_else(cloud)
}

#[cfg(test)]
mod tests;
