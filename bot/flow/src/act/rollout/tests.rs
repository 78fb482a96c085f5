use super::*;

fn deployment(status: Value) -> Value {
    json!({"kind": "Deployment", "metadata": {"name": "web", "generation": 3}, "spec": {"replicas": 2}, "status": status})
}

fn progressing(status: &str, reason: &str) -> Value {
    json!({"observedGeneration": 3, "conditions": [{"type": "Progressing", "status": status, "reason": reason}]})
}

#[test]
fn a_rollout_that_goes_on_or_is_paused_is_left_alone() {
    for (status, reason, goes_on) in [
        ("True", "ReplicaSetUpdated", true),
        ("True", "FoundNewReplicaSet", true),
        ("Unknown", "DeploymentPaused", true),
        ("True", "NewReplicaSetAvailable", false),
        ("False", "ProgressDeadlineExceeded", false),
    ] {
        let found = hindrance(&deployment(progressing(status, reason)));
        assert_eq!(found, goes_on.then_some(Hindrance::GoesOn), "{reason}");
    }
    let mut unseen = deployment(progressing("True", "NewReplicaSetAvailable"));
    unseen["metadata"]["generation"] = json!(4);
    assert_eq!(hindrance(&unseen), Some(Hindrance::GoesOn), "its controller has not seen the last change");
    let mut paused = deployment(progressing("False", "ProgressDeadlineExceeded"));
    paused["spec"]["paused"] = json!(true);
    assert_eq!(hindrance(&paused), Some(Hindrance::Paused));
    paused["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
    assert_eq!(hindrance(&paused), Some(Hindrance::Managed("Helm".to_string())));
}

#[test]
fn other_kinds_tell_by_their_revisions() {
    let set = |current: &str, update: &str| json!({"kind": "StatefulSet", "status": {"currentRevision": current, "updateRevision": update}});
    assert_eq!(hindrance(&set("a", "a")), None);
    assert_eq!(hindrance(&set("a", "b")), Some(Hindrance::GoesOn));
    let daemons = |updated: i64| json!({"kind": "DaemonSet", "status": {"updatedNumberScheduled": updated, "desiredNumberScheduled": 3}});
    assert_eq!((hindrance(&daemons(3)), hindrance(&daemons(2))), (None, Some(Hindrance::GoesOn)));
}

#[test]
fn complete_is_what_is_updated_and_ready_and_has_nothing_old() {
    let status = |updated: i64, ready: i64, all: i64| json!({"observedGeneration": 3, "updatedReplicas": updated, "readyReplicas": ready, "replicas": all});
    assert!(is_complete(&deployment(status(2, 2, 2))));
    for (updated, ready, all) in [(1, 2, 3), (2, 1, 2), (2, 2, 3)] {
        assert!(!is_complete(&deployment(status(updated, ready, all))), "{updated} {ready} {all}");
    }
    let daemons = |updated: i64, ready: i64| json!({"kind": "DaemonSet", "status": {"desiredNumberScheduled": 2, "updatedNumberScheduled": updated, "numberReady": ready}});
    assert!(is_complete(&daemons(2, 2)) && !is_complete(&daemons(1, 2)) && !is_complete(&daemons(2, 1)));
}

#[test]
fn a_template_is_known_by_its_digest() {
    let set = json!({"spec": {"template": {"metadata": {"labels": {"app": "web", "pod-template-hash": "5d"}}, "spec": {"a": 1}}}});
    let web = json!({"spec": {"template": {"metadata": {"labels": {"app": "web"}, "creationTimestamp": null}, "spec": {"a": 1, "b": null}}}});
    let of = |object: &Value| digest(&template(object).unwrap());
    assert_eq!(of(&set), of(&web));
    let volumes = |volume: Value| json!({"spec": {"template": {"spec": {"volumes": [volume]}}}});
    assert_ne!(of(&volumes(json!({"emptyDir": {}}))), of(&volumes(json!({}))), "an empty one is a volume");
    let mut other = web.clone();
    other["spec"]["template"]["spec"]["a"] = json!(2);
    assert_ne!(of(&other), of(&web));
    assert_eq!(template(&json!({"spec": {}})), None);
}
