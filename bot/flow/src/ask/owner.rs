//! Which workload a pod belongs to: without a snapshot of it, which costs a diagnosis.

use podwhy_knowledge::snapshot::pod_owner;
use podwhy_knowledge::world::PodObject;
use podwhy_knowledge::{Blame, Kind, World};

/// A Deployment's ReplicaSet's pods carry the end of its name:
/// <https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#pod-template-hash-label>
const HASH: &str = "pod-template-hash";

/// A CronJob, its Job and its pod are the longest chain there is in Kubernetes itself.
const LONGEST_CHAIN: usize = 4;

/// The outermost controller of a pod that is known; `None` for a pod of nobody, and a static one.
pub fn top_owner(world: &World, namespace: &str, pod: &PodObject) -> Option<Blame> {
    let (mut kind, mut name) = pod_owner(&pod.pod).filter(|(kind, _)| kind != "Node")?;
    for _ in 0..LONGEST_CHAIN {
        let known = Kind::from_camel(&kind)
            .and_then(|kind| world.workloads.get(&(kind, namespace.to_string(), name.clone())));
        match known.map(|workload| workload.owner.clone()) {
            Some(Some(owner)) => (kind, name) = owner,
            Some(None) => break,
            None => {
                let labels = pod.pod.metadata.labels.as_ref();
                let hash = labels.and_then(|labels| labels.get(HASH)).filter(|_| kind == "ReplicaSet");
                let deployment = hash.and_then(|hash| name.strip_suffix(&format!("-{hash}")));
                let Some(deployment) = deployment.map(str::to_string) else { break };
                (kind, name) = (Kind::Deployment.camel().to_string(), deployment);
            }
        }
    }
    Some(Blame::namespaced(&kind, namespace, &name))
}
