//! A finalizer whose controller is gone, on a real API server: seen twice to be nowhere, and removed as the person who agreed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, PostParams};
use podwhy_flow::act::execute::{Acted, Executor, NotNow};
use podwhy_flow::act::machine::{Event, Refused, next};
use podwhy_flow::act::memory::MemoryRemediations;
use podwhy_flow::act::orphan::first_look;
use podwhy_flow::act::plan::{Known, Offerable, Withheld, after, found, subject};
use podwhy_flow::act::record::{Approval, Phase, Remediation, Spec, Status};
use podwhy_flow::act::remedy::{Circumstances, Remedy};
use podwhy_flow::act::seal::Sealer;
use podwhy_flow::ask::diagnose::ask;
use podwhy_flow::ask::intake::Request;
use podwhy_flow::ask::within::Within;
use podwhy_flow::chat::Platform;
use podwhy_flow::incident::record::{Blamed, RootCause};
use podwhy_flow::ports::{Alone, Clock, KubernetesUser, Remediations};
use podwhy_knowledge::Lang;
use podwhy_kubernetes::rights::Need;
use podwhy_kubernetes::{Agents, Connection, LiveCluster};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use podwhy_tests::live::live;
use serde_json::{Value, json};

use crate::rbac::{self, PODWHY};

const DEFINITION: &str = "workloads.kueue.x-k8s.io";
const MANAGED: &str = "kueue.x-k8s.io/managed";
const PATIENCE: Duration = Duration::from_secs(30);

/// What its rights are printed for.
const CONFIGURATION: &str = r#"
clusters = [{ name = "test", in_cluster = true }]
people = [
    { slack = "U1", user = "ann", groups = ["sre"] },
    { slack = "U2", user = "bob", groups = ["sre"] },
    { slack = "U3", user = "eve", groups = ["sre"] },
]

[remediation]
signing_key = { env = "PODWHY_REMEDIATION_KEY" }
of = ["*"]
remedies = ["remove-finalizer"]
"#;

/// A cluster with pods that finalizers hold, podwhy over it, and two people.
struct Town {
    control_plane: ControlPlane,
    admin: kube::Client,
    cluster: Arc<LiveCluster>,
    ledger: Arc<MemoryRemediations>,
    executor: Executor,
    clock: Clock,
    later: Arc<AtomicI64>,
}

impl Town {
    async fn new(control_plane: ControlPlane) -> Town {
        let admin = control_plane.client(control_plane.admin()).unwrap();
        let account = rbac::account(&control_plane, CONFIGURATION).await;
        let agents = Agents::none();
        let own = Connection { name: "test".to_string(), agents, ..Connection::default() };
        let cluster = live(&account, own).await.unwrap();
        let (cluster, ledger) = (Arc::new(cluster), Arc::new(MemoryRemediations::default()));
        let later = Arc::new(AtomicI64::new(0));
        let clock = Clock::new({
            let later = Arc::clone(&later);
            move || Timestamp::now() + SignedDuration::from_secs(later.load(Ordering::Relaxed))
        });
        let person = |name: &str| {
            (name.to_string(), KubernetesUser { name: name.to_string(), groups: vec!["sre".to_string()] })
        };
        let executor = Executor::new(
            BTreeMap::from([("test".to_string(), Acted::new(&cluster))]),
            ledger.clone(),
            sealer(),
            ["ann", "bob", "eve"].map(person).into(),
            Arc::new(Alone),
            clock.clone(),
            "a/1".to_string(),
        );
        Town { control_plane, admin, cluster, ledger, executor, clock, later }
    }

    /// A pod that is being deleted; nothing of it runs, as no node has it.
    async fn held(&self, name: &str, finalizers: &[&str]) {
        let pods: Api<Pod> = Api::namespaced(self.admin.clone(), "shop");
        let pod = json!({"metadata": {"name": name, "finalizers": finalizers},
            "spec": {"containers": [{"name": "app", "image": "example.org/report:1"}]}});
        pods.create(&PostParams::default(), &serde_json::from_value(pod).unwrap()).await.unwrap();
        let deleted = pods.delete(name, &DeleteParams::default()).await.unwrap();
        assert!(deleted.is_left(), "its finalizers hold it");
    }

    async fn pod(&self, name: &str) -> Option<Value> {
        let pods: Api<Pod> = Api::namespaced(self.admin.clone(), "shop");
        pods.get_opt(name).await.unwrap().map(|pod| serde_json::to_value(pod).unwrap())
    }

    async fn install(&self) {
        let definition = json!({"metadata": {"name": DEFINITION, "annotations": {
                "api-approved.kubernetes.io": "https://github.com/kubernetes-sigs/kueue"}},
            "spec": {"group": "kueue.x-k8s.io", "scope": "Namespaced",
                "names": {"plural": "workloads", "singular": "workload", "kind": "Workload", "listKind": "WorkloadList"},
                "versions": [{"name": "v1beta1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
        let definitions: Api<CustomResourceDefinition> = Api::all(self.admin.clone());
        let definition = serde_json::from_value(definition).unwrap();
        definitions.create(&PostParams::default(), &definition).await.unwrap();
    }

    async fn uninstall(&self) {
        let definitions: Api<CustomResourceDefinition> = Api::all(self.admin.clone());
        definitions.delete(DEFINITION, &DeleteParams::default()).await.unwrap();
        eventually("the definition is gone", PATIENCE, async || {
            Ok(definitions.get_opt(DEFINITION).await?.is_none().then_some(()))
        })
        .await
        .unwrap();
    }

    /// What can be offered of a pod, after the first look.
    async fn offers(&self, cluster: &LiveCluster, name: &str) -> Vec<Result<(Offerable, Spec), Withheld>> {
        let target = format!("shop/{name}").parse().unwrap();
        let request = Request { target, lang: Lang::En };
        let diagnosed = ask(self.cluster.as_ref(), &request, &Within::ALL).await.unwrap();
        let all = found(&diagnosed, &Known::default());
        let mut offers: Vec<_> = all.withheld.into_iter().map(Err).collect();
        for candidate in all.candidates {
            let looked = first_look(cluster, candidate, &self.clock).await;
            offers.push(looked.map(|one| {
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
                    floor: one.plan.remedy.floor(Circumstances::default()),
                    risk: Default::default(),
                    asked_by: None,
                    offered_at: self.clock.now(),
                };
                (one, spec)
            }));
        }
        offers
    }

    /// Both agree to the only offer there is.
    async fn approved(&self, name: &str, people: [&str; 2]) -> String {
        let mut offers = self.offers(&self.cluster, name).await;
        let offers: Vec<Spec> = offers.drain(..).filter_map(|one| one.ok().map(|(_, spec)| spec)).collect();
        let [spec] = offers.as_slice() else { panic!("{offers:#?}") };
        assert_eq!(spec.plan.remedy, Remedy::RemoveFinalizer);
        let (own, version) = (format!("{name}-{}", people.concat()), String::new());
        let new = Remediation {
            name: own.clone(),
            uid: String::new(),
            version,
            spec: spec.clone(),
            status: Status::default(),
        };
        let mut one = self.ledger.create(&new).await.unwrap();
        for user in people {
            let approval = Approval {
                added_groups: Vec::new(),
                user: user.to_string(),
                platform: Platform::Slack,
                person: format!("U-{user}"),
                typed: Some(name.to_string()),
                at: self.clock.now(),
                seal: String::new(),
            };
            let event = Event::Approve(sealer().seal(&one, approval));
            one.status = next(&one.spec, &one.status, &event, self.clock.now()).unwrap();
            one = self.ledger.save(&one).await.unwrap();
        }
        own
    }

    fn passes(&self, seconds: i64) {
        self.later.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn why(&self, one: &str) -> String {
        self.ledger.get(one).await.unwrap().unwrap().status.history.last().unwrap().why.clone()
    }
}

fn sealer() -> Sealer {
    Sealer::new(&[7; 32]).unwrap()
}

/// Why the only finalizer of it is not offered.
fn withheld(offers: Vec<Result<(Offerable, Spec), Withheld>>) -> String {
    let mut offers = offers.into_iter();
    let (Some(Err(why)), None) = (offers.next(), offers.next()) else { panic!("one that is not offered") };
    why.lines(Lang::En).join("\n")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_finalizer_goes_as_the_person_when_its_controller_is_seen_twice_to_be_nowhere() {
    let options = Options { audit: true, kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("finalizers", options) else { return };
    let town = Town::new(control_plane).await;
    let server = Server::new(town.admin.clone());
    server.ensure_namespace("shop").await.unwrap();
    let patch = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "patch"]}]);
    server.grant("shop", "ann", &patch).await.unwrap();
    server.grant("shop", "bob", &patch).await.unwrap();
    let all_but =
        json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "update", "delete"]}]);
    server.grant("shop", "eve", &all_but).await.unwrap();
    town.held("report-1", &["example.com/backup", MANAGED]).await;
    town.held("report-2", &[MANAGED]).await;
    town.held("report-3", &["batch.kubernetes.io/job-tracking"]).await;
    eventually("whoever is to take a finalizer away had the moment that takes", PATIENCE, async || {
        Ok((!town.offers(&town.cluster, "report-3").await.is_empty()).then_some(()))
    })
    .await
    .unwrap();

    // what is there, or may not be seen, or is Kubernetes' own, is not offered
    town.install().await;
    let there = withheld(town.offers(&town.cluster, "report-2").await);
    assert!(
        there.contains(&format!("Kueue is installed (CustomResourceDefinition {DEFINITION})")),
        "{there}"
    );
    let own = withheld(town.offers(&town.cluster, "report-3").await);
    assert!(own.contains("it is Kubernetes' own"), "{own}");
    town.uninstall().await;
    let reader = town.control_plane.client_certificate("reader", &[]).unwrap();
    let reader = live(reader.kubeconfig(), Connection::default()).await.unwrap();
    let unseen = withheld(town.offers(&reader, "report-2").await);
    assert!(unseen.contains("could not be seen") && unseen.contains("cannot list resource"), "{unseen}");

    // one that is installed between both looks
    let one = town.approved("report-2", ["bob", "ann"]).await;
    assert_eq!(town.executor.step(&one).await, Err(NotNow::Refused(Refused::TooEarly)));
    town.install().await;
    town.passes(60);
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Superseded));
    let why = town.why(&one).await;
    assert_eq!(why, format!("Kueue is there: CustomResourceDefinition {DEFINITION}"));
    town.uninstall().await;

    // one who lacks exactly this verb
    let one = town.approved("report-2", ["ann", "eve"]).await;
    town.passes(60);
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Superseded));
    assert_eq!(town.why(&one).await, "eve may not patch pods in shop");
    let finalizers = |pod: &Value| pod["metadata"]["finalizers"].clone();
    assert_eq!(town.pod("report-2").await.as_ref().map(finalizers), Some(json!([MANAGED])));

    // the last one: the pod goes
    let one = town.approved("report-2", ["ann", "bob"]).await;
    assert_eq!(town.executor.step(&one).await, Err(NotNow::Refused(Refused::TooEarly)));
    town.passes(60);
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Verifying));
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Succeeded));
    assert_eq!((town.pod("report-2").await, town.why(&one).await.as_str()), (None, "Pod report-2 is gone"));

    // one of several: the others stay, and are named
    let one = town.approved("report-1", ["ann", "bob"]).await;
    town.passes(60);
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Verifying));
    assert_eq!(town.executor.step(&one).await, Ok(Phase::Succeeded));
    assert_eq!(town.pod("report-1").await.as_ref().map(finalizers), Some(json!(["example.com/backup"])));
    assert!(town.why(&one).await.ends_with("still there: example.com/backup"));

    let path = "/api/v1/namespaces/shop/pods/report-2";
    let written = eventually("both are in the audit log", PATIENCE, async || {
        let all = town.control_plane.requests()?;
        let own = all.into_iter().filter(|request| request.verb == "patch" && request.uri.starts_with(path));
        let own: Vec<_> = own.filter(|request| !request.uri.contains("dryRun")).collect();
        Ok((!own.is_empty()).then_some(own))
    });
    let written = written.await.unwrap();
    let [request] = written.as_slice() else { panic!("{written:#?}") };
    assert_eq!((request.impersonated_user.as_deref(), request.code), (Some("ann"), 200));
    podwhy_tests::rights::check(&town.control_plane, PODWHY, &[Need::Controllers], &[]);
}
