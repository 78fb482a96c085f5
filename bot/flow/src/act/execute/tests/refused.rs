use std::time::Duration;

use serde_json::json;
use tokio::time::sleep;

use super::super::NotNow;
use super::fakes::{World, offer};
use crate::act::record::{Phase, Remediation};

/// What an API server says of an eviction.
const SERVERS: &str = "disruption budget web needs 2 healthy pods";

async fn superseded(world: &World, why: &str) {
    assert_eq!(world.executor("a/1").step(&offer().name).await, Ok(Phase::Superseded));
    let told = world.one().await.status.history.last().unwrap().why.clone();
    assert!(told.contains(why), "{told}");
    let chinese = crate::act::reasons::told(&told, podwhy_knowledge::Lang::Zh);
    assert!(chinese != told || told == SERVERS, "{told} is said in English only");
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn whoever_edits_it_is_seen() {
    let edits: [fn(&mut Remediation); 4] = [
        |one| one.spec.plan.targets[0].name = "db-0".to_string(),
        |one| one.spec.floor.approvals = 1,
        |one| one.status.approvals[1].user = "cat".to_string(),
        // nothing of it, but the object is another one
        |_| {},
    ];
    for edit in edits {
        let world = World::approved().await;
        world.edit(edit).await;
        superseded(&world, "was changed").await;
    }
    let world = World::approved().await;
    world.edit_status(|one| one.status.approvals.truncate(1)).await;
    assert!(matches!(world.executor("a/1").step(&offer().name).await, Err(NotNow::Refused(_))), "too few");
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_longer_so_is_not_done() {
    let world = World::approved().await;
    world.cluster.inner().fails = false;
    superseded(&world, "does not find node-lost").await;
    for object in [None, Some(json!({"metadata": {"uid": "u-9"}}))] {
        let world = World::approved().await;
        world.cluster.inner().objects =
            object.map(|object| ("web-a".to_string(), object)).into_iter().collect();
        superseded(&world, "gone, or is another one").await;
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_agrees_to_what_they_may_not_do() {
    for person in ["ann", "bob"] {
        let world = World::approved().await;
        world.cluster.inner().may_not = Some(person.to_string());
        superseded(&world, &format!("{person} may not create pods/eviction in shop")).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_the_server_refuses_is_told_in_its_words() {
    let world = World::approved().await;
    world.cluster.inner().refuses_dry_run = Some(SERVERS.to_string());
    superseded(&world, "needs 2 healthy pods").await;
    let world = World::approved().await;
    world.cluster.inner().refuses = Some("too late for it".to_string());
    assert_eq!(world.executor("a/1").step(&offer().name).await, Ok(Phase::Failed));
    assert_eq!(world.one().await.status.outcomes[0].why, "too late for it");
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_does_not_answer_ends_with_the_offer() {
    let world = World::approved().await;
    world.cluster.inner().is_down = true;
    let executor = world.executor("a/1");
    assert!(matches!(executor.step(&offer().name).await, Err(NotNow::Cluster(_))));
    sleep(Duration::from_secs(15 * 60)).await;
    assert_eq!(executor.step(&offer().name).await, Ok(Phase::Expired));
    assert_eq!(world.cluster.written(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_did_not_help_is_said_so_when_its_time_is_over() {
    let world = World::approved().await;
    let executor = world.executor("a/1");
    executor.step(&offer().name).await.unwrap();
    world.cluster.inner().fails = true;
    assert_eq!(executor.step(&offer().name).await, Ok(Phase::Verifying));
    sleep(Duration::from_secs(600)).await;
    assert_eq!(executor.step(&offer().name).await, Ok(Phase::Failed));
    assert!(world.one().await.status.history.last().unwrap().why.contains("still finds node-lost"));
}
