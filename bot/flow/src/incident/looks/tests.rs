use podwhy_knowledge::GapReason;

use super::super::alert::Severity;
use super::super::due::{Failing, Thresholds, Trouble};
use super::super::look::Sighted;
use super::testing::{Fake, Mood, deployment, node, now, oom, pod_name, ready};
use super::*;
use crate::chat::policy::Area;

fn member(kind: &str, namespace: &str, name: &str) -> Member {
    Member { kind: kind.to_string(), namespace: namespace.to_string(), name: name.to_string() }
}

fn of(namespaces: &[&str]) -> Scope {
    Scope::Namespaces(namespaces.iter().map(|name| (*name).to_string()).collect())
}

fn area(namespace: &str) -> Area {
    Area { cluster: "prod".to_string(), namespace: Some(namespace.to_string()) }
}

fn shop() -> Fake {
    Fake::new(
        "prod",
        vec![
            deployment("shop", "cart", 3, 1),
            oom("shop", "cart", "x2x4z"),
            oom("shop", "cart", "x2x5z"),
            ready("shop", "cart", "x2x6z"),
            deployment("pay", "api", 1, 0),
            oom("pay", "api", "x2x4z"),
            node("a", "True"),
        ],
    )
}

fn failing(member: Member) -> Failing {
    let (uid, trouble) = (String::new(), Trouble::NotReady);
    Failing { member, uid, trouble, since: now(), due_at: now() }
}

async fn look_at(cluster: &Fake, scope: &Scope, due: &[Member], bounds: &Bounds) -> Looked {
    let due: Vec<Failing> = due.iter().cloned().map(failing).collect();
    let due = Crossed::new(&due, &Thresholds::default(), now());
    look(cluster, scope, &due, bounds, now(), || ()).await.unwrap()
}

fn cause<'l>(looked: &'l Looked, name: &str) -> &'l Sighted {
    looked.look.sighted.iter().find(|sighted| sighted.root_cause.blame.name == name).unwrap()
}

#[tokio::test]
async fn what_fails_is_told_by_root_cause() {
    let cluster = shop();
    let due = [member("Pod", "shop", &pod_name("cart", "x2x5z"))];
    let looked = look_at(&cluster, &Scope::All, &due, &Bounds::default()).await;
    assert_eq!(cluster.state().asked, ["failing *"], "one reading");
    assert!(looked.look.is_whole && looked.look.at == now() && looked.look.scope == Scope::All);
    let cart = cause(&looked, "cart");
    assert_eq!(cart.root_cause.cause, "oom-killed");
    assert_eq!(
        (cart.root_cause.cluster.as_str(), cart.root_cause.blame.kind.as_str()),
        ("prod", "Deployment")
    );
    let names: Vec<&str> = cart.members.iter().map(|member| member.name.as_str()).collect();
    assert_eq!(
        names,
        [pod_name("cart", "x2x4z"), pod_name("cart", "x2x5z")],
        "the one that is well is not in it"
    );
    assert!(cart.is_due && cart.severity == Severity::Warning && !cart.summary.is_empty());
    let api = cause(&looked, "api");
    assert!(!api.is_due, "it joins what is open, and opens nothing");
    assert_eq!(api.severity, Severity::Critical, "no pod of it is ready");
}

#[tokio::test]
async fn what_is_left_of_pods_is_kept_without_secrets() {
    let mut pod = oom("shop", "cart", "x2x4z");
    pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] =
        "password=hunter2hunter2 is wrong".into();
    let cluster = Fake::new("prod", vec![deployment("shop", "cart", 1, 0), pod]);
    let looked = look_at(&cluster, &of(&["shop"]), &[], &Bounds::default()).await;
    let left = looked.remains.first().unwrap();
    assert_eq!((left.name.as_str(), left.namespace.as_str()), (pod_name("cart", "x2x4z").as_str(), "shop"));
    assert_eq!(left.owner.as_ref().map(|owner| owner.name.as_str()), Some("cart"));
    assert!(left.evidence.iter().any(|kept| kept.text.contains("OOMKilled")), "{:?}", left.evidence);
    assert!(!format!("{looked:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_namespace_that_is_refused_is_not_looked_at() {
    let cluster = shop();
    cluster.state().mood = Mood::Refuses("pay");
    let looked = look_at(&cluster, &of(&["pay", "shop"]), &[], &Bounds::default()).await;
    assert_eq!(looked.look.scope, of(&["shop"]), "so nothing in it is well by this look");
    assert_eq!(looked.look.sighted.len(), 1);
    let none = look(&cluster, &of(&["pay"]), &Crossed::default(), &Bounds::default(), now(), || ()).await;
    assert!(matches!(none, Err(ClusterError::Unreachable { .. })), "{none:?}");
}

#[tokio::test]
async fn a_look_stays_within_its_bounds() {
    let cluster = shop();
    let bounds = Bounds { areas: vec![area("shop")], ..Bounds::default() };
    let looked = look_at(&cluster, &Scope::All, &[], &bounds).await;
    assert_eq!(
        (cluster.state().asked.clone(), looked.look.scope),
        (vec!["failing shop".to_string()], of(&["shop"]))
    );
    let elsewhere = look_at(&cluster, &of(&["pay"]), &[], &bounds).await;
    assert_eq!((elsewhere.look.sighted, elsewhere.look.scope), (Vec::new(), of(&[])));
    assert_eq!(cluster.state().asked.len(), 1, "nothing was asked for it");
}

#[tokio::test]
async fn many_namespaces_are_one_reading_and_no_more_is_told() {
    let cluster = shop();
    let many: Vec<String> = (0..30).map(|number| format!("n{number}")).chain(["shop".to_string()]).collect();
    let looked =
        look_at(&cluster, &Scope::Namespaces(many.into_iter().collect()), &[], &Bounds::default()).await;
    assert_eq!(cluster.state().asked, ["failing *"]);
    assert_eq!(looked.look.sighted.len(), 1, "pay was read and not asked about");
}

#[tokio::test]
async fn a_node_fails_by_itself_and_with_its_pods() {
    let cluster =
        Fake::new("prod", vec![node("a", "Unknown"), node("b", "True"), ready("shop", "cart", "x2x4z")]);
    let looked = look_at(&cluster, &Scope::All, &[member("Node", "", "a")], &Bounds::default()).await;
    let down = cause(&looked, "a");
    assert!(down.members.contains(&member("Node", "", "a")), "{down:?}");
    assert!(down.is_due && down.severity == Severity::Critical);
    assert_eq!(looked.look.sighted.len(), 1, "{:?}", looked.look.sighted);
    let here = look_at(&cluster, &of(&["web"]), &[], &Bounds::default()).await;
    assert_eq!(here.look.sighted, [], "a node is in no namespace");
}

#[tokio::test]
async fn a_workload_without_pods_is_told_of() {
    let mut lonely = deployment("shop", "cart", 2, 0);
    lonely["status"] = serde_json::json!({"replicas": 0, "unavailableReplicas": 2, "conditions": [
        {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "lastTransitionTime": "2026-11-25T12:00:00Z",
         "message": "pods \"cart-1\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=5, limited: pods=5"}]});
    let cluster =
        Fake::new("prod", vec![lonely, deployment("shop", "api", 1, 1), oom("shop", "api", "x2x4z")]);
    let looked = look_at(&cluster, &of(&["shop"]), &[], &Bounds::default()).await;
    assert_eq!(looked.lacking, [member("Deployment", "shop", "cart")]);
    let mut due = super::super::due::Due::default();
    due.lack(|_| true, &looked.lacking, now());
    let told = due.due(now() + jiff::SignedDuration::from_mins(5));
    assert_eq!(told.first().map(|failing| failing.trouble), Some(Trouble::Lacking));
    let again = look_at(&cluster, &of(&["shop"]), &[told[0].member.clone()], &Bounds::default()).await;
    let dues: Vec<bool> = again.look.sighted.iter().map(|sighted| sighted.is_due).collect();
    assert_eq!(dues.iter().filter(|due| **due).count(), 1);
}

#[tokio::test]
async fn a_look_that_missed_a_list_is_not_whole() {
    for (kind, namespace, name, why, whole) in [
        ("Pod", "shop", "cart-1", GapReason::TimedOut, false),
        ("Pod", "shop", "", GapReason::Forbidden, false),
        ("Pod", "pay", "", GapReason::TimedOut, true),
        ("Deployment", "", "", GapReason::TimedOut, false),
        ("Deployment", "", "", GapReason::Forbidden, true),
        ("Event", "shop", "", GapReason::TimedOut, true),
        ("Node", "", "", GapReason::TimedOut, true),
    ] {
        let cluster = shop();
        cluster.state().unread = vec![((kind.to_string(), namespace.to_string(), name.to_string()), why)];
        let looked = look_at(&cluster, &of(&["shop"]), &[], &Bounds::default()).await;
        assert_eq!(looked.look.is_whole, whole, "{kind} {namespace}/{name} {why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_hangs_is_given_up() {
    let cluster = shop();
    cluster.state().mood = Mood::Hangs;
    let began = tokio::time::Instant::now();
    let looked = look(&cluster, &Scope::All, &Crossed::default(), &Bounds::default(), now(), || ()).await;
    assert!(looked.is_err() && began.elapsed() == LONGEST, "{looked:?}");
}
