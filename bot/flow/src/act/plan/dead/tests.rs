use podwhy_knowledge::finding::Stage;
use podwhy_knowledge::{Blame, Confidence, Lang};
use serde_json::{Value, json};

use super::*;
use crate::act::out_of_service::KEY;

fn finding() -> Finding {
    Finding {
        cause: "node-lost",
        stage: Some(Stage::Node),
        confidence: Some(Confidence::Certain),
        pod: None,
        container: None,
        blame: Blame::global("Node", "a"),
        evidence: Vec::new(),
        facts: Value::Null,
        expected: false,
    }
}

fn node(more: Value) -> Node {
    let mut node = json!({"metadata": {"name": "a", "uid": "u", "labels": {"kubernetes.io/os": "linux", "disk": "ssd"}}, "spec": {}});
    for (key, value) in more.as_object().unwrap() {
        node[key] = value.clone();
    }
    serde_json::from_value(node).unwrap()
}

fn pod(name: &str, owner: &str) -> PodOnNode {
    let pod =
        Target { kind: "Pod".into(), namespace: "shop".into(), name: name.into(), uid: format!("u-{name}") };
    PodOnNode {
        pod,
        owner_kind: owner.into(),
        is_mirror: false,
        is_deleting: false,
        is_over: false,
        tolerates: false,
    }
}

fn dead(node: &Node, pods: Vec<PodOnNode>, minor: u32) -> Dead<'_> {
    let target = Target { kind: "Node".into(), namespace: String::new(), name: "a".into(), uid: "u".into() };
    let twice = warning::Warning {
        stateful: vec!["shop/db-0".into()],
        single: vec!["shop/data".into()],
        ..Default::default()
    };
    let on = OnNode { pods, attachments: vec!["csi-1".into()] };
    Dead { node, target, on, minor, twice, checklist: vec![Said { en: "dead".into(), zh: "宕机".into() }] }
}

fn offered(dead: &Dead<'_>) -> Vec<Offerable> {
    offers(dead, &finding()).into_iter().filter_map(Result::ok).collect()
}

fn names(one: &Offerable, caution: Caution) -> Vec<String> {
    one.plan
        .warnings
        .iter()
        .find(|warning| warning.caution == caution)
        .map(|one| one.names.clone())
        .unwrap_or_default()
}

#[test]
fn the_mark_names_what_goes_what_stays_and_what_must_not_run_twice() {
    let node = node(json!({}));
    let mut stays = pod("keeper", "ReplicaSet");
    stays.tolerates = true;
    let all = offered(&dead(&node, vec![pod("db-0", "StatefulSet"), pod("agent", "DaemonSet"), stays], 26));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!((one.plan.remedy, one.plan.targets[0].name.as_str()), (Remedy::TaintOutOfService, "a"));
    assert_eq!(names(one, Caution::Evicted), ["shop/db-0", "shop/agent"]);
    assert_eq!(names(one, Caution::Tolerates), ["shop/keeper"]);
    assert_eq!(names(one, Caution::RunsTwice), ["shop/db-0"]);
    assert_eq!(names(one, Caution::TwoWriters), ["shop/data"]);
    assert_eq!((one.plan.checklist.len(), one.plan.node.as_ref().unwrap().uid.as_str()), (1, "u"));
    let many = (0..14).map(|at| pod(&format!("web-{at}"), "ReplicaSet")).collect();
    assert_eq!(names(&offered(&dead(&node, many, 26))[0], Caution::Evicted).last().unwrap(), "+4");
}

#[test]
fn before_the_mark_was_known_only_what_is_deleted_already_is_removed() {
    let node = node(json!({}));
    let deleting = |name: &str, owner: &str| PodOnNode { is_deleting: true, ..pod(name, owner) };
    let mirror = PodOnNode { is_mirror: true, ..deleting("etcd-a", "Node") };
    let pods = vec![
        deleting("db-0", "StatefulSet"),
        pod("web", "ReplicaSet"),
        deleting("agent", "DaemonSet"),
        mirror,
    ];
    let all = offered(&dead(&node, pods, 25));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(one.plan.remedy, Remedy::ForceDelete);
    assert_eq!(one.plan.targets.iter().map(|target| target.name.as_str()).collect::<Vec<_>>(), ["db-0"]);
    assert_eq!(names(one, Caution::StaysAttached), ["csi-1"]);
    assert_eq!(offered(&dead(&node, vec![pod("web", "ReplicaSet")], 25)), [], "nothing is deleted yet");
}

#[test]
fn the_node_goes_last_and_only_where_nobody_else_makes_it() {
    let tainted = json!([{"key": KEY, "value": "nodeshutdown", "effect": "NoExecute"}]);
    let marked = node(json!({"spec": {"taints": tainted}}));
    assert_eq!(offered(&dead(&marked, vec![pod("web", "ReplicaSet")], 30)), [], "its pods are going");
    let all = offered(&dead(&marked, vec![pod("agent", "DaemonSet")], 30));
    let [one] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(one.plan.remedy, Remedy::DeleteNode);
    assert_eq!(names(one, Caution::Forgotten), ["disk"]);
    for (more, by) in [
        (json!({"spec": {"taints": tainted, "providerID": "aws:///eu/i-1"}}), "cloud controller (aws)"),
        (
            json!({"spec": {"taints": tainted}, "metadata": {"name": "a", "annotations": {"cluster.x-k8s.io/machine": "m"}}}),
            "Cluster API",
        ),
        (
            json!({"spec": {"taints": tainted}, "metadata": {"name": "a", "labels": {"karpenter.sh/nodepool": "p"}}}),
            "Karpenter",
        ),
        (
            json!({"spec": {"taints": tainted}, "metadata": {"name": "a", "ownerReferences":
            [{"apiVersion": "v1", "kind": "Machine", "name": "m", "uid": "m"}]}}),
            "Machine m",
        ),
    ] {
        let owned = node(more);
        let all = offers(&dead(&owned, Vec::new(), 30), &finding());
        let [Err(withheld)] = all.as_slice() else { panic!("{all:#?}") };
        assert!(withheld.lines(Lang::En)[0].contains(by), "{:?}", withheld.lines(Lang::En));
    }
}
