use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::*;
use crate::act::record::Caution;
use crate::ask::collect::Collected;
use crate::ask::diagnose::diagnose;
use crate::ask::intake::Request;

fn offerable(looked: &Diagnosed) -> Vec<Offerable> {
    found(looked, &Known::default()).offerable
}

fn now() -> Timestamp {
    "2026-11-26T10:00:00Z".parse().unwrap()
}

/// An evicted pod of an owner of this kind, on a node.
fn evicted(name: &str, owner: &str) -> Value {
    let at = "2026-11-26T09:55:00Z";
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"), "creationTimestamp": at,
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": owner, "name": "web-5d", "uid": "o", "controller": true}]},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "example.org/web:1"}]},
        "status": {"phase": "Failed", "reason": "Evicted", "startTime": at,
            "message": "The node was low on resource: memory. Threshold quantity: 100Mi, available: 60Mi. "}})
}

fn node(name: &str, labels: Value, cordoned: bool, ready: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": format!("u-{name}"), "labels": labels},
        "spec": {"unschedulable": cordoned, "taints": [{"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}]},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}, "conditions": [{"type": "Ready", "status": ready,
            "reason": "KubeletReady", "lastHeartbeatTime": "2026-11-26T09:59:50Z", "lastTransitionTime": "2026-11-20T09:00:00Z"}]}})
}

pub(super) fn looked(objects: Vec<Value>, target: &str) -> Diagnosed {
    let mut collected = Collected { taken_at: now(), ..Collected::default() };
    objects.into_iter().for_each(|object| collected.push(object));
    let request = Request { target: target.parse().unwrap(), lang: podwhy_knowledge::Lang::En };
    diagnose(&Arc::new(collected.into_world()), &request).unwrap()
}

fn worker() -> Value {
    node("worker-1", json!({}), false, "True")
}

#[test]
fn evicted_pods_of_one_owner_are_deleted_together_each_by_its_uid() {
    let mut other = evicted("web-b", "ReplicaSet");
    other["status"]["reason"] = json!("Preempting");
    let objects = vec![
        evicted("web-a", "ReplicaSet"),
        other,
        evicted("web-c", "ReplicaSet"),
        evicted("db-0", "StatefulSet"),
        worker(),
    ];
    let all = offerable(&looked(objects, "shop/web-a"));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.cause.as_str(), one.plan.remedy), ("evicted-memory", Remedy::DeleteFailedPods));
    let targets: Vec<_> =
        one.plan.targets.iter().map(|target| (target.name.as_str(), target.uid.as_str())).collect();
    assert_eq!(targets, [("web-a", "u-web-a"), ("web-c", "u-web-c")]);
    assert!(!one.circumstances.control_plane && one.plan.warnings.is_empty(), "{one:#?}");
}

#[test]
fn what_would_not_come_back_is_not_offered() {
    let mut orphan = evicted("web-a", "ReplicaSet");
    orphan["metadata"].as_object_mut().unwrap().remove("ownerReferences");
    let mut mirror = evicted("web-a", "ReplicaSet");
    mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "f00"});
    let mut going = evicted("web-a", "ReplicaSet");
    going["metadata"]["deletionTimestamp"] = json!("2026-11-26T09:59:00Z");
    let mut nameless = evicted("web-a", "ReplicaSet");
    nameless["metadata"]["uid"] = json!("");
    let of_kubelet = evicted("web-a", "Node");
    for pod in [orphan, mirror, going, nameless, of_kubelet, evicted("web-a", "Job")] {
        let looked = looked(vec![pod.clone(), worker()], "shop/web-a");
        assert_eq!(offerable(&looked), [], "{pod:#}");
    }
}

#[test]
fn where_the_node_is_of_the_control_plane_or_not_known_care_is_asked_for() {
    let label = json!({"node-role.kubernetes.io/control-plane": ""});
    for nodes in [vec![], vec![node("worker-1", label, false, "True")]] {
        let objects = [vec![evicted("web-a", "StatefulSet")], nodes].concat();
        let all = offerable(&looked(objects, "shop/web-a"));
        assert!(all[0].circumstances.control_plane);
        let cautions: Vec<Caution> = all[0].plan.warnings.iter().map(|warning| warning.caution).collect();
        assert_eq!(cautions, [Caution::Stateful, Caution::ControlPlane]);
    }
}

/// A pod that waits for its cordoned node.
fn waiting() -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-a", "namespace": "shop", "uid": "u-web-a",
            "creationTimestamp": "2026-11-26T09:50:00Z"},
        "spec": {"containers": [{"name": "app", "image": "example.org/web:1"}]},
        "status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/1 nodes are available: 1 node(s) were unschedulable.",
            "lastTransitionTime": "2026-11-26T09:50:00Z"}]}})
}

#[test]
fn a_cordoned_node_that_is_ready_can_take_pods_again() {
    let all = offerable(&looked(vec![waiting(), node("worker-1", json!({}), true, "True")], "shop/web-a"));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.plan.remedy, one.plan.targets[0].name.as_str()), (Remedy::Uncordon, "worker-1"));
    let unready = node("worker-1", json!({}), true, "False");
    assert_eq!(offerable(&looked(vec![waiting(), unready], "shop/web-a")), []);
}

/// A Deployment whose newest revision (2) crashes, and what stands beside it.
fn rolled_out(ready_of_one: i64, progressing: &str) -> Vec<Value> {
    let at = "2026-11-26T09:30:00Z";
    let template = |image: &str, hash: Option<&str>| {
        let mut labels = json!({"app": "web"});
        if let Some(hash) = hash {
            labels["pod-template-hash"] = json!(hash);
        }
        let env =
            json!([{"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "web-token", "key": "t"}}}]);
        json!({"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": image, "env": env}]}})
    };
    let set = |name: &str, number: &str, image: &str, ready: i64| {
        json!({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"),
                "creationTimestamp": at, "annotations": {"deployment.kubernetes.io/revision": number},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d", "controller": true}]},
            "spec": {"replicas": 1, "template": template(image, Some(name))}, "status": {"replicas": 1, "readyReplicas": ready}})
    };
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "uid": "d",
            "creationTimestamp": at, "generation": 2},
        "spec": {"replicas": 2, "template": template("web:2", None)},
        "status": {"observedGeneration": 2, "replicas": 2, "readyReplicas": ready_of_one,
            "conditions": [{"type": "Progressing", "status": if progressing == "ProgressDeadlineExceeded" { "False" } else { "True" },
                "reason": progressing}]}});
    let ended = json!({"exitCode": 1, "reason": "Error", "startedAt": "2026-11-26T09:58:00Z", "finishedAt": "2026-11-26T09:58:02Z"});
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-b-1", "namespace": "shop", "uid": "p", "creationTimestamp": at,
            "labels": {"app": "web"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-b", "uid": "u-web-b", "controller": true}]},
        "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "web:2"}]},
        "status": {"phase": "Running", "startTime": at, "qosClass": "BestEffort", "containerStatuses": [{"name": "app", "image": "web:2",
            "imageID": "x", "ready": false, "restartCount": 6, "lastState": {"terminated": ended},
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}}]}});
    vec![deployment, set("web-a", "1", "web:1", ready_of_one), set("web-b", "2", "web:2", 0), pod, worker()]
}

fn about_web(objects: Vec<Value>, known: &Known) -> Found {
    found(&looked(objects, "shop/web-b-1"), known)
}

#[test]
fn a_deployment_goes_back_to_a_revision_that_still_has_ready_pods() {
    let all = about_web(rolled_out(1, "ProgressDeadlineExceeded"), &Known::default());
    let [one] = all.offerable.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.plan.remedy, one.plan.targets[0].name.as_str()), (Remedy::RollBack, "web"));
    let revision = one.plan.revision.as_ref().unwrap();
    assert_eq!((revision.number, revision.replica_set.name.as_str()), (1, "web-a"));
    let changes: Vec<&str> = revision.changes.iter().map(|change| change.en.as_str()).collect();
    assert_eq!(changes, ["image of app: web:2 → web:1"]);
    assert_eq!(one.plan.warnings[0].caution, Caution::StaysChanged);
    assert_eq!(one.plan.warnings[0].names, ["Secret web-token"]);
}

#[test]
fn a_revision_that_is_not_known_to_be_good_has_no_button() {
    let objects = rolled_out(0, "ProgressDeadlineExceeded");
    let none = about_web(objects.clone(), &Known::default());
    assert_eq!((none.offerable.as_slice(), none.withheld.len()), ([].as_slice(), 1));
    assert!(
        none.withheld[0].lines(podwhy_knowledge::Lang::En)[0]
            .contains("web-a is the previous revision, not known to be good")
    );
    let seen = Known { proven: ["u-web-a".to_string()].into() };
    assert_eq!(about_web(objects, &seen).offerable[0].plan.remedy, Remedy::RollBack);
}

#[test]
fn what_is_managed_paused_or_going_on_is_left_alone() {
    let going_on = rolled_out(1, "ReplicaSetUpdated");
    let mut managed = rolled_out(1, "ProgressDeadlineExceeded");
    managed[0]["metadata"]["labels"] = json!({"app.kubernetes.io/managed-by": "Helm"});
    managed[0]["metadata"]["annotations"] = json!({"meta.helm.sh/release-name": "web"});
    let mut paused = rolled_out(1, "ProgressDeadlineExceeded");
    paused[0]["spec"]["paused"] = json!(true);
    for (objects, why) in
        [(going_on, "goes on"), (managed, "Helm (release web) manages it"), (paused, "paused")]
    {
        let all = about_web(objects, &Known::default());
        assert!(all.offerable.is_empty(), "{all:#?}");
        let told = &all.withheld[0].lines(podwhy_knowledge::Lang::En)[0];
        assert!(
            told.starts_with("No button to roll Deployment shop/web back: ") && told.contains(why),
            "{told}"
        );
    }
}

#[test]
fn what_is_older_than_the_newest_revision_goes_away_by_itself() {
    let mut objects = rolled_out(1, "ProgressDeadlineExceeded");
    objects[3]["metadata"]["ownerReferences"][0]["name"] = json!("web-a");
    assert_eq!(about_web(objects, &Known::default()), Found::default());
}

#[test]
fn where_several_pods_have_the_same_their_workload_is_restarted() {
    let at = "2026-11-26T09:30:00Z";
    let pod = |name: &str| {
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop", "uid": format!("u-{name}"),
                "creationTimestamp": at, "labels": {"app": "db"},
                "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "uid": "s", "controller": true}]},
            "spec": {"nodeName": "worker-1", "containers": [{"name": "app", "image": "db:1",
                "volumeMounts": [{"name": "conf", "mountPath": "/etc/db.conf", "subPath": "db.conf"}]}],
                "volumes": [{"name": "conf", "configMap": {"name": "db"}}]},
            "status": {"phase": "Running", "startTime": at, "qosClass": "BestEffort", "containerStatuses": [{"name": "app", "image": "db:1",
                "imageID": "x", "ready": false, "restartCount": 3, "state": {"waiting": {"reason": "CreateContainerError",
                    "message": "failed to create containerd task: OCI runtime create failed: error mounting \"/var/lib/kubelet/pods/9f1/volume-subpaths/conf/app/0\" to rootfs at \"/etc/db.conf\": no such file or directory"}}}]}})
    };
    let set = |labels: Value| {
        json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop", "uid": "s", "creationTimestamp": at,
                "labels": labels},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "template": {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": []}}},
            "status": {"replicas": 2, "readyReplicas": 0}})
    };
    let of = |pods: Vec<Value>, labels: Value| {
        let objects = [pods, vec![set(labels), worker()]].concat();
        found(&looked(objects, "shop/statefulset/db"), &Known::default())
    };
    let remedies = |all: &Found| all.offerable.iter().map(|one| one.plan.remedy).collect::<Vec<_>>();
    let both = of(vec![pod("db-0"), pod("db-1")], json!({}));
    assert!(remedies(&both).contains(&Remedy::RolloutRestart), "{both:#?}");
    let alone = of(vec![pod("db-0")], json!({}));
    assert_eq!(remedies(&alone), [Remedy::DeletePod]);
    let managed = of(vec![pod("db-0"), pod("db-1")], json!({"app.kubernetes.io/managed-by": "pg-operator"}));
    assert!(!remedies(&managed).contains(&Remedy::RolloutRestart));
    assert!(managed.withheld[0].lines(podwhy_knowledge::Lang::Zh)[0].contains("pg-operator"));
}

#[test]
fn a_node_that_is_back_loses_its_mark() {
    let marked = |ready: &str| {
        let mut node = node("worker-1", json!({}), false, ready);
        node["spec"]["taints"] = json!([{"key": "node.kubernetes.io/out-of-service", "value": "nodeshutdown", "effect": "NoExecute"}]);
        node
    };
    let of = |objects: Vec<Value>, target: &str| {
        found(&looked(objects, target), &Known::default())
            .offerable
            .into_iter()
            .map(|one| one.plan.remedy)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(vec![marked("True")], "node/worker-1"), [Remedy::UntaintOutOfService]);
    assert_eq!(of(vec![marked("Unknown")], "node/worker-1"), [], "it is not back");
    assert_eq!(of(vec![worker()], "node/worker-1"), []);
    let mut waits = waiting();
    waits["status"]["conditions"][0]["message"] = json!(
        "0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/out-of-service: nodeshutdown}."
    );
    assert_eq!(of(vec![waits, marked("True")], "shop/web-a"), [Remedy::UntaintOutOfService]);
}
