//! Tickets that are not podwhy's, not this node's, or not of this time: refused aloud, and told once.

use jiff::SignedDuration;
use podwhy_api::seal::Key;
use podwhy_api::ticket::{Action, Order, Phase};
use serde_json::json;

use super::super::journal::Begun;
use super::super::*;
use super::fakes::{Fakes, agent, key, now, order, ticket};

async fn refused(told: Told) -> Vec<&'static str> {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let agent = agent(folder.path(), &fakes);
    agent.came(&told).await;
    agent.came(&told).await;
    let inner = fakes.inner();
    assert_eq!(inner.acted, Vec::<String>::new());
    let reasons: Vec<&str> = inner.told.iter().map(|(_, _, _, reason)| reason.as_str()).collect();
    assert_eq!(reasons, inner.refused, "it is told as it is counted, and once");
    assert!(inner.told.iter().all(|(_, _, phase, _)| *phase == Phase::Refused));
    inner.refused.clone()
}

fn changed(change: impl FnOnce(&mut Told)) -> Told {
    let mut told = ticket(order("r-1"));
    change(&mut told);
    told
}

fn ordered(change: impl FnOnce(&mut Order)) -> Told {
    let mut order = order("r-1");
    change(&mut order);
    ticket(order)
}

#[tokio::test(start_paused = true)]
async fn each_is_refused_for_its_own_reason() {
    let later = |seconds| now() + SignedDuration::from_secs(seconds);
    let other = Key::from_seed(&[2; 32]);
    let of_other = |told: &mut Told| told.spec = serde_json::to_value(other.sign(order("r-1"))).unwrap();
    let posing = |told: &mut Told| {
        of_other(told);
        told.spec["key"] = json!(key().id());
    };
    for (told, word) in [
        (changed(|told| told.spec["action"] = json!("remove-image")), "Forged"),
        (changed(|told| told.spec["containersMayDie"] = json!(true)), "Forged"),
        (changed(|told| told.spec["expiresAt"] = json!(later(200))), "Forged"),
        (changed(posing), "Forged"),
        (changed(of_other), "UnknownKey"),
        (changed(|told| told.spec["signature"] = json!("")), "Malformed"),
        (changed(|told| drop(told.spec.as_object_mut().unwrap().remove("issuedAt"))), "Malformed"),
        (changed(|told| told.spec["action"] = json!("reboot")), "Malformed"),
        (changed(|told| told.name = "ticket-again".into()), "Malformed"),
        (ordered(|order| order.node_uid = "n-0".into()), "OtherUid"),
        (ordered(|order| order.expires_at = now()), "Expired"),
        (ordered(|order| order.issued_at = later(31)), "Early"),
        (ordered(|order| order.expires_at = later(271)), "TooLong"),
        (ordered(|order| order.action = Action::RestartRuntime), "NotAllowed"),
    ] {
        let spec = told.spec.clone();
        assert_eq!(refused(told).await, [word], "{spec:#}");
    }
}

/// The signature holds, but the words of the object say another node: it is not podwhy's any more.
#[tokio::test(start_paused = true)]
async fn a_ticket_that_was_turned_to_this_node_is_refused() {
    let of_other = ordered(|order| order.node = "worker-4".into());
    let mut turned = of_other;
    turned.spec["node"] = json!("worker-3");
    assert_eq!(refused(turned).await, ["Forged"]);
}

#[tokio::test(start_paused = true)]
async fn one_that_was_obeyed_is_not_obeyed_again_under_another_object_or_by_another_run() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let first = agent(folder.path(), &fakes);
    first.came(&ticket(order("r-1"))).await;
    let mut again = ticket(order("r-1"));
    again.uid = "uid-again".into();
    first.came(&again).await;
    drop(first);
    agent(folder.path(), &fakes).came(&again).await;
    let mut longer = order("r-1");
    longer.expires_at += SignedDuration::from_secs(1);
    let mut longer = ticket(longer);
    longer.uid = "uid-longer".into();
    agent(folder.path(), &fakes).came(&longer).await;
    assert_eq!(fakes.acted(), ["r-1"]);
    assert_eq!(fakes.refused(), ["Replayed", "Replayed", "Replayed"]);
}

/// A clock that was set back by an hour would make an old ticket valid.
#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_back_makes_nothing_valid() {
    let (folder, fakes) = (tempfile::tempdir().unwrap(), Fakes::default());
    let earlier = agent(folder.path(), &fakes);
    let ahead = |journal: &mut Journal| {
        let begun = Begun {
            remediation_uid: "r-0".into(),
            name: "ticket-r-0".into(),
            uid: "uid-r-0".into(),
            action: Action::RestartKubelet,
            at: now() + SignedDuration::from_hours(1),
            before: None,
        };
        journal.begin(begun)
    };
    earlier.write(ahead).await.unwrap();
    earlier.came(&ticket(order("r-1"))).await;
    assert_eq!(fakes.refused(), ["Early"]);
    assert!(fakes.acted().is_empty());
}
