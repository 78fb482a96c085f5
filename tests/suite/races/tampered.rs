//! Somebody with every right changes what stands on the API server: made again with the same name and approvals, or set back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use podwhy_flow::act::actions::Acting;
use podwhy_flow::act::again::{Again, Now};
use podwhy_flow::act::execute::{Acted, Executor, NotNow};
use podwhy_flow::act::machine::Refused;
use podwhy_flow::act::record::{Phase, Remediation, Spec, Status, Target};
use podwhy_flow::act::remedy::Remedy;
use podwhy_flow::chat::Platform;
use podwhy_flow::chat::question::Asker;
use podwhy_flow::incident::Button;
use podwhy_flow::incident::record::Member;
use podwhy_flow::ports::{Alone, Click, Clock, ClusterWrite, Remediations};
use podwhy_knowledge::Lang;
use podwhy_kubernetes::{LiveCluster, RemediationLedger};
use podwhy_tests::bridge::Server;
use podwhy_tests::control_plane::{ControlPlane, Options, control_plane_or_say, eventually};
use podwhy_tests::races::{Parts, People, Place, thing};
use serde_json::{Value, json};

const NAMESPACE: &str = "podwhy";
const PATIENCE: Duration = Duration::from_secs(60);

/// The diagnosis, as a test says.
#[derive(Clone, Debug)]
struct Finds(Arc<AtomicBool>, Spec);

impl Again for Finds {
    fn look<'a>(&'a self, _subject: &'a Member) -> BoxFuture<'a, Result<Now, String>> {
        let (fails, root_cause) = (self.0.load(Ordering::SeqCst), self.1.root_cause.clone());
        let causes = Vec::from_iter(fails.then_some((root_cause.cause, root_cause.blame)));
        Box::pin(async move { Ok(Now::Found { causes, is_well: !fails, summary: "as told".to_string() }) })
    }
}

struct World {
    server: Server,
    cluster: Arc<LiveCluster>,
    ledger: Arc<RemediationLedger>,
    fails: Arc<AtomicBool>,
}

impl World {
    async fn new(control_plane: &ControlPlane) -> World {
        let place = Place::new(control_plane).await.unwrap();
        let server = Server::new(place.client.clone());
        server.ensure_namespace(NAMESPACE).await.unwrap();
        let cluster = Arc::new(place.replica().await.unwrap());
        let ledger = Arc::new(RemediationLedger::new(&cluster, NAMESPACE, "podwhy-0"));
        World { server, cluster, ledger, fails: Arc::new(AtomicBool::new(true)) }
    }

    fn parts(&self, spec: &Spec, run: &str) -> Parts {
        let again = Arc::new(Finds(Arc::clone(&self.fails), spec.clone()));
        Parts {
            acted: Acted { again, ..Acted::new(&self.cluster) },
            ledger: self.ledger.clone(),
            people: People::users(),
            lead: Arc::new(Alone),
            clock: Clock::default(),
            run: run.to_string(),
        }
    }

    fn executor(&self, spec: &Spec, run: &str) -> Executor {
        self.parts(spec, run).executor()
    }

    /// Offered, and agreed to by two.
    async fn approved(&self, remedy: Remedy, number: u32) -> Remediation {
        let target = thing::make(&self.server, remedy, &format!("web-{number}")).await.unwrap();
        let spec = thing::offer(remedy, target, 2, Clock::default().now());
        let (name, uid, version) = (format!("{}-{number}", remedy.as_str()), String::new(), String::new());
        let new = Remediation { name, uid, version, spec, status: Status::default() };
        let made = self.ledger.create(&new).await.unwrap();
        let actions = self.parts(&made.spec, "a/1").actions();
        for user in People::users().iter().take(2) {
            let person = format!("U-{}", user.name);
            let channel = Some("C0OPS".to_string());
            let asker = Asker { platform: Platform::Slack, channel, person, groups: Vec::new() };
            let (incident, shown_name) = (made.name.clone(), user.name.clone());
            let click =
                Click { button: Button::Approve, incident, asker, shown_name, typed: None, attests: None };
            actions.pressed(&click, user, Lang::En).await.unwrap();
        }
        let approved = self.stored(&made.name).await;
        assert_eq!(approved.status.phase, Phase::Approved);
        approved
    }

    async fn stored(&self, name: &str) -> Remediation {
        self.ledger.get(name).await.unwrap().unwrap()
    }

    async fn object(&self, target: &Target) -> Value {
        self.cluster.look(target).await.unwrap().unwrap()
    }

    /// Deletes the object of a number, and makes it again.
    async fn made_again(&self, remedy: Remedy, number: u32, of: &Remediation) -> Target {
        thing::clear(&self.server, &of.spec).await.unwrap();
        let again = thing::make(&self.server, remedy, &format!("web-{number}")).await.unwrap();
        assert!(again.name == of.spec.plan.targets[0].name && again.uid != of.spec.plan.targets[0].uid);
        again
    }

    /// Deletes a remediation, and makes it again with this spec and the same approvals.
    async fn forged(&self, of: &Remediation, spec: Spec) -> Remediation {
        self.ledger.remove(&of.name).await.unwrap();
        let again = self.ledger.create(&Remediation { spec, ..of.clone() }).await.unwrap();
        assert!(again.uid != of.uid && again.status == of.status, "{again:#?}");
        again
    }

    /// One step of it: superseded for this, and nothing was done.
    async fn is_left(&self, one: &Remediation, target: &Target, why: &str) {
        assert_eq!(self.executor(&one.spec, "b/1").step(&one.name).await, Ok(Phase::Superseded));
        let told = self.stored(&one.name).await.status.history.last().unwrap().why.clone();
        assert!(told.contains(why), "{told}");
        let object = self.object(target).await;
        assert_eq!(object["metadata"]["uid"], target.uid.as_str());
        assert_eq!(object["metadata"]["deletionTimestamp"], Value::Null);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_made_again_with_the_same_name_and_approvals_is_not_what_was_approved() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("what is made again", options) else { return };
    let world = World::new(&control_plane).await;
    let (evict, not_podwhys) = (Remedy::DeletePod, "not given through podwhy");
    let one = world.approved(evict, 1).await;
    let again = world.made_again(evict, 1, &one).await;
    world.is_left(&one, &again, "is another one by now").await;
    // the remediation alone
    let two = world.approved(evict, 2).await;
    let forged = world.forged(&two, two.spec.clone()).await;
    world.is_left(&forged, &two.spec.plan.targets[0], not_podwhys).await;
    // both, one made for the other
    let three = world.approved(evict, 3).await;
    let again = world.made_again(evict, 3, &three).await;
    let mut spec = three.spec.clone();
    spec.plan.targets = vec![again.clone()];
    let forged = world.forged(&three, spec).await;
    world.is_left(&forged, &again, not_podwhys).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_succeeded_and_is_set_back_to_approved_is_not_done_again() {
    let options = Options { kubectl: true, ..Options::default() };
    let Some(control_plane) = control_plane_or_say("what is set back", options) else { return };
    let world = World::new(&control_plane).await;
    let one = world.approved(Remedy::RolloutRestart, 1).await;
    let executor = world.executor(&one.spec, "b/1");
    assert_eq!(executor.step(&one.name).await, Ok(Phase::Verifying));
    world.fails.store(false, Ordering::SeqCst);
    assert_eq!(executor.step(&one.name).await, Ok(Phase::Succeeded));
    let target = &one.spec.plan.targets[0];
    let before = world.object(target).await;
    assert_eq!(before["metadata"]["generation"], 2, "it was restarted once");
    // as it was before
    world.fails.store(true, Ordering::SeqCst);
    let set_back = || {
        let patch = json!({"status": {"phase": "Approved"}}).to_string();
        let words =
            ["patch", "rem", &one.name, "-n", NAMESPACE, "--subresource=status", "--type=merge", "-p"];
        control_plane.say(&[&words[..], &[patch.as_str()]].concat()).unwrap()
    };
    let (done, words) = set_back();
    assert!(!done && words.contains("what has ended stays so"), "{words}");
    // the resource's own rules can be taken away, too
    without_rules(&control_plane);
    eventually("the phase is set back", PATIENCE, async || Ok(set_back().0.then_some(()))).await.unwrap();
    assert_eq!(world.stored(&one.name).await.status.phase, Phase::Approved);
    for run in [&executor, &world.executor(&one.spec, "c/1")] {
        assert_eq!(run.step(&one.name).await, Err(NotNow::Refused(Refused::Begun)));
    }
    let after = world.object(target).await;
    assert_eq!(after["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
}

/// Takes every rule out of the resource's definition.
fn without_rules(control_plane: &ControlPlane) {
    let (done, text) = control_plane.say(&["get", "crd", "remediations.podwhy.dev", "-o", "json"]).unwrap();
    assert!(done, "{text}");
    let mut definition: Value = serde_json::from_str(&text).unwrap();
    strip(&mut definition);
    let file = control_plane.folder().join("without-rules.json");
    std::fs::write(&file, definition.to_string()).unwrap();
    let (done, words) = control_plane.say(&["replace", "-f", &file.display().to_string()]).unwrap();
    assert!(done, "{words}");
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("x-kubernetes-validations");
            map.values_mut().for_each(strip);
        }
        Value::Array(items) => items.iter_mut().for_each(strip),
        _ => {}
    }
}
