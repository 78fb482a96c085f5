use std::collections::BTreeSet;

use super::fakes::{World, offer};
use crate::act::machine::testing::approval;
use crate::act::policy::{Approvers, Policy, Rule};
use crate::act::record::{Approval, Phase, Remediation};
use crate::act::remedy::{Floor, Remedy};
use crate::chat::Platform;
use crate::chat::policy::Area;
use crate::hours::Hours;

const EDITORS: &str = "podwhy:editors";

/// Lets everything be done, and Slack add the editors.
fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        areas: vec![Area { cluster: "prod".to_string(), namespace: None }],
        remedies: Remedy::ALL.to_vec(),
        rules: rules.into_iter().map(|rule| Rule { name: "night".to_string(), ..rule }).collect(),
        addable: BTreeSet::from([(Platform::Slack, EDITORS.to_string())]),
        ..Policy::default()
    }
}

/// What comes of it under this policy, and why.
async fn comes_of(world: &World, policy: Policy) -> (Phase, String) {
    let phase = world.executor("a/1").under(policy).step(&offer().name).await.unwrap();
    (phase, world.one().await.status.history.last().unwrap().why.clone())
}

fn editor(user: &str) -> Approval {
    Approval { added_groups: vec![EDITORS.to_string()], ..approval(user) }
}

#[tokio::test(start_paused = true)]
async fn what_no_rule_is_against_is_done() {
    let bob_and_ann = Approvers { users: vec!["bob".to_string(), "ann".to_string()], groups: Vec::new() };
    let hours = Some(Hours::utc(14 * 60, 15 * 60));
    let rule = Rule { approvers: Some(bob_and_ann), hours, no_self_approval: true, ..Rule::default() };
    let world = World::approved().await;
    assert_eq!(comes_of(&world, policy(vec![rule])).await.0, Phase::Verifying);
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_was_tightened_after_they_agreed_holds() {
    let only_ann = Approvers { users: vec!["ann".to_string()], groups: Vec::new() };
    let tightened = [
        (Rule { approvers: Some(only_ann), ..Rule::default() }, "does not let bob agree"),
        // they agreed at 14:14
        (
            Rule { hours: Some(Hours::utc(15 * 60, 14 * 60)), ..Rule::default() },
            "between 15:00 and 14:00 (UTC)",
        ),
        (Rule { floor: Floor { approvals: 3, typed_name: false }, ..Rule::default() }, "asks for more"),
        (Rule { floor: Floor { approvals: 1, typed_name: true }, ..Rule::default() }, "asks for more"),
    ];
    for (rule, wanted) in tightened {
        let world = World::approved().await;
        let (phase, why) = comes_of(&world, policy(vec![rule])).await;
        assert!(phase == Phase::Superseded && why.contains(wanted) && why.contains("“night”"), "{why}");
        assert_eq!(world.cluster.written(), 0);
    }
    let world = World::approved().await;
    let nowhere = Policy { areas: Vec::new(), ..policy(Vec::new()) };
    let (phase, why) = comes_of(&world, nowhere).await;
    assert!(phase == Phase::Superseded && why.contains("`remediation.of`"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn whoever_asked_counts_only_while_the_rules_let_them() {
    let by_ann = || {
        let mut offer = offer();
        offer.spec.asked_by = Some("ann".to_string());
        offer
    };
    let agreed = || World::agreed(by_ann(), ["ann", "bob"].map(approval));
    assert_eq!(comes_of(&agreed().await, policy(Vec::new())).await.0, Phase::Verifying);
    let rule = Rule { no_self_approval: true, ..Rule::default() };
    let (phase, why) = comes_of(&agreed().await, policy(vec![rule])).await;
    assert!(phase == Phase::Superseded && why.contains("what they asked for"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn groups_that_the_chat_added_count_when_it_is_done() {
    let world = World::agreed(offer(), ["ann", "bob"].map(editor)).await;
    world.cluster.inner().only = Some(EDITORS.to_string());
    assert_eq!(comes_of(&world, policy(Vec::new())).await.0, Phase::Verifying);
    assert_eq!(world.cluster.inner().groups, [EDITORS], "it is written with them");
    let editors = Approvers { users: Vec::new(), groups: vec![EDITORS.to_string()] };
    let world = World::agreed(offer(), ["ann", "bob"].map(editor)).await;
    let rule = Rule { approvers: Some(editors), ..Rule::default() };
    assert_eq!(comes_of(&world, policy(vec![rule])).await.0, Phase::Verifying);
}

#[tokio::test(start_paused = true)]
async fn a_group_that_may_not_be_added_any_more_does_not_count() {
    let unlisted = Policy { addable: BTreeSet::new(), ..policy(Vec::new()) };
    let of_discord = |user: &str| Approval { platform: Platform::Discord, ..editor(user) };
    let cases = [
        (["ann", "bob"].map(editor), unlisted),
        ([editor("ann"), of_discord("bob")], policy(Vec::new())),
        ([editor("ann"), approval("bob")], policy(Vec::new())),
    ];
    for (approvals, policy) in cases {
        let world = World::agreed(offer(), approvals).await;
        world.cluster.inner().only = Some(EDITORS.to_string());
        let (phase, why) = comes_of(&world, policy).await;
        assert!(phase == Phase::Superseded && why.contains("may not create pods/eviction"), "{why}");
        assert_eq!(world.cluster.written(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_group_that_was_written_into_an_approval_is_seen() {
    let edits: [fn(&mut Remediation); 2] = [
        |one| one.status.approvals[0].added_groups.push(EDITORS.to_string()),
        |one| one.status.approvals[1].added_groups.clear(),
    ];
    for edit in edits {
        let world = World::agreed(offer(), [approval("ann"), editor("bob")]).await;
        world.edit_status(edit).await;
        let (phase, why) = comes_of(&world, policy(Vec::new())).await;
        assert!(phase == Phase::Superseded && why.contains("was changed"), "{why}");
    }
}
