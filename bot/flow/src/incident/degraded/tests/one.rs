//! One outage, as it is told.

use super::*;
use crate::incident::book::Book;
use crate::incident::card::{Body, Tone};
use crate::incident::record::Phase;
use crate::incident::testing::{Faults, card_text, incident};

/// Three replicas, for so many seconds.
async fn work(replicas: &[Replica; 3], seconds: u64) {
    let [one, two, three] = replicas;
    tokio::join!(one.works(seconds), two.works(seconds), three.works(seconds));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_within_ten_seconds_once_a_channel_and_goes_on_as_an_incident() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let replicas = [world.replica(0), world.replica(1), world.replica(2)];
    work(&replicas, 10).await;
    let before = world.messages().len();
    world.ledger.away(Duration::from_secs(40));
    work(&replicas, 10).await;
    let told = world.untaken();
    assert_eq!(told.len(), 2, "{told:?}");
    let text = card_text(&told[0].body);
    for words in [
        "Cluster prod has not answered since",
        "503",
        "Alertmanager",
        "oom-killed · Deployment prod:shop/cart",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(card_text(&told[1].body).contains("无应答"));
    let Body::Card(card) = &told[0].body else { panic!("no card") };
    assert!(card.buttons.is_empty() && card.mention.is_some());
    // nobody leads meanwhile; then another does
    world.office.give(NOBODY);
    work(&replicas, 35).await;
    assert_eq!(world.messages().len(), before + 2);
    assert!(world.silent().is_empty());
    world.office.give(1);
    work(&replicas, 20).await;
    let silent = world.silent();
    assert_eq!((silent.len(), world.untaken().len(), world.messages().len()), (1, 0, before + 2));
    let own: Vec<_> = silent[0].status.posts.iter().map(|post| post.message.clone()).collect();
    assert_eq!(own, told.iter().map(|message| Some(message.id.clone())).collect::<Vec<_>>());
    assert!(silent[0].status.summary.contains("and does again"), "{}", silent[0].status.summary);
    assert_eq!(world.counts.doubles_closed.get() + world.counts.doubles_removed.get(), 0);
    // it ends as any other
    work(&replicas, 650).await;
    let settled =
        replicas[1].store.write(|known| Book::of(known).settle(world.clock.now(), &world.policy)).await;
    settled.unwrap();
    work(&replicas, 20).await;
    assert_eq!(world.silent()[0].status.phase, Phase::Resolved);
    let shown = world.messages().into_iter().find(|own| own.id == told[0].id && own.place.channel == "C1");
    assert!(matches!(shown.unwrap().body, Body::Card(card) if card.tone == Tone::Well));
}

#[tokio::test(start_paused = true)]
async fn a_second_outage_has_a_thread_of_its_own_or_goes_on_in_the_first() {
    for (pause, incidents, reopened) in [(300, 1, 0), (1_500, 1, 1), (3 * 3_600, 2, 0)] {
        let world = World::new(2);
        let replicas = [world.replica(0), world.replica(1), world.replica(2)];
        for _ in 0..2 {
            work(&replicas, 5).await;
            world.ledger.away(Duration::from_secs(30));
            work(&replicas, 60).await;
            assert_eq!(world.untaken().len(), 0);
            for _ in 0..10 {
                work(&replicas, pause / 10).await;
                let now = world.clock.now();
                replicas[0].store.write(|known| Book::of(known).settle(now, &world.policy)).await.unwrap();
            }
        }
        let silent = world.silent();
        let told = (silent.len(), silent[0].status.reopened);
        assert_eq!(told, (incidents, reopened), "after {pause} s: {silent:?}");
        let closed = world.messages().iter().filter(|own| own.place.id.contains("-closed-")).count();
        assert_eq!(
            closed,
            if incidents == 1 { 2 } else { 0 },
            "a thread for what goes on in another is closed"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn two_at_once_are_one_again_and_what_is_left_is_closed_with_a_link() {
    let world = World::new(3);
    let replicas = [world.replica(0), world.replica(1), world.replica(2)];
    work(&replicas, 5).await;
    // each looks before any of the others' shows
    for board in &world.boards {
        board.fail(Faults { late: 15_000, ..Faults::default() });
    }
    world.ledger.away(Duration::from_secs(150));
    let mut most = 0;
    let watch = async {
        for _ in 0..112 {
            sleep(Duration::from_secs(1)).await;
            most = most.max(world.untaken().len());
        }
    };
    tokio::join!(work(&replicas, 112), watch);
    assert!(most > 2 && world.untaken().len() == 2, "{most}: {:?}", world.untaken());
    // one of a replica that is no more
    let place = world.replica(7).degraded.own(&spot(Platform::Slack, "C1"));
    let body = Body::Note(Lang::En, String::new());
    world.boards[0].post(&place, &body).await.unwrap();
    work(&replicas, 150).await;
    assert_eq!((world.untaken().len(), world.silent().len()), (0, 1));
    let messages = world.messages();
    let closed: Vec<&Boarded> = messages.iter().filter(|own| own.place.id.contains("-closed-")).collect();
    let Body::Card(card) = &closed[0].body else { panic!("no card") };
    let kept = world.silent()[0].status.posts[0].message.clone().unwrap();
    assert_eq!(
        (closed.len(), card.links[0].1.as_str()),
        (1, format!("https://example.com/C1/{kept}").as_str())
    );
}

#[tokio::test(start_paused = true)]
async fn one_that_starts_during_the_outage_posts_no_second() {
    let world = World::new(4);
    let first = world.replica(0);
    first.works(5).await;
    world.ledger.away(Duration::from_secs(120));
    first.works(15).await;
    drop(first);
    assert_eq!(world.untaken().len(), 2);
    let second = world.replica(0);
    second.works(60).await;
    assert_eq!(world.untaken().len(), 2);
    second.works(100).await;
    assert_eq!((world.untaken().len(), world.silent().len()), (0, 1));
}
