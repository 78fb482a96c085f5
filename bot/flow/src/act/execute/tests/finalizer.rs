use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::super::NotNow;
use super::fakes::{Lost, World, offer};
use crate::act::finalizers::{Whose, whose};
use crate::act::machine::Refused;
use crate::act::machine::testing::{approval, offered_at};
use crate::act::record::{Orphaned, Phase, Remediation};
use crate::act::remedy::Remedy;
use crate::ports::ClusterError;

const MANAGED: &str = "kueue.x-k8s.io/managed";

/// The pod's finalizer goes, whose controller was looked for so many seconds after the offer.
fn of_finalizer(looked_after: i64) -> Remediation {
    let Whose::Of(controller) = whose(MANAGED) else { panic!("not known") };
    let mut one = offer();
    one.spec.plan.remedy = Remedy::RemoveFinalizer;
    one.spec.plan.finalizer = Some(Orphaned {
        name: MANAGED.to_string(),
        controller: controller.name.to_string(),
        absent: controller.told(),
        looked_at: offered_at() + SignedDuration::from_secs(looked_after),
    });
    one
}

fn pod(finalizers: Value) -> Value {
    json!({"metadata": {"uid": "u-1", "deletionTimestamp": "2026-09-21T13:00:00Z", "finalizers": finalizers}})
}

/// Two people agreed; people agree 70 seconds after the offer.
async fn world(looked_after: i64, finalizers: Value) -> World {
    let world = World::agreed(of_finalizer(looked_after), ["ann", "bob"].map(approval)).await;
    world.cluster.inner().objects.insert("web-a".into(), pod(finalizers));
    world
}

async fn step(world: &World) -> Result<Phase, NotNow> {
    world.executor("a/1").step(&offer().name).await
}

async fn why(world: &World) -> String {
    world.one().await.status.history.last().unwrap().why.clone()
}

#[tokio::test(start_paused = true)]
async fn it_waits_for_the_second_look_and_is_then_removed_as_the_first_who_agreed() {
    let world = world(30, json!([MANAGED])).await;
    for _ in 0..20 {
        assert_eq!(step(&world).await, Err(NotNow::Refused(Refused::TooEarly)));
        let searched = world.cluster.inner().searched;
        assert_eq!((searched, world.one().await.status.phase), (0, Phase::Approved));
        sleep(Duration::from_secs(1)).await;
    }
    assert_eq!(step(&world).await, Ok(Phase::Verifying));
    assert_eq!(world.cluster.inner().searched, 1);
    assert_eq!(step(&world).await, Ok(Phase::Succeeded));
    assert_eq!(world.cluster.inner().written, [("ann".to_string(), "web-a".to_string())]);
    assert_eq!(why(&world).await, "Pod web-a is gone");
}

#[tokio::test(start_paused = true)]
async fn what_is_there_at_the_second_look_ends_it() {
    let world = world(0, json!([MANAGED])).await;
    world.cluster.inner().controller = vec!["Deployment kueue-system/kueue-controller-manager".to_string()];
    assert_eq!(step(&world).await, Ok(Phase::Superseded));
    assert_eq!(why(&world).await, "Kueue is there: Deployment kueue-system/kueue-controller-manager");
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_may_not_be_seen_is_never_gone() {
    let denied = world(0, json!([MANAGED])).await;
    let (cluster, words) = ("prod".to_string(), "cannot list resource \"leases\"".to_string());
    denied.cluster.inner().not_searched = Some(ClusterError::Forbidden { cluster, why: words.clone() });
    assert_eq!(step(&denied).await, Ok(Phase::Superseded));
    let told = why(&denied).await;
    assert!(told.contains("could not be looked for Kueue everywhere") && told.contains(&words), "{told}");
    // of one that does not answer it may be known soon
    let silent = world(0, json!([MANAGED])).await;
    let (cluster, why) = ("prod".to_string(), "no route".to_string());
    silent.cluster.inner().not_searched = Some(ClusterError::Unreachable { cluster, why });
    assert!(matches!(step(&silent).await, Err(NotNow::Cluster(_))));
    silent.cluster.inner().not_searched = None;
    assert_eq!(step(&silent).await, Ok(Phase::Verifying));
    assert_eq!((denied.cluster.written(), silent.cluster.written()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn of_several_only_the_named_one_goes_wherever_it_stands_by_then() {
    let world = world(0, json!(["example.com/backup", MANAGED, "foregroundDeletion"])).await;
    assert_eq!(step(&world).await, Ok(Phase::Verifying));
    let left = world.cluster.inner().objects["web-a"]["metadata"]["finalizers"].clone();
    assert_eq!(left, json!(["example.com/backup", "foregroundDeletion"]));
    // the diagnosis goes on to find the same cause, for the others
    world.cluster.inner().fails = true;
    assert_eq!(step(&world).await, Ok(Phase::Succeeded));
    let told = why(&world).await;
    assert!(told.contains("still there: example.com/backup, foregroundDeletion"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_took_off_is_not_done() {
    let world = world(0, json!(["example.com/backup"])).await;
    assert_eq!(step(&world).await, Ok(Phase::Superseded));
    assert!(why(&world).await.contains("is not there any more"));
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_lost_is_read_off_the_object() {
    for (lost, phase) in [(Lost::Done, Phase::Verifying), (Lost::NotDone, Phase::Failed)] {
        let world = world(0, json!(["example.com/backup", MANAGED])).await;
        world.cluster.inner().lose = Some(lost);
        assert_eq!(step(&world).await, Ok(Phase::Executing));
        sleep(Duration::from_secs(31)).await;
        assert_eq!(world.executor("b/1").step(&offer().name).await, Ok(phase), "{lost:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn only_what_people_saw_looked_for_counts() {
    let edits: [fn(&mut Orphaned); 3] = [
        |orphaned| orphaned.absent.truncate(1),
        |orphaned| orphaned.name = "foregroundDeletion".to_string(),
        |orphaned| orphaned.name = "example.com/backup".to_string(),
    ];
    for edit in edits {
        let mut one = of_finalizer(0);
        edit(one.spec.plan.finalizer.as_mut().unwrap());
        let world = World::agreed(one.clone(), ["ann", "bob"].map(approval)).await;
        let all = json!(["foregroundDeletion", MANAGED, "example.com/backup"]);
        world.cluster.inner().objects.insert("web-a".into(), pod(all));
        assert_eq!(step(&world).await, Ok(Phase::Superseded));
        assert!(why(&world).await.contains("is otherwise by now"));
        assert_eq!((world.cluster.written(), world.cluster.inner().searched), (0, 0));
    }
}
