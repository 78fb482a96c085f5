//! The filters on small clusters. What the real scheduler says of these is held against it in `tests/oracle`.

use serde_json::{Value, json};

use super::change::Change;
use super::differ::differs;
use super::evaluate;
use super::filters::Filters;
use super::fix::{Fixes, search};
use super::message::Class;
use super::scene::Scene;
use super::wanted::Wanted;
use crate::quantity::Milli;
use crate::world::World;

const ZONE: &str = "topology.kubernetes.io/zone";
const HOST: &str = "kubernetes.io/hostname";

fn node(name: &str, zone: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": name, "labels": {HOST: name, ZONE: zone}},
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}})
}

fn pod(name: &str, on: &str, app: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"nodeName": on, "containers": [{"name": "app"}]}, "status": {"phase": "Running"}})
}

/// Sets the value at a JSON pointer, making what is on the way.
fn with(mut object: Value, path: &str, value: Value) -> Value {
    let mut place = &mut object;
    for part in path.trim_start_matches('/').split('/') {
        let part = part.replace("~1", "/");
        place = match part.parse::<usize>() {
            Ok(index) if place.is_array() => &mut place[index],
            _ => &mut place[part],
        };
    }
    *place = value;
    object
}

fn asks(app: &str, cpu: &str) -> Value {
    let waiting = pod("waiting", "", app);
    with(waiting, "/spec/containers/0/resources", json!({"requests": {"cpu": cpu}}))
}

fn world(objects: Vec<Value>) -> World {
    let mut world = World::default();
    objects.into_iter().for_each(|object| world.add(object).unwrap());
    world.finish(None);
    world
}

fn wanted(pod: &Value) -> Wanted {
    Wanted::of(&serde_json::from_value(pod.clone()).unwrap())
}

/// Each node's failing classes.
fn failing(objects: Vec<Value>, pod: &Value) -> Vec<Vec<Class>> {
    let (world, wanted) = (world(objects), wanted(pod));
    let scene = Scene::of(&world);
    Filters::of(&scene, &wanted).rows().into_iter().map(|row| row.failing).collect()
}

fn fixes(objects: Vec<Value>, pod: &Value) -> Fixes {
    let (world, wanted) = (world(objects), wanted(pod));
    let scene = Scene::of(&world);
    let rows = Filters::of(&scene, &wanted).rows();
    search(&scene, &wanted, &rows)
}

fn anti(pod: Value, term: Value) -> Value {
    with(pod, "/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution", json!([term]))
}

fn near(pod: Value, term: Value) -> Value {
    with(pod, "/spec/affinity/podAffinity/requiredDuringSchedulingIgnoredDuringExecution", json!([term]))
}

fn term(key: &str, app: &str) -> Value {
    json!({"topologyKey": key, "labelSelector": {"matchLabels": {"app": app}}})
}

fn three() -> Vec<Value> {
    vec![node("n1", "a"), node("n2", "a"), node("n3", "b")]
}

fn and(mut objects: Vec<Value>, more: Vec<Value>) -> Vec<Value> {
    objects.extend(more);
    objects
}

#[test]
fn a_neighbours_anti_affinity_keeps_others_off_its_whole_domain() {
    let lonely = anti(pod("db-0", "n1", "db"), term(ZONE, "web"));
    let (far, free) = (vec![Class::PodAntiAffinity], vec![]);
    let rows = failing(and(three(), vec![lonely.clone()]), &pod("waiting", "", "web"));
    assert_eq!(rows, [far.clone(), far, free.clone()]);
    // it means pods of its own namespace
    let elsewhere = with(pod("waiting", "", "web"), "/metadata/namespace", json!("payments"));
    assert_eq!(
        failing(and(three(), vec![lonely.clone()]), &elsewhere),
        [free.clone(), free.clone(), free.clone()]
    );
    // an ended pod keeps no one off
    let ended = with(lonely, "/status/phase", json!("Succeeded"));
    assert_eq!(
        failing(and(three(), vec![ended]), &pod("waiting", "", "web")),
        [free.clone(), free.clone(), free]
    );
}

#[test]
fn a_namespace_selector_is_asked_of_the_namespaces_labels() {
    let namespace = |name: &str, team: &str| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"team": team}}});
    let mut by_team = term(HOST, "db");
    by_team["namespaceSelector"] = json!({"matchLabels": {"team": "retail"}});
    let waiting = anti(pod("waiting", "", "web"), by_team);
    let there = with(pod("db-0", "n1", "db"), "/metadata/namespace", json!("payments"));
    let with_team =
        |team: &str| failing(and(three(), vec![there.clone(), namespace("payments", team)]), &waiting);
    assert_eq!(with_team("retail")[0], [Class::PodAntiAffinity]);
    assert_eq!(with_team("search")[0], []);
}

#[test]
fn the_first_pod_of_a_series_may_start_it() {
    let like_itself = near(pod("waiting", "", "web"), term(ZONE, "web"));
    assert_eq!(failing(three(), &like_itself), [vec![], vec![], vec![]]);
    let begun = failing(and(three(), vec![pod("web-0", "n3", "web")]), &like_itself);
    assert_eq!(begun, [vec![Class::PodAffinity], vec![Class::PodAffinity], vec![]]);
    let wants_others = near(pod("waiting", "", "web"), term(ZONE, "db"));
    assert_eq!(failing(three(), &wants_others)[0], [Class::PodAffinity]);
}

fn spread(app: &str, more: Value) -> Value {
    let mut constraint = json!({"topologyKey": ZONE, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": app}}});
    for (key, value) in more.as_object().unwrap() {
        constraint[key] = value.clone();
    }
    with(pod("waiting", "", app), "/spec/topologySpreadConstraints", json!([constraint]))
}

#[test]
fn spreading_counts_the_pods_that_stay() {
    let ahead = || and(three(), vec![pod("web-0", "n1", "web")]);
    let skewed = vec![Class::TopologySpread];
    assert_eq!(failing(ahead(), &spread("web", json!({}))), [skewed.clone(), skewed.clone(), vec![]]);
    // with too few domains the emptiest counts as empty, and the other one may be no fuller
    assert_eq!(failing(ahead(), &spread("web", json!({"minDomains": 3})))[0], skewed);
    assert_eq!(failing(ahead(), &spread("web", json!({"maxSkew": 2}))), [vec![], vec![], vec![]]);
    let leaving =
        with(pod("web-0", "n1", "web"), "/metadata/deletionTimestamp", json!("2026-05-04T09:00:00Z"));
    assert_eq!(failing(and(three(), vec![leaving]), &spread("web", json!({}))), [vec![], vec![], vec![]]);
    // a node without the label is in no domain
    let bare = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "bare"},
        "status": {"allocatable": {"cpu": "4", "pods": "110"}}});
    assert_eq!(failing(and(three(), vec![bare]), &spread("web", json!({})))[0], skewed);
}

#[test]
fn a_tainted_domain_counts_unless_the_constraint_honours_taints() {
    let tainted =
        with(node("n3", "b"), "/spec/taints", json!([{"key": "dedicated", "effect": "NoSchedule"}]));
    let objects = || vec![node("n1", "a"), tainted.clone(), pod("web-0", "n1", "web")];
    assert_eq!(failing(objects(), &spread("web", json!({})))[0], [Class::TopologySpread]);
    assert_eq!(failing(objects(), &spread("web", json!({"nodeTaintsPolicy": "Honor"})))[0], []);
}

#[test]
fn a_volume_is_where_it_is() {
    let claim = json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "shop"}, "spec": {"volumeName": "pv-1"}});
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume",
        "metadata": {"name": "pv-1", "labels": {"failure-domain.beta.kubernetes.io/zone": "b__c"}},
        "spec": {"csi": {"driver": "disk.example.com", "volumeHandle": "1"}}});
    let limit = json!({"apiVersion": "storage.k8s.io/v1", "kind": "CSINode", "metadata": {"name": "n3"},
        "spec": {"drivers": [{"name": "disk.example.com", "nodeID": "n3", "allocatable": {"count": 1}}]}});
    let mount = json!([{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]);
    let waiting = with(pod("waiting", "", "web"), "/spec/volumes", mount.clone());
    let objects = and(three(), vec![claim.clone(), volume.clone(), limit]);
    let elsewhere = vec![Class::VolumePlace];
    assert_eq!(failing(objects.clone(), &waiting), [elsewhere.clone(), elsewhere, vec![]]);
    // a volume that is attached already takes no further place, another does
    let same = with(pod("web-0", "n3", "web"), "/spec/volumes", mount);
    assert_eq!(failing(and(objects.clone(), vec![same]), &waiting)[2], []);
    let mut other = (claim, volume);
    other.0["metadata"]["name"] = json!("logs");
    other.0["spec"]["volumeName"] = json!("pv-2");
    other.1["metadata"]["name"] = json!("pv-2");
    other.1["spec"]["csi"]["volumeHandle"] = json!("2");
    let mount = json!([{"name": "logs", "persistentVolumeClaim": {"claimName": "logs"}}]);
    let full = with(pod("web-0", "n3", "web"), "/spec/volumes", mount);
    assert_eq!(failing(and(objects, vec![other.0, other.1, full]), &waiting)[2], [Class::VolumeLimit]);
}

#[test]
fn the_request_is_lowered_by_what_is_lacking_and_no_more() {
    let full = with(
        pod("ranker-0", "n1", "ranker"),
        "/spec/containers/0/resources/requests",
        json!({"cpu": "1650m"}),
    );
    let found = fixes(vec![node("n1", "a"), full], &asks("web", "2500m"));
    let Some(Change::LowerRequest { from, to, .. }) = found.single.first() else {
        panic!("{found:?}");
    };
    assert_eq!((*from, *to), (Milli(2500), Milli(2350)));
}

#[test]
fn an_init_container_that_asks_most_is_the_one_to_lower() {
    let waiting = with(
        asks("web", "1"),
        "/spec/initContainers",
        json!([{"name": "migrate", "resources": {"requests": {"cpu": "5"}}}]),
    );
    let found = fixes(vec![node("n1", "a")], &waiting);
    let Some(Change::LowerRequest { container, to, .. }) = found.single.first() else {
        panic!("{found:?}");
    };
    assert_eq!((container.as_deref(), *to), (Some("migrate"), Milli(4000)));
}

/// A node that is not for the pod that waits, and may be for others.
fn elsewhere() -> Value {
    let taint = json!([{"key": "dedicated", "value": "batch", "effect": "NoSchedule"}]);
    with(node("n2", "a"), "/spec/taints", taint)
}

/// The pods that are offered to go.
fn moves(found: &Fixes) -> Vec<&str> {
    let moved = found.first(|change| matches!(change, Change::MovePods { .. }));
    let Some(Change::MovePods { pods, .. }) = moved else { return Vec::new() };
    pods.iter().map(|pod| pod.name.as_str()).collect()
}

#[test]
fn the_fewest_and_smallest_pods_go_and_none_that_would_come_back() {
    let takes = |name: &str, cpu: &str| {
        with(pod(name, "n1", "batch"), "/spec/containers/0/resources/requests", json!({"cpu": cpu}))
    };
    let owned = with(
        takes("agent", "1"),
        "/metadata/ownerReferences",
        json!([{"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "agent", "uid": "u"}]),
    );
    let objects =
        vec![node("n1", "a"), owned, takes("large", "1500m"), takes("middle", "1"), takes("small", "500m")];
    let alone = fixes(objects.clone(), &asks("web", "900m"));
    assert_eq!(moves(&alone), Vec::<&str>::new(), "there is nowhere else to go");
    let objects = [objects, vec![elsewhere()]].concat();
    let found = fixes(objects, &asks("web", "900m"));
    assert_eq!(moves(&found), ["middle"], "{found:?}");
}

#[test]
fn no_replica_of_the_pod_itself_makes_room_for_it() {
    let holds = |app: &str| anti(pod("db-0", "n1", app), term(HOST, "db"));
    let waiting = anti(asks("db", "100m"), term(HOST, "db"));
    assert_eq!(fixes(vec![node("n1", "a"), holds("db")], &waiting), Fixes::default());
    let older = with(holds("db"), "/metadata/labels/pod-template-hash", json!("5d8zt"));
    let found = fixes(vec![node("n1", "a"), elsewhere(), older], &waiting);
    assert_eq!(moves(&found), Vec::<&str>::new(), "its controller makes it anew where it was");
    let other = with(holds("db"), "/metadata/labels/tier", json!("archive"));
    let found = fixes(vec![node("n1", "a"), elsewhere(), other], &waiting);
    assert_eq!(moves(&found), ["db-0"], "{found:?}");
}

#[test]
fn disks_of_old_nodes_count_for_the_driver_that_took_them_over() {
    let full = with(node("n1", "a"), "/status/allocatable/attachable-volumes-aws-ebs", json!("1"));
    let class = json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "gp2"},
        "provisioner": "kubernetes.io/aws-ebs"});
    let claim = |name: &str, volume: Option<&str>| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"storageClassName": "gp2", "volumeName": volume}})
    };
    let volume = json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "pv-1"},
        "spec": {"awsElasticBlockStore": {"volumeID": "vol-1"}}});
    let mount = |claim: &str| json!([{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]);
    let there = with(pod("db-0", "n1", "db"), "/spec/volumes", mount("held"));
    let waiting = with(asks("web", "100m"), "/spec/volumes", mount("new"));
    let objects = vec![full, class, claim("held", Some("pv-1")), claim("new", None), volume, there];
    assert_eq!(failing(objects, &waiting), [[Class::VolumeLimit]]);
}

#[test]
fn two_changes_are_offered_where_one_is_not_enough() {
    let closed = with(node("n1", "a"), "/spec/unschedulable", json!(true));
    let full =
        with(pod("ranker-0", "n1", "ranker"), "/spec/containers/0/resources/requests", json!({"cpu": "3"}));
    let found = fixes(vec![closed, full], &asks("web", "1500m"));
    assert_eq!(found.single, []);
    assert!(matches!(found.pair, Some((Change::Uncordon { .. }, Change::LowerRequest { .. }))), "{found:?}");
}

#[test]
fn nothing_is_offered_for_a_pod_that_fits_or_that_nothing_helps() {
    assert_eq!(fixes(three(), &asks("web", "1")), Fixes::default());
    let sick = with(
        node("n1", "a"),
        "/spec/taints",
        json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]),
    );
    assert_eq!(fixes(vec![sick], &asks("web", "1")), Fixes::default());
    let by_role = with(
        node("n1", "a"),
        "/spec/taints",
        json!([{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]),
    );
    assert_eq!(fixes(vec![by_role], &asks("web", "1")), Fixes::default());
}

#[test]
fn nodes_the_pod_does_not_name_are_passed_over() {
    let named = with(
        asks("web", "9"),
        "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution",
        json!({"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]}]}),
    );
    let world = world(three());
    let (scene, wanted) = (Scene::of(&world), wanted(&named));
    let rows = Filters::of(&scene, &wanted).rows();
    assert_eq!(rows.iter().map(|row| row.passed_over).collect::<Vec<_>>(), [true, false, true]);
}

/// What the page says of the difference between the table and this message, about a pod that asks for a core.
fn difference(objects: Vec<Value>, message: &str, change: impl Fn(Value) -> Value) -> Option<String> {
    let conditions =
        json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]);
    let waiting = with(asks("web", "5"), "/status", json!({"phase": "Pending", "conditions": conditions}));
    let world = std::sync::Arc::new(world(and(objects, vec![change(waiting)])));
    let snapshot = crate::Snapshot::of_pod(&world, "shop", "waiting").unwrap();
    differs(&snapshot, evaluate(&snapshot).unwrap()).map(|words| words.en)
}

#[test]
fn no_change_is_offered_that_the_message_puts_in_doubt() {
    let offered = |message: &str, scheduler: &str| {
        let conditions = json!([{"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message}]);
        let waiting =
            with(asks("web", "5"), "/status", json!({"phase": "Pending", "conditions": conditions}));
        let waiting = with(waiting, "/spec/schedulerName", json!(scheduler));
        let world = std::sync::Arc::new(world(and(three(), vec![waiting])));
        let snapshot = crate::Snapshot::of_pod(&world, "shop", "waiting").unwrap();
        super::fix::fixes(&snapshot, evaluate(&snapshot).unwrap()).single.len()
    };
    let short = "0/3 nodes are available: 3 Insufficient cpu.";
    assert_eq!(offered(short, "default-scheduler"), 1);
    assert_eq!(offered(short, "batch-scheduler"), 0);
    let ports = "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.";
    assert_eq!(offered(ports, "default-scheduler"), 0);
}

#[test]
fn a_difference_from_the_message_is_told_with_its_likeliest_reason() {
    let short = "0/3 nodes are available: 3 Insufficient cpu.";
    assert_eq!(difference(three(), short, |pod| pod), None);
    // a node that has several reasons may be counted under any of them, by version
    let other =
        "0/3 nodes are available: 2 Insufficient cpu, 1 node(s) didn't match Pod's node affinity/selector.";
    let selecting = |pod| with(pod, "/spec/nodeSelector", json!({ZONE: "a"}));
    assert_eq!(difference(three(), other, selecting), None);
    let more = difference(three(), "0/5 nodes are available: 5 Insufficient cpu.", |pod| pod).unwrap();
    assert!(more.starts_with("The scheduler counted 5 nodes, the table has 3."), "{more}");
    let ports = "0/3 nodes are available: 3 node(s) didn't have free ports for the requested pod ports.";
    let custom = |pod| with(pod, "/spec/schedulerName", json!("batch-scheduler"));
    let unknown = difference(three(), ports, custom).unwrap();
    assert!(unknown.contains("a taken host port: 3; in the table: 0"), "{unknown}");
    assert!(unknown.contains("batch-scheduler"), "{unknown}");
    let fits =
        difference(three(), short, |pod| with(pod, "/spec/containers/0/resources/requests/cpu", json!("1")));
    assert!(fits.unwrap().starts_with("By what was read the pod fits on n1, n2, n3."));
}
