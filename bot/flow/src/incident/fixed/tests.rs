use serde_json::json;

use super::super::record::{Member, RootCause};
use super::super::testing::start;
use super::*;

fn world(revision: &str, replicas: i64, node: &str) -> World {
    let mut world = World::default();
    world.add(json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": "shop", "name": "web", "annotations": {"deployment.kubernetes.io/revision": revision}},
        "spec": {"replicas": replicas, "selector": {}, "template": {"spec": {"containers": []}}}})).unwrap();
    world
        .add(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "a"},
        "status": {"conditions": [{"type": "Ready", "status": node}]}}))
        .unwrap();
    world
}

fn object(kind: &str, namespace: Option<&str>, name: &str) -> Blamed {
    Blamed { kind: kind.into(), namespace: namespace.map(str::to_string), name: name.into() }
}

fn incident(blame: Blamed) -> Incident {
    let root_cause = RootCause { cluster: "prod".into(), cause: "oom-killed".into(), blame };
    let mut one = Incident::opened(root_cause, 1, start());
    let name = "web-5d9c7b6f4-x2x4z".to_string();
    one.status.members = vec![Member { kind: "Pod".into(), namespace: "shop".into(), name }];
    one.status.failing = 1;
    one
}

fn told(one: &Incident, world: &World) -> Vec<(How, String, String)> {
    let facts = one.facts(&Standing::of(world), &Scope::All);
    facts.into_iter().map(|fact| (fact.how, fact.object.name, fact.by)).collect()
}

#[test]
fn a_workload_that_was_changed_since_is_told() {
    let own = object("Deployment", Some("shop"), "web");
    let secret = object("Secret", Some("shop"), "keys");
    for blame in [own, secret] {
        let mut one = incident(blame);
        one.status.note_revisions(&Standing::of(&world("3", 2, "True")));
        one.status.note_revisions(&Standing::of(&world("4", 2, "True")));
        assert_eq!(told(&one, &world("3", 2, "True")), []);
        assert_eq!(told(&one, &world("5", 2, "True")), [(How::RolledOut, "web".into(), "5".into())]);
        assert_eq!(told(&one, &world("5", 0, "True")), [(How::ScaledToZero, "web".into(), String::new())]);
    }
}

#[test]
fn what_is_removed_is_told_where_all_of_its_kind_was_read() {
    let one = incident(object("Deployment", Some("shop"), "gone"));
    let removed = [(How::Removed, "gone".to_string(), String::new())];
    assert_eq!(told(&one, &world("3", 2, "True")), removed);
    assert_eq!(told(&one, &World::default()), [], "nothing was read");
    let mut refused = world("3", 2, "True");
    let why = podwhy_knowledge::GapReason::Forbidden;
    refused.unread.insert(("Deployment".into(), String::new(), String::new()), why);
    assert_eq!(told(&one, &refused), []);
    let elsewhere = Scope::Namespaces(["pay".to_string()].into());
    assert_eq!(one.facts(&Standing::of(&world("3", 2, "True")), &elsewhere), []);
}

#[test]
fn a_node_that_is_ready_again_is_told() {
    let one = incident(object("Node", None, "a"));
    assert_eq!(told(&one, &world("3", 2, "True")), [(How::NodeReady, "a".into(), String::new())]);
    assert_eq!(told(&one, &world("3", 2, "Unknown")), []);
}
