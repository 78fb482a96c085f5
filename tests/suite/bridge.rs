//! Every case and every recording, put on a real API server and read back by the collector, which has the rights that are shipped and no
//! others: the same cause, blame and confidence as from the objects alone, and every field as it was written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use podwhy_flow::ask::diagnose::{Diagnosed, diagnose};
use podwhy_flow::ask::intake;
use podwhy_flow::ports::ClusterRead;
use podwhy_knowledge::{Diagnosis, Lang, Snapshot, Target, Verdict, World, world::ContainerLog};
use podwhy_kubernetes::rights::Need;
use podwhy_kubernetes::{Agents, Connection, LiveCluster, Metrics, Secrets, Source};
use podwhy_tests::bridge::{Applied, FakeKubelet, Server, apply};
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say};
use podwhy_tests::recordings;
use serde_json::Value;

use crate::rbac::{self, PODWHY};

#[path = "../../knowledge/tests/suite/load.rs"]
#[expect(dead_code, reason = "the knowledge's own suite uses the rest")]
mod load;

/// What a real server cannot hold, by case, with the reason. At most one in twenty.
const NOT_HELD: &[(&str, &str)] = &[
    (
        "k8s1.20-docker/workloads-2 job-a",
        "from 1.31 on a server takes a Job's condition Failed only after FailureTarget, which 1.20 did not have",
    ),
    ("k8s1.20-docker/workloads-2 triage job-a", "the same"),
    (
        "k8s1.37-containerd/workloads-2 triage slow-a",
        "triage reads warnings only: that a pull still runs is none",
    ),
    (
        "k8s1.37-containerd/workloads-2 triage spread-a",
        "triage reads no neighbours, without whom it is only possible",
    ),
];

/// The same of the oldest server, among the recordings of its own version.
const NOT_HELD_BY_THE_OLDEST: &[(&str, &str)] = &[];

/// Cases that a live answer knows less of, with the reason: a blame or confidence that is less, or nothing where nothing is read.
const LESS_LIVE: &[(&str, &str)] = &[
    ("node/node_lost/cases/leader-lives.yaml", "of a pod that nobody marked, no leaders' locks are read"),
    ("node/node_lost/cases/still-called-ready.yaml", "Leases of other nodes are not read"),
    (
        "schedule/host_port_conflict/cases/daemon-set-1-11.yaml",
        "of a DaemonSet without pods no neighbours are read",
    ),
    (
        "evict/pod_disrupted/cases/preempted-by-scheduler.yaml",
        "the preemptor is looked up by its uid in dumps only",
    ),
    ("probe/readiness_gate_pending/cases/typical.yaml", "custom resources are not read"),
    ("sandbox/runtime_class_missing/cases/near_miss_class-made.yaml", "a ReplicaSet that no selector finds"),
    ("sandbox/runtime_class_missing/cases/typical.yaml", "a ReplicaSet that no selector finds"),
    ("schedule/scheduler_down/cases/endpoints-lock.yaml", "Endpoints as a lock ended with 1.20"),
    ("schedule/scheduler_down/cases/near_miss_gated.yaml", "the server itself writes the gate's condition"),
    (
        "terminate/deletion_blocked_by_webhook/cases/service-down.yaml",
        "the Services of webhooks are not read for a pod",
    ),
];

struct Bridge {
    control_plane: ControlPlane,
    server: Server,
    kubelet: FakeKubelet,
    cluster: LiveCluster,
    metrics: Metrics,
    /// Whether what is read back has to be as it was written, field for field: the server is as new as what is written.
    same: bool,
}

async fn bridge(test: &str, oldest: bool) -> Option<Bridge> {
    let options = Options { audit: true, kubectl: true, oldest, ..Options::default() };
    let control_plane = control_plane_or_say(test, options)?;
    let server = Server::new(control_plane.client(control_plane.admin()).unwrap());
    let cluster = "[[clusters]]\nname = \"test\"\nin_cluster = true\n";
    let account = rbac::account(&control_plane, &format!("secrets = \"keys\"\n{cluster}")).await;
    let kubelet = FakeKubelet::start().await.unwrap();
    let metrics = Metrics::default();
    let connection = Connection {
        source: Source::Kubeconfig { file: Some(account), context: None },
        namespace: Some("default".to_string()),
        secrets: Secrets::Keys,
        agents: Agents::none(),
        ..Connection::default()
    };
    let cluster = LiveCluster::new(&connection, metrics.clone()).await.unwrap();
    Some(Bridge { control_plane, server, kubelet, cluster, metrics, same: !oldest })
}

/// The diagnosis of the objects alone, as a live server would tell them: what it says does not exist is known to.
fn expected(
    world: World,
    collected_absent: &[(String, String, String)],
    applied: &Applied,
    target: &str,
) -> Diagnosed {
    let mut world = world;
    // a server has no reports of agents yet
    world.agents.clear();
    world.live = true;
    world.taken_at.exact = true;
    world.absent.extend(collected_absent.iter().filter(|key| !applied.holds(key)).cloned());
    let request = intake::intake(target, None, Lang::En).unwrap();
    diagnose(&Arc::new(world), &request).unwrap()
}

fn shown(diagnosis: &Diagnosis) -> Vec<String> {
    diagnosis
        .findings
        .iter()
        .map(|f| {
            format!(
                "{} {} {:?} {:?}",
                f.cause,
                f.confidence.map_or("-", |c| c.as_str()),
                f.blame.to_string(),
                f.container
            )
        })
        .collect()
}

/// The events, and of what fails the owners, that one snapshot has and the other lacks.
fn other_events(wanted: &Diagnosed, got: &Snapshot) -> Vec<String> {
    let told = |snapshot: &Snapshot| -> BTreeSet<String> {
        let events = snapshot.events.iter().map(|e| format!("event {:?} {} {}", e.at, e.reason, e.message));
        // the owners of a pod that is well are not read
        let of_service = wanted.diagnosis.top().cause == "service-selects-nothing";
        let fails = wanted.diagnosis.verdict == Verdict::Failing && !of_service;
        let owners = snapshot.owners.iter().filter(|_| fails);
        events.chain(owners.map(|o| format!("owner {:?} {}", o.kind, o.name))).collect()
    };
    let (wanted, got) = (told(&wanted.snapshot), told(got));
    let lost = wanted.difference(&got).map(|what| format!("{what} is gone"));
    lost.chain(got.difference(&wanted).map(|what| format!("{what} was added"))).collect()
}

/// Reads the target back and compares. `Err` says how the two differ.
async fn compare(bridge: &Bridge, applied: &Applied, world: &World, target: &str) -> Result<(), String> {
    let parsed: Target = target.parse().unwrap();
    let requests = bridge.metrics.requests();
    let waves = bridge.metrics.waves();
    let mut collected = bridge.cluster.subject(&parsed).await.map_err(|error| error.to_string())?;
    let (requests, waves) = (bridge.metrics.requests() - requests, bridge.metrics.waves() - waves);
    applied.restore(&mut collected, world.taken_at.at);
    if world.nodes.is_empty() {
        // what is written without its nodes says nothing of them: on a server they are not there
        collected.absent.retain(|(kind, ..)| kind != "Node");
    }
    let mut fields = applied.differences(&collected);
    let absent: Vec<_> = collected.absent.iter().cloned().collect();
    let wanted = expected(world.clone(), &absent, applied, target);
    let live = Arc::new(collected.into_world());
    let snapshot =
        podwhy_knowledge::resolve::resolve(&live, &parsed, Some("default")).map_err(|e| e.to_string())?;
    let got = podwhy_knowledge::diagnose(&snapshot);
    let failing = snapshot.containers().iter().filter(|c| !c.is_ready()).count();
    if snapshot.node_name().is_some() && failing <= 1 {
        assert!(requests <= 20, "{target}: {requests} requests for a bound pod with one failing container");
    }
    assert!(waves <= 3, "{target}: {waves} waves");
    fields.extend(other_events(&wanted, &snapshot));
    if bridge.same && !fields.is_empty() {
        return Err(format!("read otherwise than written:\n  {}", fields.join("\n  ")));
    }
    if shown(&wanted.diagnosis) == shown(&got) {
        return Ok(());
    }
    Err(format!("expected {:?}\n      got {:?}", shown(&wanted.diagnosis), shown(&got)))
}

/// Found by Tables and read in part, a namespace has the same groups as read in full.
async fn compare_triage(
    bridge: &Bridge,
    applied: &Applied,
    world: &World,
    namespace: &str,
) -> Result<(), String> {
    let mut collected = bridge.cluster.failing(Some(namespace)).await.map_err(|error| error.to_string())?;
    applied.restore(&mut collected, world.taken_at.at);
    let mut full = world.clone();
    full.live = true;
    full.taken_at.exact = true;
    full.absent.extend(collected.absent.iter().filter(|key| !applied.holds(key)).cloned());
    let groups = |world: World| {
        let triage = podwhy_knowledge::triage::triage(&Arc::new(world), |name| name == namespace);
        let groups: BTreeSet<String> = triage
            .groups
            .iter()
            .map(|g| format!("{} {} {:?} {:?}", g.finding.cause, g.blame, g.confidence, g.pods))
            .collect();
        (triage.failing, triage.healthy, groups)
    };
    let (wanted, got) = (groups(full), groups(collected.into_world()));
    if wanted == got { Ok(()) } else { Err(format!("expected {wanted:?}\n      got {got:?}")) }
}

fn judge(mut failures: BTreeMap<String, String>, asked: usize, not_held: &[(&str, &str)]) {
    for (name, reason) in not_held {
        assert!(failures.remove(*name).is_some(), "{name} is held by a real server after all");
        println!("not held by a real server: {name}: {reason}");
    }
    assert!(not_held.len() * 20 <= asked, "too many are left out");
    let told: Vec<String> = failures.iter().map(|(name, why)| format!("{name}:\n  {why}")).collect();
    assert!(told.is_empty(), "{} of {asked} differ:\n{}", told.len(), told.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_case_reads_alike_from_a_real_server() {
    let Some(bridge) = bridge("the cases on a real API server", false).await else { return };
    let (mut failures, mut not_held) = (BTreeMap::new(), 0);
    let cases = load::cases();
    for case in &cases {
        let world = Arc::unwrap_or_clone(case.world());
        bridge.kubelet.set(world.logs.clone()).unwrap();
        let objects: Vec<Value> =
            case.objects.iter().filter(|o| o["kind"] != "ContainerLog").cloned().collect();
        let applied = apply(&bridge.server, &objects, &bridge.kubelet).await.unwrap();
        let namespaced =
            podwhy_knowledge::resolve::resolve(&Arc::new(world.clone()), &case.target.parse().unwrap(), None)
                .unwrap();
        let (kind, name) = (namespaced.kind().short(), namespaced.name());
        let target = match namespaced.namespace() {
            "" => format!("{kind}/{name}"),
            namespace => format!("{namespace}/{kind}/{name}"),
        };
        match (compare(&bridge, &applied, &world, &target).await, applied.refused.first()) {
            (Ok(()), _) => {}
            // other versions hold what this server refuses: its words are the reason
            (Err(_), Some(words)) => {
                println!("not held by a real server: {}: {words}", case.shown);
                not_held += 1;
            }
            (Err(difference), None) => {
                failures.insert(case.shown.clone(), difference);
            }
        }
        applied.remove(&bridge.server).await.unwrap();
    }
    assert!(not_held * 20 <= cases.len(), "{not_held} of {} are left out", cases.len());
    podwhy_tests::rights::check(&bridge.control_plane, PODWHY, &[Need::Read, Need::Secrets], &[]);
    judge(failures, cases.len(), LESS_LIVE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_recording_reads_alike_from_a_real_server() {
    let Some(bridge) = bridge("the recordings on a real API server", false).await else { return };
    read_alike(&bridge, |_| true, NOT_HELD).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_recordings_of_the_oldest_read_alike_from_the_oldest_server() {
    let Some(bridge) = bridge("the recordings of 1.20 on the oldest API server", true).await else { return };
    read_alike(&bridge, |folder| folder.starts_with("k8s1.20"), NOT_HELD_BY_THE_OLDEST).await;
}

async fn read_alike(bridge: &Bridge, is_wanted: fn(&str) -> bool, not_held: &[(&str, &str)]) {
    let mut folders: BTreeMap<String, Vec<recordings::Case>> = BTreeMap::new();
    for case in recordings::cases().into_iter().filter(|case| is_wanted(&case.folder)) {
        folders.entry(case.folder.clone()).or_default().push(case);
    }
    let (mut failures, mut asked) = (BTreeMap::new(), 0);
    for (folder, cases) in folders {
        let (world, objects) = recording(&cases[0].path);
        let logs: BTreeMap<_, ContainerLog> = world.logs.clone();
        bridge.kubelet.set(logs).unwrap();
        let applied = apply(&bridge.server, &objects, &bridge.kubelet).await.unwrap();
        let namespaces: BTreeSet<&str> = cases.iter().map(|case| case.truth.namespace.as_str()).collect();
        for namespace in namespaces {
            if let Err(difference) = compare_triage(bridge, &applied, &world, namespace).await {
                failures.insert(format!("{folder} triage {namespace}"), difference);
            }
        }
        for case in &cases {
            asked += 1;
            if let Err(difference) = compare(bridge, &applied, &world, &case.target()).await {
                let about: Vec<&String> =
                    applied.refused.iter().filter(|r| r.contains(&case.truth.namespace)).collect();
                failures.insert(format!("{folder} {}", case.name), format!("{difference}\n  {about:?}"));
            }
        }
        applied.remove(&bridge.server).await.unwrap();
    }
    podwhy_tests::rights::check(&bridge.control_plane, PODWHY, &[], &[]);
    judge(failures, asked, not_held);
}

fn recording(path: &Path) -> (World, Vec<Value>) {
    let dump = podwhy_files::read(path, &podwhy_files::Options::default()).unwrap();
    (dump.world, podwhy_tests::bridge::objects_below(path))
}
