use super::super::machine::testing::remediation;
use super::super::record::{Orphaned, Revision, Ticket};
use super::*;

fn spec(remedy: Remedy) -> (Spec, Target) {
    let mut spec = remediation().spec;
    spec.plan.remedy = remedy;
    let target = spec.plan.targets[0].clone();
    (spec, target)
}

fn object(uid: &str, more: Value) -> Value {
    let mut object = json!({"metadata": {"uid": uid}});
    json_merge(&mut object, &more);
    object
}

fn json_merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                json_merge(into.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

/// The Remediation: its name and uid.
const OF: (&str, &str) = ("rem-1", "r-1");

#[test]
fn what_went_or_goes_is_done_and_what_stands_is_not() {
    for remedy in [Remedy::DeletePod, Remedy::DeleteFailedPods, Remedy::DeleteNode] {
        let (spec, target) = spec(remedy);
        assert_eq!(done(&spec, &target, None), Of::Done);
        assert_eq!(done(&spec, &target, Some(&object("another", json!({})))), Of::Done);
        let going = object(&target.uid, json!({"metadata": {"deletionTimestamp": "2026-11-26T10:00:00Z"}}));
        assert_eq!(done(&spec, &target, Some(&going)), Of::Done);
        assert_eq!(done(&spec, &target, Some(&object(&target.uid, json!({})))), Of::NotDone);
    }
}

#[test]
fn what_was_set_is_read_off_the_object_of_this_uid_only() {
    let (of_node, node) = spec(Remedy::Uncordon);
    let cordoned = object(&node.uid, json!({"spec": {"unschedulable": true}}));
    assert_eq!(done(&of_node, &node, Some(&cordoned)), Of::NotDone);
    assert_eq!(done(&of_node, &node, Some(&object(&node.uid, json!({"spec": {}})))), Of::Done);
    assert_eq!(done(&of_node, &node, Some(&object("another", json!({"spec": {}})))), Of::NotDone);
    assert_eq!(done(&of_node, &node, None), Of::NotDone);
    let (of_web, web) = spec(Remedy::RolloutRestart);
    let restarted = |at: &str| {
        let annotations = json!({RESTARTED_AT: at});
        object(&web.uid, json!({"spec": {"template": {"metadata": {"annotations": annotations}}}}))
    };
    assert_eq!(done(&of_web, &web, Some(&restarted(&of_web.offered_at.to_string()))), Of::Done);
    assert_eq!(done(&of_web, &web, Some(&restarted("2020-01-01T00:00:00Z"))), Of::NotDone);
}

#[test]
fn the_right_that_is_asked_for_is_the_one_that_is_needed() {
    for remedy in Remedy::ALL {
        let (spec, target) = spec(remedy);
        let object = object(&target.uid, json!({"spec": {"template": {"spec": {}}}}));
        let standing = Standing { object: &object, revision: None, of: OF };
        if let Ok(write) = write(&spec, &target, &standing) {
            assert_eq!(access(&spec, &target), write.access(), "{remedy:?}");
        }
    }
}

fn with_image(uid: &str, image: &str) -> Value {
    let template = json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": image}]}});
    object(uid, json!({"spec": {"template": template}}))
}

/// A Deployment at `web:2`, the ReplicaSet of `web:1`, and the plan to go back.
fn back_to_one() -> (Spec, Target, Value, Value) {
    let (mut spec, target) = spec(Remedy::RollBack);
    let (now, mut then) = (with_image(&target.uid, "web:2"), with_image("rs-1", "web:1"));
    then["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = json!("5d");
    let of = |object: &Value| digest(&template(object).unwrap());
    let set = Target {
        kind: "ReplicaSet".into(),
        namespace: "shop".into(),
        name: "web-5d".into(),
        uid: "rs-1".into(),
    };
    spec.plan.revision = Some(Revision {
        replica_set: set,
        number: 1,
        template: of(&then),
        replaces: of(&now),
        changes: Vec::new(),
    });
    (spec, target, now, then)
}

#[test]
fn what_is_put_back_is_what_was_agreed_to_and_replaces_what_was_agreed_to_leave() {
    let (spec, target, now, then) = back_to_one();
    let standing = Standing { object: &now, revision: Some(&then), of: OF };
    let Ok(Write::Patch { steps, .. }) = write(&spec, &target, &standing) else { panic!("a patch") };
    assert_eq!((&steps[0]["op"], &steps[0]["value"]), (&json!("test"), &now["spec"]["template"]));
    assert_eq!(steps[1]["value"]["spec"]["containers"][0]["image"], "web:1");
    assert_eq!(steps[1]["value"]["metadata"]["labels"], json!({"app": "web"}), "its own mark stays behind");
    assert_eq!(done(&spec, &target, Some(&now)), Of::NotDone);
    assert_eq!(done(&spec, &target, Some(&with_image(&target.uid, "web:1"))), Of::Done);
    assert_eq!(done(&spec, &target, Some(&with_image("another", "web:1"))), Of::NotDone);
}

#[test]
fn what_is_otherwise_by_now_is_not_put_back() {
    let (spec, target, now, then) = back_to_one();
    let mut managed = now.clone();
    managed["metadata"]["labels"] = json!({"argocd.argoproj.io/instance": "shop"});
    let mut paused = now.clone();
    paused["spec"]["paused"] = json!(true);
    let (again, changed) = (with_image(&target.uid, "web:3"), with_image("rs-1", "web:0"));
    let other = with_image("rs-2", "web:1");
    for (object, revision, why) in [
        (&managed, Some(&then), "Argo CD (application shop) manages it"),
        (&paused, Some(&then), "paused"),
        (&again, Some(&then), "its template was changed meanwhile"),
        (&now, Some(&changed), "the template of ReplicaSet web-5d was changed"),
        (&now, Some(&other), "is gone, or is another one"),
        (&now, None, "is gone, or is another one"),
    ] {
        let refused = write(&spec, &target, &Standing { object, revision, of: OF }).unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
}

/// A pod that is to lose this finalizer.
fn without(name: &str) -> (Spec, Target) {
    let (mut spec, target) = spec(Remedy::RemoveFinalizer);
    let looked_at = spec.offered_at;
    spec.plan.finalizer =
        Some(Orphaned { name: name.into(), controller: "Kueue".into(), absent: Vec::new(), looked_at });
    (spec, target)
}

#[test]
fn one_finalizer_is_taken_away_by_its_place_and_only_while_it_stands_there() {
    let (spec, target) = without("b/two");
    for (all, place) in
        [(json!(["a/one", "b/two", "c/three"]), 1), (json!(["b/two"]), 0), (json!([7, "b/two"]), 1)]
    {
        let object = object(&target.uid, json!({"metadata": {"finalizers": all}}));
        let standing = Standing { object: &object, revision: None, of: OF };
        let Ok(Write::Patch { steps, .. }) = write(&spec, &target, &standing) else { panic!("a patch") };
        let path = format!("/metadata/finalizers/{place}");
        assert_eq!(
            steps,
            [json!({"op": "test", "path": path, "value": "b/two"}), json!({"op": "remove", "path": path})]
        );
        assert_eq!(done(&spec, &target, Some(&object)), Of::NotDone);
    }
    let others = object(&target.uid, json!({"metadata": {"finalizers": ["a/one"]}}));
    let gone = write(&spec, &target, &Standing { object: &others, revision: None, of: OF }).unwrap_err();
    assert!(gone.contains("b/two is not there any more"), "{gone}");
    assert_eq!(access(&spec, &target).verb, "patch");
}

#[test]
fn a_finalizer_that_is_gone_in_any_way_is_taken_away() {
    let (of_pod, pod) = without("b/two");
    assert_eq!(done(&of_pod, &pod, None), Of::Done);
    let another = object("another", json!({"metadata": {"finalizers": ["b/two"]}}));
    assert_eq!(done(&of_pod, &pod, Some(&another)), Of::Done);
    for others in [json!({}), json!({"metadata": {"finalizers": ["a/one"]}})] {
        assert_eq!(done(&of_pod, &pod, Some(&object(&pod.uid, others))), Of::Done);
    }
    let (unnamed, target) = spec(Remedy::RemoveFinalizer);
    assert_eq!(done(&unnamed, &target, None), Of::Unclear, "nobody knows which");
    let standing = object(&target.uid, json!({"metadata": {"finalizers": ["a/one"]}}));
    assert!(write(&unnamed, &target, &Standing { object: &standing, revision: None, of: OF }).is_err());
}

#[test]
fn an_agent_is_told_what_was_agreed_to_and_for_which_remediation() {
    let (mut of_node, node) = spec(Remedy::RemoveImage);
    let object = object(&node.uid, json!({}));
    let standing = Standing { object: &object, revision: None, of: OF };
    assert!(write(&of_node, &node, &standing).is_err(), "nothing says which image");
    let ticket = Ticket { image: Some("web:1".into()), ..Ticket::default() };
    of_node.plan.ticket = Some(ticket.clone());
    let Ok(write) = write(&of_node, &node, &standing) else { panic!("a ticket") };
    let (remediation, remediation_uid) = ("rem-1".to_string(), "r-1".to_string());
    let target = node.clone();
    let expected =
        Write::Ticket { target, remedy: Remedy::RemoveImage, ticket, remediation, remediation_uid };
    assert_eq!(write, expected);
    let told = [Remedy::RestartKubelet, Remedy::RestartRuntime, Remedy::RemoveImage].map(|remedy| {
        let (spec, target) = spec(remedy);
        assert_eq!(done(&spec, &target, Some(&object)), Of::Unclear, "nothing of it stands on the Node");
        access(&spec, &target).told()
    });
    let rights = [
        "restart nodes.podwhy.dev/kubelet",
        "restart nodes.podwhy.dev/runtime",
        "delete nodes.podwhy.dev/images",
    ];
    assert_eq!(told, rights);
}
