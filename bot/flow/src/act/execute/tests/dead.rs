//! A node that is taken for dead: judged again before it is marked, and looked after until it is empty.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, advance};

use super::super::NotNow;
use super::fakes::World;
use crate::act::dead::Eyes;
use crate::act::dead::lease_watch::{ReadyStatus, Stream};
use crate::act::machine::testing::{approval, remediation};
use crate::act::out_of_service::KEY;
use crate::act::record::{Phase, Target};
use crate::ports::{NodeSighting, OnNode, PodOnNode, Power, Sighting};

pub(in crate::act) fn node(name: &str, uid: &str, ready: ReadyStatus) -> Sighting {
    Sighting::Node(NodeSighting { name: name.into(), uid: uid.into(), ready: Some(ready), shutdown: None })
}

pub(in crate::act) fn lease(node: &str, version: u64) -> Sighting {
    Sighting::Lease { stream: Stream::NodeLeases, node: node.into(), version: version.to_string() }
}

/// What the watch tells at its start: worker-3 is silent, worker-1 is not.
pub(in crate::act) fn eyes() -> Arc<Eyes> {
    let (eyes, now) = (Eyes::default(), Instant::now());
    for sighting in [
        node("worker-3", "6f6a", ReadyStatus::Unknown),
        node("worker-1", "u-1", ReadyStatus::True),
        lease("worker-3", 1),
        lease("worker-1", 0),
        Sighting::Listed(Stream::Nodes),
        Sighting::Listed(Stream::NodeLeases),
        Sighting::Listed(Stream::AgentLeases),
    ] {
        eyes.saw(sighting, now);
    }
    Arc::new(eyes)
}

/// So many seconds pass, in which worker-1 renews.
pub(in crate::act) async fn pass(eyes: &Eyes, seconds: u64) {
    for second in 0..seconds / 10 {
        advance(Duration::from_secs(10)).await;
        eyes.saw(lease("worker-1", second + 1), Instant::now());
    }
}

/// Two agreed to mark worker-3, whose power the probe knows.
async fn marked(power: Power) -> (World, Arc<Eyes>) {
    let mut world = World::agreed(remediation(), ["ann", "bob"].map(approval)).await;
    let eyes = eyes();
    let object = json!({"metadata": {"uid": "6f6a"}, "spec": {"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}});
    world.cluster.inner().objects.insert("worker-3".into(), object);
    (world.eyes, world.power) = (Some(Arc::clone(&eyes)), Some(power));
    (world, eyes)
}

fn off() -> Power {
    Power::Off { at: jiff::Timestamp::UNIX_EPOCH }
}

async fn step(world: &World, run: &str) -> Result<Phase, NotNow> {
    world.executor(run).step(&remediation().name).await
}

async fn why(world: &World) -> String {
    use crate::ports::Remediations;
    let one = world.ledger.get(&remediation().name).await.unwrap().unwrap();
    one.status.history.last().unwrap().why.clone()
}

fn pod(name: &str, tolerates: bool) -> PodOnNode {
    let pod = Target { kind: "Pod".into(), namespace: "shop".into(), name: name.into(), uid: name.into() };
    PodOnNode {
        pod,
        owner_kind: "ReplicaSet".into(),
        is_mirror: false,
        is_deleting: true,
        is_over: false,
        tolerates,
    }
}

#[tokio::test(start_paused = true)]
async fn it_waits_until_this_process_has_seen_the_silence_itself() {
    let (world, eyes) = marked(off()).await;
    pass(&eyes, 200).await;
    assert!(matches!(step(&world, "a/1").await, Err(NotNow::Cluster(why)) if why.contains("5 min")));
    pass(&eyes, 110).await;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Verifying));
    let taints = world.cluster.inner().objects["worker-3"]["spec"]["taints"].clone();
    assert_eq!(taints[0]["key"], KEY);
    assert_eq!(world.cluster.written(), 1);
}

#[tokio::test(start_paused = true)]
async fn any_sign_of_life_ends_it() {
    let (world, eyes) = marked(off()).await;
    pass(&eyes, 310).await;
    eyes.saw(node("worker-3", "6f6a", ReadyStatus::False), Instant::now());
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Superseded), "its kubelet speaks");
    let (world, eyes) = marked(Power::On { at: jiff::Timestamp::UNIX_EPOCH }).await;
    pass(&eyes, 310).await;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Superseded));
    assert!(why(&world).await.contains("not confirmed dead any more"), "{}", why(&world).await);
    let (world, eyes) = marked(off()).await;
    pass(&eyes, 310).await;
    eyes.saw(lease("worker-3", 2), Instant::now());
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Superseded), "its Lease was renewed");
    let (world, eyes) = marked(off()).await;
    pass(&eyes, 310).await;
    eyes.saw(node("worker-3", "new", ReadyStatus::Unknown), Instant::now());
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Superseded), "it registered anew");
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn approvals_without_a_proof_do_nothing() {
    let (mut world, eyes) = marked(off()).await;
    world.power = None;
    pass(&eyes, 310).await;
    assert!(matches!(step(&world, "a/1").await, Err(NotNow::Cluster(why)) if why.contains("power")));
    world.eyes = None;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Superseded), "nobody watches");
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn it_has_helped_when_the_node_is_empty_and_what_stays_is_named() {
    let (world, eyes) = marked(off()).await;
    let on = |pods: Vec<PodOnNode>, attachments: &[&str]| OnNode {
        pods,
        attachments: attachments.iter().map(|name| (*name).to_string()).collect(),
    };
    world.cluster.inner().on_node = on(vec![pod("web", false), pod("keeper", true)], &["csi-1"]);
    pass(&eyes, 310).await;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Verifying));
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Verifying), "a pod is still there");
    world.cluster.inner().on_node = on(vec![pod("keeper", true)], &["csi-1"]);
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Verifying), "a volume is still attached");
    world.cluster.inner().on_node = on(vec![pod("keeper", true)], &[]);
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Succeeded));
    assert!(why(&world).await.contains("stay: keeper"), "{}", why(&world).await);
}

#[tokio::test(start_paused = true)]
async fn what_did_not_go_in_time_is_told() {
    let (world, eyes) = marked(off()).await;
    world.cluster.inner().on_node = OnNode { pods: vec![pod("web", false)], attachments: Vec::new() };
    pass(&eyes, 310).await;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Verifying));
    pass(&eyes, 600).await;
    assert_eq!(step(&world, "a/1").await, Ok(Phase::Failed));
    assert!(why(&world).await.contains("1 of its pods are still there, web among them"));
}
