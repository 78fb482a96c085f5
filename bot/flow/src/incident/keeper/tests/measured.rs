//! What is measured of what waits, of what is lost, and of the time from a failure to its thread.

use super::super::super::due::{Failing, Trouble};
use super::super::super::record::{Alerted, Incident, Phase};
use super::super::super::testing::{Faults, incident, start};
use super::*;
use crate::ports::Ledger;

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[tokio::test(start_paused = true)]
async fn what_waits_is_counted_until_it_stands() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.slack.fail(Faults { later: 100, ..Faults::default() });
    let keeper = world.keeper(0);
    world.works(&keeper, 30).await;
    let queue = &keeper.counts().queue;
    assert_eq!((queue.waiting(), queue.oldest()), (2, Some(start())), "Discord has both, Slack none");
    world.slack.fail(Faults::default());
    world.works(&keeper, 90).await;
    assert_eq!((queue.waiting(), queue.oldest(), keeper.counts().drops.get()), (0, None, 0));
    // who does not lead has nothing to do
    world.slack.fail(Faults { later: 100, ..Faults::default() });
    world.ledger.put(incident("pay"));
    world.works(&keeper, 10).await;
    assert_eq!(queue.waiting(), 2);
    world.office.give(7);
    world.works(&keeper, 2).await;
    assert_eq!(queue.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_was_to_be_told_and_is_forgotten_is_a_drop() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.slack.fail(Faults { later: 100, ..Faults::default() });
    let keeper = world.keeper(0);
    let happens = async {
        sleep(Duration::from_secs(10)).await;
        assert_eq!(keeper.counts().drops.get(), 0);
        world.ledger.remove("cart").await.unwrap();
        sleep(Duration::from_secs(10)).await;
    };
    tokio::select! {
        () = happens => {}
        () = keeper.run(std::future::pending()) => {}
    }
    assert_eq!(keeper.counts().drops.get(), 1);
}

#[test]
fn what_was_over_for_an_hour_before_its_turn_came_is_lost() {
    let mut cart = incident("cart");
    let key = |part: &str| Key {
        incident: "cart".to_string(),
        part: part.to_string(),
        to: spot(Platform::Slack, "C1"),
    };
    let lost = |cart: &Incident, after: i64| {
        let (cart, mut waiting) = (Arc::new(cart.clone()), Waiting::default());
        let known = std::collections::BTreeMap::from([("cart", &cart)]);
        waiting.begin();
        waiting.see(&key("parent"), start());
        waiting.see(&key("answer"), start());
        assert_eq!(waiting.end(&known, start()), (2, Some(start()), Vec::new()));
        waiting.begin();
        waiting.end(&known, start() + minutes(after)).2
    };
    assert_eq!(lost(&cart, 600), [], "it goes on elsewhere, or is muted");
    (cart.status.phase, cart.status.resolved_at) = (Phase::Resolved, Some(start()));
    assert_eq!(lost(&cart, 50), []);
    assert_eq!(lost(&cart, 61), [key("parent")]);
    cart.status.muted_until = Some(start() + minutes(600));
    assert_eq!(lost(&cart, 61), []);
}

#[tokio::test(start_paused = true)]
async fn the_time_to_a_thread_is_from_the_failure_by_whoever_says_it() {
    let world = World::new(1);
    let (mut cart, mut pay) = (incident("cart"), incident("pay"));
    let alert = |began: i64| Alerted {
        fingerprint: "f".to_string(),
        starts_at: start() - minutes(began),
        name: "KubePodCrashLooping".to_string(),
        firing: true,
        summary: String::new(),
        group: String::new(),
        about: None,
        links: Default::default(),
        labels: std::collections::BTreeMap::new(),
    };
    cart.status.alerts = vec![alert(50)];
    pay.status.alerts = vec![alert(4)];
    let begun = |at: usize, began: i64| Failing {
        member: cart.status.members[at].clone(),
        uid: format!("u{at}"),
        trouble: Trouble::NotReady,
        since: start() - minutes(began),
        due_at: start(),
    };
    let keeper = world.keeper(0);
    keeper.counts().beginnings.note("prod", &[begun(0, 1), begun(1, 3)]);
    for one in [cart, pay, incident("nobody-says")] {
        world.ledger.put(one);
    }
    world.works(&keeper, 30).await;
    // cart by its members, pay by its alert, in two channels each
    let counted = keeper.counts().from_failure.buckets();
    assert_eq!(
        (counted.iter().sum::<u64>(), keeper.counts().to_thread.buckets().iter().sum::<u64>()),
        (4, 6)
    );
    let minutes = keeper.counts().from_failure.sum() / 60.0;
    assert!((14.0..15.0).contains(&minutes), "{minutes}");
}
