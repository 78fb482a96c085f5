use podwhy_knowledge::Lang;
use serde_json::{Value, json};

use super::super::tests::looked;
use super::super::{Found, Known, found};
use super::*;

/// A pod that its kubelet is done with.
fn held_by(finalizers: &[&str]) -> Value {
    let ended = json!({"exitCode": 0, "reason": "Completed", "startedAt": "2026-11-26T09:30:00Z", "finishedAt": "2026-11-26T09:40:00Z"});
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "report-1", "namespace": "shop", "uid": "u-1",
            "creationTimestamp": "2026-11-26T09:30:00Z", "deletionTimestamp": "2026-11-26T09:41:00Z", "deletionGracePeriodSeconds": 0,
            "finalizers": finalizers},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "report:1"}]},
        "status": {"phase": "Succeeded", "startTime": "2026-11-26T09:30:00Z", "qosClass": "BestEffort", "containerStatuses": [{
            "name": "app", "image": "report:1", "imageID": "x", "ready": false, "restartCount": 0, "state": {"terminated": ended}}]}})
}

fn of(pod: Value) -> Found {
    found(&looked(vec![pod], "shop/report-1"), &Known::default())
}

#[test]
fn each_finalizer_of_a_known_controller_is_a_candidate_by_itself() {
    let all = of(held_by(&["kueue.x-k8s.io/managed", "workflows.argoproj.io/status"]));
    assert_eq!(
        (all.offerable.len(), all.withheld.len()),
        (0, 0),
        "nothing is offered without a look: {all:#?}"
    );
    let names: Vec<_> =
        all.candidates.iter().map(|one| (one.finalizer.as_str(), one.controller.name)).collect();
    let both = [("kueue.x-k8s.io/managed", "Kueue"), ("workflows.argoproj.io/status", "Argo Workflows")];
    assert_eq!(names, both);
    for one in &all.candidates {
        let plan = &one.offerable.plan;
        assert_eq!((plan.remedy, plan.targets[0].uid.as_str()), (Remedy::RemoveFinalizer, "u-1"));
        assert_eq!(one.offerable.cause, "finalizer-stuck");
        assert_eq!(plan.finalizer, None);
        assert_eq!(plan.warnings[0].names, [one.controller.name]);
    }
}

#[test]
fn kubernetes_own_and_unknown_ones_are_words_only() {
    let all = of(held_by(&["foregroundDeletion", "batch.kubernetes.io/job-tracking", "example.com/backup"]));
    assert!(all.offerable.is_empty() && all.candidates.is_empty(), "{all:#?}");
    let told: Vec<String> = all.withheld.iter().map(|one| one.lines(Lang::En).join("\n")).collect();
    assert_eq!(
        told,
        [
            "No button to remove finalizer batch.kubernetes.io/job-tracking (Pod shop/report-1): it is Kubernetes' own; what waits for it is always there.",
            "No button to remove finalizer example.com/backup (Pod shop/report-1): podwhy does not know what would prove that its controller is gone; see the commands.",
            "No button to remove finalizer foregroundDeletion (Pod shop/report-1): it is Kubernetes' own; what waits for it is always there.",
        ]
    );
}

#[test]
fn what_is_not_surely_stuck_is_left_alone() {
    let mut still_runs = held_by(&["kueue.x-k8s.io/managed"]);
    still_runs["metadata"]["deletionTimestamp"] = json!("2026-11-26T10:00:20Z");
    still_runs["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    assert_eq!(of(still_runs).candidates, []);
    let mut nameless = held_by(&["kueue.x-k8s.io/managed"]);
    nameless["metadata"]["uid"] = json!("");
    assert_eq!(of(nameless).candidates, []);
}
