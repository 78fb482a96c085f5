//! One keeper, one trouble at a time.

use super::super::super::record::{Phase, Taken};
use super::super::super::testing::{Faults, card_text, incident, start};
use super::*;

/// What stands in a channel, in the order it was posted: in the thread of which message, and its first line.
fn shown(board: &FakeBoard) -> Vec<(Option<String>, String)> {
    let first = |text: String| text.lines().next().unwrap_or_default().to_string();
    board.messages().iter().map(|own| (own.place.thread.clone(), first(card_text(&own.body)))).collect()
}

#[tokio::test(start_paused = true)]
async fn an_incident_stands_in_every_channel_and_is_kept_current() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    world.works(&keeper, 2).await;
    let thread = Some("m1".to_string());
    let title = "oom-killed · Deployment prod:shop/cart · 3 pods".to_string();
    assert_eq!(shown(&world.slack), [(None, title), (thread.clone(), "all about cart".to_string())]);
    assert_eq!(shown(&world.discord).len(), 2);
    world.ledger.change("cart", |cart| {
        (cart.status.phase, cart.status.resolved_at) =
            (Phase::Resolved, Some(start() + SignedDuration::from_mins(3)));
    });
    world.works(&keeper, 12).await;
    let now = shown(&world.slack);
    assert_eq!(now[0].1, "oom-killed · Deployment prod:shop/cart · well again");
    assert_eq!(
        now[2],
        (thread, "Well again at 2026-01-01 15:07 UTC, after 3 min; 3 failed at most".to_string())
    );
    let counts = keeper.counts();
    assert_eq!((counts.posts.get(), counts.edits.get(), counts.lookups.get()), (6, 2, 0));
    assert_eq!(counts.to_thread.buckets().iter().sum::<u64>(), 2);
    // per message: attempt and id; per edit: what it showed is struck out, what it shows
    assert_eq!(world.ledger.writes(), 6 * 2 + 2 * 2);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_does_nothing() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.office.give(7);
    let keeper = world.keeper(0);
    world.works(&keeper, 60).await;
    assert!(world.slack.messages().is_empty());
    world.office.give(0);
    world.works(&keeper, 2).await;
    assert_eq!(world.slack.messages().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn edits_come_together() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    let churn = async {
        for failing in 4..104 {
            sleep(Duration::from_millis(300)).await;
            world.ledger.change("cart", |cart| {
                (cart.status.failing, cart.status.most_failing) = (failing, failing);
            });
        }
        sleep(Duration::from_secs(10)).await;
    };
    tokio::select! {
        () = churn => {}
        () = keeper.run(std::future::pending()) => {}
    }
    let edits = world.slack.calls("edit");
    assert!((6..=9).contains(&edits.len()), "{} edits in 40 s", edits.len());
    for pair in edits.windows(2) {
        assert!(pair[1].1 - pair[0].1 >= world.options.edit_every);
    }
    assert!(shown(&world.slack)[0].1.ends_with("103 pods"), "the newest wins");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up_and_not_posted_again() {
    let world = World::new(3);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    // every answer is lost, half of them after it was done; and a message is shown late
    world.slack.fail(Faults { unclear: 200, late: 10_000, ..Faults::default() });
    let heal = async {
        sleep(Duration::from_secs(4)).await;
        world.slack.fail(Faults::default());
        sleep(Duration::from_secs(120)).await;
    };
    tokio::select! {
        () = heal => {}
        () = keeper.run(std::future::pending()) => {}
    }
    let posts = world.slack.calls("post");
    assert_eq!(world.slack.messages().len(), 2);
    assert!(keeper.counts().lookups.get() > 0 && keeper.counts().unclear.get() > 0);
    for pair in posts.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        assert!(pair[1].1 - pair[0].1 >= world.options.grace, "an app may show it late");
    }
}

#[tokio::test(start_paused = true)]
async fn what_an_app_shows_too_late_is_taken_away_when_it_shows() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    world.works(&keeper, 0).await;
    // a process that posted and was killed before it could store the id
    let stamp = world.clock.now();
    let to = spot(Platform::Slack, "C1");
    world.ledger.change("cart", |cart| {
        cart.status.posts.push(super::super::super::record::Post {
            part: "parent".to_string(),
            platform: Platform::Slack,
            channel: "C1".to_string(),
            attempted_at: Some(stamp),
            message: None,
            shown: None,
            refused: None,
        });
    });
    let id = super::super::super::wanted::message_id("cart", "parent", &to);
    let place = crate::ports::Place { channel: "C1".to_string(), thread: None, id };
    world.slack.post_hidden(&place, Duration::from_secs(40));
    world.works(&keeper, 38).await;
    let parents = || world.slack.messages().iter().filter(|own| own.place == place).count();
    assert_eq!(parents(), 2, "it could not be known");
    world.works(&keeper, 60).await;
    assert_eq!(parents(), 1);
    assert_eq!(keeper.counts().doubles_removed.get(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_message_somebody_took_away_is_posted_again_when_it_changes() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    world.works(&keeper, 10).await;
    world.slack.take_away("m1");
    world
        .ledger
        .change("cart", |cart| cart.status.taken = Some(Taken { by: "Ana".to_string(), at: start() }));
    world.works(&keeper, 20).await;
    let now = world.slack.messages();
    let parent = now.iter().find(|own| own.place.thread.is_none()).unwrap();
    assert!(card_text(&parent.body).contains("Ana is on it"));
    assert_eq!(now.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_once_and_holds_nothing_else_up() {
    let world = World::new(1);
    world.slack.refuse("C1");
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    world.works(&keeper, 600).await;
    assert_eq!(keeper.counts().refused.get(), 1);
    assert_eq!(world.slack.calls("post").len(), 1);
    assert_eq!(world.discord.messages().len(), 2);
    let cart = &world.ledger.incidents()[0];
    let refused = cart.status.posts.iter().find(|post| post.platform == Platform::Slack).unwrap();
    assert_eq!(refused.refused.as_deref(), Some("no such channel"));
}

#[tokio::test(start_paused = true)]
async fn a_storm_delays_and_loses_nothing_and_the_other_app_does_not_wait() {
    let world = World::new(1);
    for at in 0..20 {
        world.ledger.put(incident(&format!("cart{at}")));
    }
    world.slack.storm(Duration::from_secs(90));
    let keeper = world.keeper(0);
    let watch = async {
        sleep(Duration::from_secs(30)).await;
        assert_eq!(world.discord.messages().len(), 40);
        assert!(world.slack.messages().is_empty());
        assert!(world.slack.calls("post").len() < 20 * 8, "it gives way");
        sleep(Duration::from_secs(150)).await;
    };
    tokio::select! {
        () = watch => {}
        () = keeper.run(std::future::pending()) => {}
    }
    assert_eq!(world.slack.messages().len(), 40);
    assert_eq!(keeper.counts().lookups.get(), 0, "what was put off was not posted");
}

#[tokio::test(start_paused = true)]
async fn without_a_ledger_nothing_is_posted() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    keeper.store.load().await.unwrap();
    world.ledger.away(Duration::from_secs(60));
    world.works(&keeper, 50).await;
    assert!(world.slack.calls("post").is_empty());
    world.works(&keeper, 120).await;
    assert_eq!(world.slack.messages().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn it_finishes_what_is_under_way_before_it_stops() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.slack.fail(Faults { slow: 800, ..Faults::default() });
    let keeper = world.keeper(0);
    keeper.run(sleep(Duration::from_millis(200))).await;
    let posts = &world.ledger.incidents()[0].status.posts;
    assert!(!posts.is_empty() && posts.iter().all(|post| post.message.is_some()), "{posts:?}");
}

#[tokio::test(start_paused = true)]
async fn the_first_message_of_a_severe_one_calls_someone_and_the_next_does_not() {
    let world = World::new(1);
    let keeper = world.keeper(0);
    world.ledger.put(incident("cart"));
    world.works(&keeper, 2).await;
    let mentions = || {
        let cards = world.slack.messages().into_iter().filter_map(|own| match own.body {
            super::super::super::card::Body::Card(card) => Some(card.mention),
            _ => None,
        });
        cards.collect::<Vec<_>>()
    };
    assert_eq!(mentions(), [Some("<@&1>".to_string())]);
    world.ledger.put(incident("pay"));
    world.works(&keeper, 20).await;
    assert_eq!(mentions()[1], None, "one call a channel in five minutes");
    assert!(world.slack.calls("edit").is_empty(), "what was posted is what is wanted");
    let called = world.ledger.incidents().iter().map(|own| own.status.mentions).collect::<Vec<_>>();
    assert_eq!(called, [2, 0], "in each channel");
    // nobody takes either
    world.works(&keeper, 40 * 60).await;
    let calls = world.slack.messages().into_iter().filter(|own| own.place.id.contains("call-2"));
    let called: Vec<String> = calls.map(|own| own.place.id[..4].to_string()).collect();
    assert_eq!(called, ["cart", "pay-"], "each is called out once more, and only once");
}

/// Turns until something is so.
async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// The first line of the first message.
fn title(world: &World) -> String {
    shown(&world.slack)[0].1.clone()
}

#[tokio::test(start_paused = true)]
async fn an_edit_that_was_cut_off_is_made_good_when_all_turns_back() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.works(&world.keeper(0), 10).await;
    world.ledger.change("cart", |cart| cart.status.failing = 2);
    let first = world.keeper(0);
    // killed when the message shows it and the ledger does not know
    tokio::select! {
        () = until(|| title(&world).ends_with("2 pods")) => {}
        () = first.run(std::future::pending()) => {}
    }
    world.ledger.change("cart", |cart| cart.status.failing = 3);
    world.works(&world.keeper(0), 60).await;
    assert!(title(&world).ends_with("3 pods"), "{}", title(&world));
}

#[tokio::test(start_paused = true)]
async fn an_edit_of_one_who_is_gone_does_not_have_the_last_word() {
    let mut late = 0;
    for seed in 0..10 {
        let world = World::new(seed);
        world.ledger.put(incident("cart"));
        world.works(&world.keeper(0), 10).await;
        world.ledger.change("cart", |cart| cart.status.failing = 2);
        world.slack.fail(Faults { slow: 12_000, ..Faults::default() });
        let first = world.keeper(0);
        // killed when the app was asked, which takes its time
        tokio::select! {
            () = until(|| !world.slack.calls("edit").is_empty()) => {}
            () = first.run(std::future::pending()) => {}
        }
        world.slack.fail(Faults::default());
        world.ledger.change("cart", |cart| cart.status.failing = 1);
        let next = world.keeper(0);
        let watch = async {
            until(|| title(&world).ends_with("1 pod")).await;
            for _ in 0..600 {
                sleep(Duration::from_millis(100)).await;
                late += usize::from(title(&world).ends_with("2 pods"));
            }
        };
        tokio::select! {
            () = watch => {}
            () = next.run(std::future::pending()) => {}
        }
        assert!(title(&world).ends_with("1 pod"), "seed {seed}: {}", title(&world));
    }
    assert!(late > 0, "no edit was ever late");
}

#[tokio::test(start_paused = true)]
async fn what_stands_is_kept_current_while_many_wait_to_be_posted() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let keeper = world.keeper(0);
    world.works(&keeper, 10).await;
    // each call takes some seconds from now on, and there is something to post all the time
    world.slack.fail(Faults { slow: 4_000, ..Faults::default() });
    for number in 0..60 {
        world.ledger.put(incident(&format!("web-{number:02}")));
    }
    world.ledger.change("cart", |cart| {
        (cart.status.failing, cart.status.most_failing) = (4, 4);
    });
    world.works(&keeper, 30).await;
    assert!(world.slack.messages().len() < 40, "many wait still");
    assert!(shown(&world.slack)[0].1.ends_with("4 pods"));
}
