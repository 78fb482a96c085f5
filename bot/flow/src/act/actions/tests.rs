//! People agree to mark a node out of service: not without a proof, and their word is part of it.

use std::sync::Arc;

use podwhy_knowledge::Lang;
use serde_json::json;
use tokio::time::Instant;

use super::super::execute::tests::dead::{eyes, pass};
use super::super::execute::tests::fakes::World;
use super::super::machine::testing::remediation;
use super::super::policy::Policy;
use super::super::record::{Phase, Remediation};
use super::super::remedy::{Floor, Remedy};
use super::*;
use crate::act::dead::lease_watch::ReadyStatus;
use crate::chat::policy::Area;
use crate::chat::{Asker, Platform};
use crate::incident::looks::testing::Fake;
use crate::incident::{Button, Counts, MemoryLedger};
use crate::ports::{Attests, NodeSighting, Power, Remediations, Sighting};

/// worker-3 has been silent for longer than five minutes; its cloud said that it is off, or did not.
async fn town(said_off: bool) -> (World, Actions<Fake>) {
    let mut world = World::agreed(remediation(), []).await;
    let eyes = eyes();
    world.eyes = Some(Arc::clone(&eyes));
    let object = json!({"metadata": {"uid": "6f6a", "resourceVersion": "1"}, "spec": {}});
    world.cluster.inner().objects.insert("worker-3".into(), object);
    pass(&eyes, 100).await;
    let shutdown = said_off.then(|| vec!["cloud".to_string()]);
    let ready = Some(ReadyStatus::Unknown);
    let tainted = NodeSighting { name: "worker-3".into(), uid: "6f6a".into(), ready, shutdown };
    eyes.saw(Sighting::Node(NodeSighting { shutdown: None, ..tainted.clone() }), Instant::now());
    eyes.saw(Sighting::Node(tainted), Instant::now());
    pass(&eyes, 250).await;
    let actions = actions(&world);
    (world, actions)
}

fn actions(world: &World) -> Actions<Fake> {
    let policy = Policy {
        areas: vec![Area { cluster: "prod".into(), namespace: None }],
        remedies: vec![Remedy::TaintOutOfService],
        protected: Vec::new(),
        floor: Floor { approvals: 1, typed_name: false },
        rules: Vec::new(),
        addable: Default::default(),
        frozen: false,
        per_hour: 10,
        // the cluster of these tests lets everybody do everything
        allow_privileged: ["ann", "bob"].map(str::to_string).to_vec(),
    };
    let store = Arc::new(Store::new(Arc::new(MemoryLedger::default()), Arc::<Counts>::default()));
    Actions::new(Vec::new(), world.executor("a/1"), store, policy, world.clock())
}

fn click(button: Button, person: &str) -> Click {
    let asker = Asker {
        platform: Platform::Slack,
        channel: Some("C1".into()),
        person: person.into(),
        groups: Vec::new(),
    };
    let typed = (button == Button::ApproveTyped).then(|| "worker-3".to_string());
    Click { button, incident: remediation().name, asker, shown_name: person.into(), typed, attests: None }
}

async fn press(actions: &Actions<Fake>, click: Click) -> Result<String, String> {
    let user = KubernetesUser { name: click.asker.person.clone(), groups: Vec::new() };
    actions.press(&click, &user, Lang::En).await
}

async fn attest(actions: &Actions<Fake>, person: &str, how: &str, minutes: &str) -> Result<String, String> {
    let attests = Some(Attests { how: how.into(), minutes_ago: minutes.into() });
    press(actions, Click { attests, ..click(Button::Attest, person) }).await
}

async fn stored(world: &World) -> Remediation {
    world.ledger.get(&remediation().name).await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn two_approvals_with_the_typed_name_and_no_word_are_refused() {
    let (world, actions) = town(true).await;
    press(&actions, click(Button::ApproveTyped, "ann")).await.unwrap();
    let refused = press(&actions, click(Button::ApproveTyped, "bob")).await.unwrap_err();
    assert!(refused.contains("not confirmed dead") && refused.contains("attestation of each"), "{refused}");
    let one = stored(&world).await;
    assert_eq!((one.status.phase, one.status.approvals.len()), (Phase::Offered, 1));
    assert!(one.status.checklist.iter().any(|line| line.en.starts_with('✓')), "{:#?}", one.status.checklist);
}

#[tokio::test(start_paused = true)]
async fn with_the_clouds_word_and_their_own_both_agree_and_it_is_done() {
    let (world, actions) = town(true).await;
    for person in ["ann", "bob"] {
        attest(&actions, person, "BMC says off, rack 4", "2").await.unwrap();
    }
    for person in ["ann", "bob"] {
        press(&actions, click(Button::ApproveTyped, person)).await.unwrap();
    }
    let one = stored(&world).await;
    assert_eq!(one.status.phase, Phase::Approved);
    assert!(one.status.checklist[0].en.starts_with("Confirmed dead"), "{:#?}", one.status.checklist);
    assert_eq!(actions.executor.step(&one.name).await, Ok(Phase::Verifying));
    assert_eq!(world.cluster.written(), 1);
}

#[tokio::test(start_paused = true)]
async fn peoples_word_alone_confirms_nothing() {
    let (world, actions) = town(false).await;
    for person in ["ann", "bob", "cas"] {
        attest(&actions, person, "I saw it", "0").await.unwrap();
    }
    let refused = press(&actions, click(Button::ApproveTyped, "ann")).await.unwrap_err();
    assert!(refused.contains("a person's word alone is not enough"), "{refused}");
    assert!(stored(&world).await.status.approvals.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_sign_of_life_refuses_whoever_agrees() {
    let (mut world, _) = town(true).await;
    world.power = Some(Power::On { at: jiff::Timestamp::UNIX_EPOCH });
    let actions = actions(&world);
    let refused = press(&actions, click(Button::ApproveTyped, "ann")).await.unwrap_err();
    assert!(refused.contains('✗'), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_word_says_how_and_when_and_counts_once_a_person() {
    let (world, actions) = town(true).await;
    for (how, minutes, why) in [
        ("ok", "0", "how you know"),
        ("BMC says off", "11", "more than 10 minutes ago"),
        ("BMC says off", "ten", "a number from 0 to 10"),
        ("BMC says off", "-1", "a number from 0 to 10"),
        (&"x".repeat(501), "0", "500"),
    ] {
        let refused = attest(&actions, "ann", how, minutes).await.unwrap_err();
        assert!(refused.contains(why), "{refused}");
    }
    attest(&actions, "ann", "BMC says off", "10").await.unwrap();
    attest(&actions, "ann", "hands on the machine", "0").await.unwrap();
    let attested = stored(&world).await.status.attested;
    let [word] = attested.as_slice() else { panic!("{attested:#?}") };
    assert_eq!((word.user.as_str(), word.how.as_str()), ("ann", "hands on the machine"));
}
