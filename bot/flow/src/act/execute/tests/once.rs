use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::super::NotNow;
use super::fakes::{Lost, World, offer};
use crate::act::machine::Refused;
use crate::act::record::{Phase, Result as Of};
use crate::incident::testing::{FakeLead, Office};
use crate::ports::LedgerError;

#[tokio::test(start_paused = true)]
async fn what_was_approved_is_done_as_the_first_who_agreed_and_seen_to_help() {
    let world = World::approved().await;
    let executor = world.executor("a/1");
    let name = offer().name;
    assert_eq!(executor.step(&name).await, Ok(Phase::Verifying));
    assert_eq!(executor.step(&name).await, Ok(Phase::Succeeded));
    assert_eq!(world.cluster.inner().written, [("ann".to_string(), "web-a".to_string())]);
    let over = world.one().await;
    assert_eq!(over.status.history.last().unwrap().why, "web is ready");
    for _ in 0..3 {
        assert_eq!(executor.step(&name).await, Ok(Phase::Succeeded));
    }
    assert_eq!(world.cluster.written(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_without_an_answer_is_looked_up_and_not_made_again() {
    for (lost, phase, written) in [(Lost::Done, Phase::Verifying, 1), (Lost::NotDone, Phase::Failed, 0)] {
        let world = World::approved().await;
        world.cluster.inner().lose = Some(lost);
        let (executor, other, name) = (world.executor("a/1"), world.executor("b/1"), offer().name);
        assert_eq!(executor.step(&name).await, Ok(Phase::Executing));
        for _ in 0..29 {
            sleep(Duration::from_secs(1)).await;
            assert_eq!(executor.step(&name).await, Ok(Phase::Executing), "a request may be under way");
            assert_eq!(other.step(&name).await, Ok(Phase::Executing));
        }
        sleep(Duration::from_secs(1)).await;
        assert_eq!(other.step(&name).await, Ok(phase), "{lost:?}");
        assert_eq!(world.cluster.written(), written);
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_up_is_said_to_be_unclear() {
    let world = World::approved().await;
    world.cluster.inner().lose = Some(Lost::Done);
    let (executor, name) = (world.executor("a/1"), offer().name);
    executor.step(&name).await.unwrap();
    world.cluster.inner().is_down = true;
    sleep(Duration::from_secs(31)).await;
    assert!(matches!(executor.step(&name).await, Err(NotNow::Cluster(_))), "it may answer soon");
    sleep(Duration::from_secs(120)).await;
    assert_eq!(executor.step(&name).await, Ok(Phase::Unclear));
    let over = world.one().await;
    assert_eq!(over.status.outcomes[0].result, Of::Unclear);
    assert!(over.status.outcomes[0].why.contains("no route"), "{over:#?}");
}

#[tokio::test(start_paused = true)]
async fn a_store_without_an_answer_is_read_back() {
    for (lost, first) in [(Lost::Done, Phase::Verifying), (Lost::NotDone, Phase::Approved)] {
        let world = World::approved().await;
        let (executor, name) = (world.executor("a/1"), offer().name);
        *world.ledger.lose.lock().unwrap() = Some(lost);
        assert_eq!(executor.step(&name).await, Ok(first), "{lost:?}");
        while world.one().await.status.phase != Phase::Succeeded {
            executor.step(&name).await.unwrap();
        }
        assert_eq!(world.cluster.written(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_stopped_past_the_time_writes_nothing() {
    let world = World::approved().await;
    let (executor, name) = (world.executor("a/1"), offer().name);
    // stopped between the store and the write
    *world.ledger.slow.lock().unwrap() = Duration::from_secs(60);
    let other = world.executor("b/1");
    let meanwhile = async {
        sleep(Duration::from_secs(40)).await;
        other.step(&name).await
    };
    let (late, looked) = tokio::join!(executor.step(&name), meanwhile);
    assert_eq!(looked, Ok(Phase::Failed), "it was not done, and nobody will");
    assert_eq!(late, Err(NotNow::Ledger(LedgerError::Conflict)), "it has ended without this one");
    assert_eq!(world.cluster.written(), 0);
    assert_eq!(world.one().await.status.phase, Phase::Failed);
}

#[tokio::test(start_paused = true)]
async fn of_many_who_try_at_once_one_does_it() {
    let world = World::approved().await;
    let executors: Vec<_> = (0..8).map(|run| world.executor(&format!("r/{run}"))).collect();
    let name = offer().name;
    let all = executors.iter().map(|executor| executor.step(&name));
    let results = futures::future::join_all(all).await;
    assert_eq!(world.cluster.written(), 1, "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_does_not_begin() {
    let world = World::approved().await;
    let office = Office::default();
    let executor = world.led_by("a/1", Arc::new(FakeLead { office: office.clone(), own: 1 }));
    assert_eq!(executor.step(&offer().name).await, Ok(Phase::Approved));
    office.give(1);
    assert_eq!(executor.step(&offer().name).await, Ok(Phase::Verifying));
}

#[tokio::test(start_paused = true)]
async fn a_phase_set_back_does_nothing() {
    let world = World::approved().await;
    let (executor, name) = (world.executor("a/1"), offer().name);
    while executor.step(&name).await.unwrap() != Phase::Succeeded {}
    // as it was before
    world.cluster.inner().objects.insert("web-a".into(), serde_json::json!({"metadata": {"uid": "u-1"}}));
    world.cluster.inner().fails = true;
    world.edit_status(|one| one.status.phase = Phase::Approved).await;
    assert_eq!(world.executor("a/2").step(&name).await, Err(NotNow::Refused(Refused::Begun)));
    world
        .edit_status(|one| {
            (one.status.executing, one.status.history, one.status.outcomes) = Default::default()
        })
        .await;
    assert_eq!(executor.step(&name).await, Ok(Phase::Executing), "this run wrote for it before");
    sleep(Duration::from_secs(15 * 60)).await;
    world.edit_status(|one| (one.status.phase, one.status.executing) = (Phase::Approved, None)).await;
    assert_eq!(world.executor("a/3").step(&name).await, Ok(Phase::Expired), "whatever its history says");
    assert_eq!(world.cluster.written(), 1);
}
