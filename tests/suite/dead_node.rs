//! A dead node on a real API server: marked as the person who agreed, its pods removed, the mark taken away when it is back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use k8s_openapi::api::storage::v1::VolumeAttachment;
use kube::api::{Api, DeleteParams, Patch, PatchParams, PostParams};
use podwhy_flow::act::dead::lease_watch::{ReadyStatus, Stream};
use podwhy_flow::act::dead::{Eyes, Options as Rule, Proving, Warning};
use podwhy_flow::act::execute::{Acted, Executor};
use podwhy_flow::act::machine::{Event, next};
use podwhy_flow::act::memory::MemoryRemediations;
use podwhy_flow::act::out_of_service::KEY;
use podwhy_flow::act::plan::dead::{Dead, offers};
use podwhy_flow::act::plan::{Known, Offerable, after, found, subject};
use podwhy_flow::act::record::{Approval, Phase, Remediation, Spec, Status};
use podwhy_flow::act::remedy::Remedy;
use podwhy_flow::act::seal::Sealer;
use podwhy_flow::ask::diagnose::{Diagnosed, ask};
use podwhy_flow::ask::intake::Request;
use podwhy_flow::ask::within::Within;
use podwhy_flow::chat::Platform;
use podwhy_flow::incident::record::{Blamed, RootCause};
use podwhy_flow::ports::{
    Alone, Clock, ClusterNodes, KubernetesUser, NodeSighting, Power, PowerProbe, Remediations, Sighting,
};
use podwhy_knowledge::Lang;
use podwhy_kubernetes::{Agents, Connection, LiveCluster};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{Options, control_plane_or_say};
use podwhy_tests::live::live;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::rbac::{self, PODWHY};

const LOST: &str = "worker-3";

/// What its rights are printed for.
const CONFIGURATION: &str = r#"
clusters = [{ name = "test", in_cluster = true }]
people = [{ slack = "U1", user = "ann" }, { slack = "U2", user = "bob" }]

[remediation]
signing_key = { env = "PODWHY_REMEDIATION_KEY" }
of = ["*"]
remedies = ["taint-out-of-service", "untaint-out-of-service", "force-delete", "delete-node"]
"#;

/// Whose power is off, whenever it is asked.
#[derive(Debug)]
struct Off;

impl PowerProbe for Off {
    fn ask<'a>(&'a self, _node: &'a str) -> futures::future::BoxFuture<'a, Power> {
        Box::pin(async { Power::Off { at: jiff::Timestamp::now() } })
    }
}

struct Town {
    admin: kube::Client,
    cluster: Arc<LiveCluster>,
    ledger: Arc<MemoryRemediations>,
    executor: Executor,
}

/// What a process has seen that watches for longer than five minutes: the node is silent, another one is not.
fn eyes(uid: &str) -> Eyes {
    let (eyes, now) = (Eyes::default(), Instant::now());
    let ago =
        |seconds: u64| now.checked_sub(Duration::from_secs(seconds)).expect("this machine just started");
    let node = |name: &str, uid: &str, ready| {
        Sighting::Node(NodeSighting {
            name: name.into(),
            uid: uid.into(),
            ready: Some(ready),
            shutdown: None,
        })
    };
    let lease = |node: &str, version: u64| Sighting::Lease {
        stream: Stream::NodeLeases,
        node: node.into(),
        version: version.to_string(),
    };
    eyes.saw(node(LOST, uid, ReadyStatus::Unknown), ago(320));
    eyes.saw(lease(LOST, 1), ago(320));
    for stream in [Stream::Nodes, Stream::NodeLeases, Stream::AgentLeases] {
        eyes.saw(Sighting::Listed(stream), ago(320));
    }
    for second in (0..=320).rev().step_by(40) {
        eyes.saw(node("worker-1", "other", ReadyStatus::True), ago(second));
        eyes.saw(lease("worker-1", 1_000 - second), ago(second));
    }
    eyes
}

impl Town {
    async fn node(&self) -> Value {
        let nodes: Api<Node> = Api::all(self.admin.clone());
        serde_json::to_value(nodes.get(LOST).await.unwrap()).unwrap()
    }

    async fn diagnosed(&self) -> Diagnosed {
        let request = Request { target: format!("node/{LOST}").parse().unwrap(), lang: Lang::En };
        ask(self.cluster.as_ref(), &request, &Within::ALL).await.unwrap()
    }

    /// What can be offered about the node, as it stands on the server.
    async fn offered(&self) -> Vec<Offerable> {
        let diagnosed = self.diagnosed().await;
        let lost = &diagnosed.diagnosis.findings[0];
        assert_eq!(lost.cause, "node-lost");
        let on = self.cluster.on_node(LOST).await.unwrap();
        let node = &diagnosed.snapshot.world.nodes[LOST];
        let dead = Dead {
            node,
            target: podwhy_flow::act::plan::target(node).unwrap(),
            minor: self.cluster.minor_version().await.unwrap(),
            on,
            twice: Warning::of(&diagnosed.snapshot),
            checklist: Vec::new(),
        };
        offers(&dead, lost).into_iter().filter_map(Result::ok).collect()
    }

    /// Both agree to it, and the leader takes the next step.
    async fn done(&self, one: &Offerable) -> (String, Phase) {
        let diagnosed = self.diagnosed().await;
        let spec = Spec {
            incident: None,
            root_cause: RootCause {
                cluster: "test".to_string(),
                cause: one.cause.clone(),
                blame: Blamed::from(&one.blame),
            },
            subject: subject(&diagnosed),
            after: after(&diagnosed, &one.plan),
            plan: one.plan.clone(),
            floor: one.plan.remedy.floor(one.circumstances),
            risk: Default::default(),
            asked_by: None,
            offered_at: jiff::Timestamp::now(),
        };
        let name = one.plan.remedy.as_str().to_string();
        let (uid, version, status) = (String::new(), String::new(), Status::default());
        let new = Remediation { name: name.clone(), uid, version, spec, status };
        let mut stored = self.ledger.create(&new).await.unwrap();
        for user in ["ann", "bob"] {
            let approval = Approval {
                user: user.to_string(),
                platform: Platform::Slack,
                person: format!("U-{user}"),
                added_groups: Vec::new(),
                typed: Some(stored.spec.typed_name().to_string()),
                at: jiff::Timestamp::now(),
                seal: String::new(),
            };
            let event = Event::Approve(sealer().seal(&stored, approval));
            stored.status = next(&stored.spec, &stored.status, &event, jiff::Timestamp::now()).unwrap();
            stored = self.ledger.save(&stored).await.unwrap();
        }
        let phase = self.executor.step(&name).await.unwrap();
        (name, phase)
    }

    async fn step(&self, name: &str) -> Phase {
        self.executor.step(name).await.unwrap()
    }
}

fn sealer() -> Sealer {
    Sealer::new(&[7; 32]).unwrap()
}

async fn ready(admin: &kube::Client, status: &str) {
    let nodes: Api<Node> = Api::all(admin.clone());
    let at = jiff::Timestamp::now();
    let condition = json!({"type": "Ready", "status": status, "reason": "x", "message": "x",
        "lastHeartbeatTime": at, "lastTransitionTime": at});
    let patch = Patch::Merge(json!({"status": {"conditions": [condition]}}));
    nodes.patch_status(LOST, &PatchParams::default(), &patch).await.unwrap();
}

/// A node that was lost, with a pod that is being deleted and a volume; ann and bob may change nodes and delete pods.
async fn town(admin: kube::Client, cluster: LiveCluster) -> Town {
    let nodes: Api<Node> = Api::all(admin.clone());
    for name in [LOST, "worker-1"] {
        let node = json!({"metadata": {"name": name}, "spec": {"taints": [{"key": "node.kubernetes.io/unreachable", "effect": "NoExecute"}]}});
        nodes.create(&PostParams::default(), &serde_json::from_value(node).unwrap()).await.unwrap();
    }
    ready(&admin, "Unknown").await;
    let uid = nodes.get(LOST).await.unwrap().metadata.uid.unwrap();
    Server::new(admin.clone()).ensure_namespace("shop").await.unwrap();
    let pods: Api<Pod> = Api::namespaced(admin.clone(), "shop");
    let pod = json!({"metadata": {"name": "web"}, "spec": {"nodeName": LOST, "terminationGracePeriodSeconds": 600,
        "containers": [{"name": "app", "image": "example.org/web:1"}]}});
    pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
    // no kubelet carries it out
    assert!(pods.delete("web", &DeleteParams::default()).await.unwrap().is_left());
    let attachments: Api<VolumeAttachment> = Api::all(admin.clone());
    let attachment = json!({"metadata": {"name": "csi-1"}, "spec": {"attacher": "csi.example.org", "nodeName": LOST,
        "source": {"persistentVolumeName": "data"}}});
    attachments.create(&PostParams::default(), &serde_json::from_value(attachment).unwrap()).await.unwrap();
    let role = json!({"metadata": {"name": "on-call"}, "rules": [
        {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch", "delete"]},
        {"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"]}]});
    let roles: Api<ClusterRole> = Api::all(admin.clone());
    roles.create(&PostParams::default(), &serde_json::from_value(role).unwrap()).await.unwrap();
    let user = |name: &str| json!({"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"});
    let binding = json!({"metadata": {"name": "on-call"}, "subjects": [user("ann"), user("bob")],
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "on-call"}});
    let bindings: Api<ClusterRoleBinding> = Api::all(admin.clone());
    bindings.create(&PostParams::default(), &serde_json::from_value(binding).unwrap()).await.unwrap();
    let (cluster, ledger) = (Arc::new(cluster), Arc::new(MemoryRemediations::default()));
    let acted = Acted {
        dead: Some(Proving::new(Arc::new(eyes(&uid)), Some(Arc::new(Off)), Rule::default())),
        ..Acted::new(&cluster)
    };
    let person =
        |name: &str| (name.to_string(), KubernetesUser { name: name.to_string(), groups: Vec::new() });
    let executor = Executor::new(
        BTreeMap::from([("test".to_string(), acted)]),
        ledger.clone(),
        sealer(),
        ["ann", "bob"].map(person).into(),
        Arc::new(Alone),
        Clock::default(),
        "a/1".to_string(),
    );
    Town { admin, cluster, ledger, executor }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_marked_emptied_and_back_in_service_or_deleted_last() {
    let options = Options { audit: true, kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("a dead node", options) else { return };
    let admin = control_plane.client(control_plane.admin()).unwrap();
    let account = rbac::account(&control_plane, CONFIGURATION).await;
    let agents = Agents::none();
    let own = Connection { name: "test".to_string(), agents, ..Connection::default() };
    let cluster = live(&account, own).await.unwrap();
    let town = town(admin.clone(), cluster).await;

    let all = town.offered().await;
    let [mark] = all.as_slice() else { panic!("{all:#?}") };
    assert_eq!(mark.plan.remedy, Remedy::TaintOutOfService);
    let (marked, phase) = town.done(mark).await;
    assert_eq!(phase, Phase::Verifying);
    let keys = |node: &Value| {
        node["spec"]["taints"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|one| one["key"].clone())
            .collect::<Vec<_>>()
    };
    let before = keys(&town.node().await);
    assert_eq!(before.last(), Some(&json!(KEY)), "the others stay: {before:?}");
    assert_eq!(town.step(&marked).await, Phase::Verifying, "the pod is still there");

    // before 1.26 this was the way, and the server takes it still
    let mut force = mark.clone();
    force.plan.remedy = Remedy::ForceDelete;
    force.plan.targets =
        town.cluster.on_node(LOST).await.unwrap().pods.into_iter().map(|one| one.pod).collect();
    let (forced, phase) = town.done(&force).await;
    assert_eq!(phase, Phase::Verifying);
    assert_eq!(town.step(&forced).await, Phase::Succeeded);
    assert_eq!(town.step(&marked).await, Phase::Verifying, "the volume is still attached");
    let attachments: Api<VolumeAttachment> = Api::all(admin.clone());
    attachments.delete("csi-1", &DeleteParams::default()).await.unwrap();
    assert_eq!(town.step(&marked).await, Phase::Succeeded);

    // it is back: the mark goes, and not before
    let back = |diagnosed: &Diagnosed| found(diagnosed, &Known::default()).offerable;
    assert_eq!(back(&town.diagnosed().await), [], "it is not ready");
    let last = town.offered().await;
    assert_eq!(last.iter().map(|one| one.plan.remedy).collect::<Vec<_>>(), [Remedy::DeleteNode]);
    ready(&admin, "True").await;
    let unmark = back(&town.diagnosed().await);
    let [unmark] = unmark.as_slice() else { panic!("{unmark:#?}") };
    let (unmarked, phase) = town.done(unmark).await;
    assert_eq!((unmark.plan.remedy, phase), (Remedy::UntaintOutOfService, Phase::Verifying));
    assert_eq!(town.step(&unmarked).await, Phase::Succeeded);
    let after = keys(&town.node().await);
    assert_eq!(after, before[..before.len() - 1], "and only this one goes");

    // what its diagnosis does not find any more is not deleted; what it does, is
    let (kept, phase) = town.done(&last[0]).await;
    assert_eq!(phase, Phase::Superseded);
    town.ledger.remove(&kept).await.unwrap();
    ready(&admin, "Unknown").await;
    let (deleted, phase) = town.done(&last[0]).await;
    assert_eq!(phase, Phase::Verifying);
    assert_eq!(town.step(&deleted).await, Phase::Succeeded);
    let nodes: Api<Node> = Api::all(admin);
    assert!(nodes.get_opt(LOST).await.unwrap().is_none());
    podwhy_tests::rights::check(&control_plane, PODWHY, &[], &[]);
    podwhy_tests::rights::used(&control_plane, PODWHY, "list storage.k8s.io/volumeattachments");
}
