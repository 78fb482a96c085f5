use kube::Resource;
use serde_json::json;

use super::*;

#[test]
fn a_pod_is_read_in_brief() {
    let pod: PodBrief = serde_json::from_value(json!({
        "metadata": {"name": "cart-0", "namespace": "shop", "uid": "u1", "resourceVersion": "7",
            "creationTimestamp": "2026-11-24T09:00:00Z", "managedFields": [{"manager": "kubelet"}],
            "ownerReferences": [{"kind": "Node", "name": "n"}, {"kind": "ReplicaSet", "name": "cart", "controller": true}]},
        "spec": {"nodeName": "n1", "containers": [{"name": "app"}]},
        "status": {"phase": "Pending",
            "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-24T09:00:05Z"}],
            "initContainerStatuses": [{"restartCount": 2, "state": {"terminated": {"exitCode": 0, "finishedAt": "2026-11-24T09:09:00Z"}},
                "lastState": {"terminated": {"exitCode": 3, "finishedAt": "2026-11-24T09:02:00Z"}}}],
            "containerStatuses": [{"restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}},
                {"restartCount": 1, "state": {"waiting": {"reason": "ImagePullBackOff"}}, "lastState": {}}]},
    }))
    .unwrap();
    let at = |text: &str| Some(text.parse().unwrap());
    assert_eq!(pod.meta().resource_version.as_deref(), Some("7"));
    assert_eq!(pod.seen.owner, Some(("ReplicaSet".to_string(), "cart".to_string())));
    assert_eq!(pod.seen.ready, Some((false, at("2026-11-24T09:00:05Z"))));
    assert_eq!(pod.seen.waiting.as_deref(), Some("ImagePullBackOff"));
    assert_eq!((pod.seen.restarts, pod.seen.last_failed), (3, at("2026-11-24T09:02:00Z")));
    assert_eq!((pod.seen.node.as_str(), pod.seen.phase.as_str()), ("n1", "Pending"));
}

#[test]
fn what_is_null_or_no_time_is_nothing() {
    let pod: PodBrief = serde_json::from_value(json!({
        "metadata": {"name": "a", "uid": "u", "creationTimestamp": "soon", "ownerReferences": null},
        "spec": {}, "status": {"conditions": null, "containerStatuses": null},
    }))
    .unwrap();
    assert_eq!((pod.seen.created, pod.seen.ready, pod.seen.waiting), (None, None, None));
    let node: NodeBrief = serde_json::from_value(json!({"metadata": {"name": "n1"},
        "spec": {"unschedulable": true}, "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]}}))
    .unwrap();
    assert!(node.seen.is_cordoned);
    assert_eq!(node.seen.ready, Some(("Unknown".to_string(), None)));
}
