//! Taints and tolerations. <https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/>
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go>
//!
//! `Gt` and `Lt` are taken as meant: an API server without the feature `TaintTolerationComparisonOperators` refuses a pod
//! that has them, so where one is stored the cluster knows them.

use k8s_openapi::api::core::v1::{Node, PodSpec, Taint, Toleration};

/// Set by `kubectl cordon`.
pub const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// The taints that keep pods off the node, or drive them out.
pub fn closing(node: &Node) -> impl Iterator<Item = &Taint> {
    let taints = node.spec.as_ref().and_then(|spec| spec.taints.as_ref());
    taints.into_iter().flatten().filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
}

/// The taints that keep the pod off the node and that it does not tolerate.
pub fn untolerated<'a>(spec: &PodSpec, node: &'a Node) -> Vec<&'a Taint> {
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    closing(node).filter(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint))).collect()
}

/// Whether Kubernetes itself put the taint there because of the node's condition.
pub fn is_condition(taint: &Taint) -> bool {
    let own = taint.key.starts_with("node.kubernetes.io/")
        || taint.key.starts_with("node.cloudprovider.kubernetes.io/");
    own && taint.key != UNSCHEDULABLE
}

/// A taint that software sets and takes away by itself: to tolerate it puts the pod where it cannot run, or not for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passing {
    /// Until an agent of the node is ready: its network, a storage driver, its autoscaler.
    Starting,
    /// Until the node is gone.
    Leaving,
}

/// Cilium, the CSI drivers of AWS, Karpenter, and whatever is told to the cluster autoscaler as a start-up taint.
/// <https://docs.cilium.io/en/stable/installation/taints/>, <https://karpenter.sh/docs/concepts/nodepools/>,
/// <https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/utils/taints/taints.go>
const STARTING: &[&str] = &[
    "/agent-not-ready",
    "karpenter.sh/unregistered",
    "startup-taint.cluster-autoscaler.kubernetes.io/",
    "ignore-taint.cluster-autoscaler.kubernetes.io/",
];

/// Taints that autoscalers, Karpenter and handlers of a cloud's notices put on a node they are about to remove.
const LEAVING: &[&str] = &[
    "ToBeDeletedByClusterAutoscaler",
    "DeletionCandidateOfClusterAutoscaler",
    "karpenter.sh/disrupted",
    "karpenter.sh/disruption",
    "aws-node-termination-handler/",
    "cloud.google.com/impending-node-termination",
];

/// Whether a taint goes by itself, or its node does.
pub fn passing(key: &str) -> Option<Passing> {
    let one_of = |keys: &[&str]| {
        keys.iter().any(|known| match (known.strip_prefix('/'), known.strip_suffix('/')) {
            (Some(_), _) => key.ends_with(known),
            (_, Some(_)) => key.starts_with(known),
            _ => key == *known,
        })
    };
    if one_of(LEAVING) { Some(Passing::Leaving) } else { one_of(STARTING).then_some(Passing::Starting) }
}

/// Whether the pod tolerates being placed on a cordoned node.
pub fn tolerates_cordon(spec: &PodSpec) -> bool {
    let cordon =
        Taint { key: UNSCHEDULABLE.to_string(), effect: "NoSchedule".to_string(), ..Taint::default() };
    spec.tolerations.iter().flatten().any(|toleration| tolerates(toleration, &cordon))
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    if (!effect.is_empty() && effect != taint.effect) || (!key.is_empty() && key != taint.key) {
        return false;
    }
    let value = toleration.value.as_deref().unwrap_or_default();
    let tainted = taint.value.as_deref().unwrap_or_default();
    let compare = |test: fn(i64, i64) -> bool| matches!((tainted.parse(), value.parse()), (Ok(tainted), Ok(value)) if test(tainted, value));
    match toleration.operator.as_deref().unwrap_or("Equal") {
        "Exists" => true,
        "Lt" => compare(|tainted, value| tainted < value),
        "Gt" => compare(|tainted, value| tainted > value),
        _ => !key.is_empty() && value == tainted,
    }
}

/// `dedicated=batch:NoSchedule`
pub fn show(taint: &Taint) -> String {
    match taint.value.as_deref().filter(|v| !v.is_empty()) {
        Some(value) => format!("{}={value}:{}", taint.key, taint.effect),
        None => format!("{}:{}", taint.key, taint.effect),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_software_sets_for_a_while_is_known_by_its_key() {
        for (key, known) in [
            ("node.cilium.io/agent-not-ready", Some(Passing::Starting)),
            ("ebs.csi.aws.com/agent-not-ready", Some(Passing::Starting)),
            ("startup-taint.cluster-autoscaler.kubernetes.io/network", Some(Passing::Starting)),
            ("karpenter.sh/disrupted", Some(Passing::Leaving)),
            ("ToBeDeletedByClusterAutoscaler", Some(Passing::Leaving)),
            ("aws-node-termination-handler/spot-itn", Some(Passing::Leaving)),
            ("karpenter.sh/nodepool", None),
            ("dedicated", None),
        ] {
            assert_eq!(passing(key), known, "{key}");
        }
    }

    #[test]
    fn tolerations_hold_as_the_documents_say() {
        let node: Node = serde_json::from_value(json!({"metadata": {"name": "n"}, "spec": {"taints": [
            {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]}}))
        .unwrap();
        for (toleration, tolerated) in [
            (json!({"key": "dedicated", "value": "batch", "effect": "NoSchedule"}), true),
            (json!({"key": "dedicated", "value": "infra"}), false),
            (json!({"key": "dedicated", "operator": "Exists"}), true),
            (json!({"operator": "Exists"}), true),
            (json!({"key": "dedicated", "operator": "Exists", "effect": "NoExecute"}), false),
            (json!({"key": "other", "operator": "Exists"}), false),
        ] {
            let spec: PodSpec =
                serde_json::from_value(json!({"containers": [], "tolerations": [toleration]})).unwrap();
            assert_eq!(untolerated(&spec, &node).is_empty(), tolerated, "{:?}", spec.tolerations);
        }
    }
}
