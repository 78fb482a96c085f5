//! A ticket to the agent of a node: given once, waited for, and told as it ended.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::advance;

use super::super::NotNow;
use super::fakes::{Lost, World};
use crate::act::machine::testing::{approval, remediation};
use crate::act::record::{Phase, Remediation, Result as Of, Ticket};
use crate::act::remedy::Remedy;
use crate::ports::TicketPhase;

fn offer() -> Remediation {
    let mut one = remediation();
    one.spec.plan.remedy = Remedy::RestartKubelet;
    one.spec.plan.ticket = Some(Ticket { unit: "kubelet.service".into(), ..Ticket::default() });
    one.spec.plan.verify_seconds = 300;
    one
}

/// Two agreed to restart worker-3's kubelet; its ticket is given.
async fn given() -> World {
    let world = World::agreed(offer(), ["ann", "bob"].map(approval)).await;
    world.cluster.inner().objects.insert("worker-3".into(), node("False"));
    world
}

fn node(ready: &str) -> Value {
    json!({"metadata": {"uid": "6f6a"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}})
}

async fn step(world: &World) -> Result<Phase, NotNow> {
    world.executor("podwhy-0/1").step(&offer().name).await
}

fn says(world: &World, phase: TicketPhase, said: &str) {
    let mut inner = world.cluster.inner();
    let ticket = inner.ticket.as_mut().unwrap();
    (ticket.phase, ticket.said) = (phase, said.to_string());
}

/// How it ended, in which words, and what became of its target.
async fn told(world: &World) -> (Phase, String, Of) {
    use crate::ports::Remediations;
    let one = world.ledger.get(&offer().name).await.unwrap().unwrap();
    let why = one.status.history.last().unwrap().why.clone();
    (one.status.phase, why, one.status.outcomes[0].result)
}

#[tokio::test(start_paused = true)]
async fn it_helped_when_the_agent_did_it_and_the_node_is_ready() {
    let world = given().await;
    assert_eq!(step(&world).await, Ok(Phase::Verifying));
    assert_eq!(world.cluster.written(), 1);
    for phase in [TicketPhase::Waits, TicketPhase::Begun, TicketPhase::Done] {
        says(&world, phase, "");
        assert_eq!(step(&world).await, Ok(Phase::Verifying), "{phase:?}: its kubelet has not said a word");
    }
    world.cluster.inner().objects.insert("worker-3".into(), node("True"));
    assert_eq!(step(&world).await, Ok(Phase::Succeeded));
    assert_eq!(world.cluster.written(), 1, "one ticket");
}

#[tokio::test(start_paused = true)]
async fn what_the_agent_says_ends_it_at_once() {
    for (phase, ended, result) in [
        (TicketPhase::Refused, Phase::Failed, Of::NotDone),
        (TicketPhase::Failed, Phase::Failed, Of::Done),
        (TicketPhase::Unclear, Phase::Unclear, Of::Unclear),
    ] {
        let world = given().await;
        step(&world).await.unwrap();
        says(&world, phase, "the unit did not start");
        assert_eq!(step(&world).await, Ok(ended), "{phase:?}");
        assert_eq!(told(&world).await, (ended, "the unit did not start".to_string(), result));
    }
}

#[tokio::test(start_paused = true)]
async fn a_ticket_that_nobody_takes_was_not_obeyed_once_nobody_may_any_more() {
    let world = given().await;
    step(&world).await.unwrap();
    // it ends 60 s after it is given, and clocks may be apart
    advance(Duration::from_secs(119)).await;
    assert_eq!(step(&world).await, Ok(Phase::Verifying));
    advance(Duration::from_secs(2)).await;
    assert_eq!(step(&world).await, Ok(Phase::Failed));
    let (_, why, result) = told(&world).await;
    assert_eq!(
        (why.as_str(), result),
        ("the agent of Node worker-3 did not take the ticket in time", Of::NotDone)
    );
}

#[tokio::test(start_paused = true)]
async fn what_was_begun_and_never_ended_or_is_gone_is_unclear() {
    let world = given().await;
    step(&world).await.unwrap();
    says(&world, TicketPhase::Begun, "");
    advance(Duration::from_secs(299)).await;
    assert_eq!(step(&world).await, Ok(Phase::Verifying));
    advance(Duration::from_secs(2)).await;
    assert_eq!(step(&world).await, Ok(Phase::Unclear));
    let world = given().await;
    step(&world).await.unwrap();
    world.cluster.inner().ticket = None;
    assert_eq!(step(&world).await, Ok(Phase::Unclear));
    assert!(told(&world).await.1.contains("the ticket is gone"), "{:?}", told(&world).await);
}

#[tokio::test(start_paused = true)]
async fn a_ticket_without_an_answer_is_looked_for_and_not_given_again() {
    for (lost, phase) in [(Lost::Done, Phase::Verifying), (Lost::NotDone, Phase::Failed)] {
        let world = given().await;
        world.cluster.inner().lose = Some(lost);
        assert_eq!(step(&world).await, Ok(Phase::Executing));
        advance(Duration::from_secs(31)).await;
        assert_eq!(step(&world).await, Ok(phase), "{lost:?}");
        assert_eq!(world.cluster.written(), usize::from(lost == Lost::Done));
    }
}

#[tokio::test(start_paused = true)]
async fn a_cluster_that_cannot_be_asked_is_asked_again_until_the_time_is_over() {
    let world = given().await;
    step(&world).await.unwrap();
    world.cluster.inner().is_down = true;
    assert!(matches!(step(&world).await, Err(NotNow::Cluster(_))));
    advance(Duration::from_secs(301)).await;
    assert_eq!(step(&world).await, Ok(Phase::Unclear));
}
