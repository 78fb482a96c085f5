//! One receiver, whoever sends, and one trouble at a time; then all of them at once.

use podwhy_knowledge::Lang;

use super::super::alert::Severity;
use super::super::outgoing::News;
use super::super::record::{Phase, Taken};
use super::super::testing::{Dice, FakeLead, FakeLedger, FakeOutlet, Office, clock, incident, start};
use super::*;

struct World {
    dice: Dice,
    ledger: FakeLedger,
    outlet: FakeOutlet,
    office: Office,
    clock: Clock,
}

/// A process that knows nothing yet.
struct Process {
    courier: Courier,
    store: Arc<Store>,
    tally: Arc<Tally>,
}

impl World {
    fn new(seed: u64) -> World {
        let dice = Dice::new(seed);
        let (ledger, outlet) = (FakeLedger::new(dice.clone()), FakeOutlet::new(dice.clone()));
        World { ledger, outlet, office: Office::default(), clock: clock(), dice }
    }

    fn process(&self, own: u64) -> Process {
        let store = Arc::new(Store::new(Arc::new(self.ledger.clone()), Arc::default()));
        let receiver = Receiver {
            name: "tickets".to_string(),
            areas: Vec::new(),
            severity: Severity::Info,
            causes: std::collections::BTreeSet::new(),
            wakes: false,
            lang: Lang::En,
        };
        let (outlet, tally) = (Arc::new(self.outlet.clone()), Arc::<Tally>::default());
        let to = Destination { receiver, outlet, tally: Arc::clone(&tally) };
        let lead = Arc::new(FakeLead { office: self.office.clone(), own });
        let courier =
            Courier::new(Arc::clone(&store), vec![to], lead, self.clock.clone(), Options::default());
        Process { courier, store, tally }
    }

    /// Changes an incident as the book would.
    fn change(&self, change: impl FnOnce(&mut Status)) {
        self.ledger.change("cart", |cart| change(&mut cart.status));
    }

    fn resolve(&self) {
        let now = self.clock.now();
        self.change(|status| (status.phase, status.resolved_at) = (Phase::Resolved, Some(now)));
    }

    fn take(&self) {
        let at = self.clock.now();
        self.change(|status| status.taken = Some(Taken { by: "ann".to_string(), at }));
    }
}

impl Process {
    /// Lets it work for so many seconds, and cuts it off.
    async fn works(&self, seconds: u64) {
        let (_stop, stopped) = watch::channel(false);
        let read = async {
            loop {
                // what cannot be read now is read a second later
                let _read = self.store.load().await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        };
        let works = async { tokio::join!(self.courier.run(stopped), read) };
        let _cut_off = timeout(Duration::from_secs(seconds), works).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_neither_loses_a_notice_nor_sends_all_anew() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.process(0).works(5).await;
    world.take();
    world.process(0).works(5).await;
    world.resolve();
    let third = world.process(0);
    third.works(5).await;
    assert_eq!(world.outlet.news("cart"), [News::Opened, News::Taken, News::Resolved]);
    assert_eq!((world.outlet.calls().len(), third.tally.sent.get()), (3, 1));
    assert_eq!(world.ledger.writes(), 3, "each is noted once");
    assert_eq!(third.tally.queue.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_no_lost_notice_and_has_the_same_id() {
    let world = World::new(4);
    world.ledger.put(incident("cart"));
    world.outlet.fail(200, 0, 10);
    let process = world.process(0);
    process.works(20).await;
    assert!(process.tally.failed.get() > 2, "{}", process.tally.failed.get());
    assert_eq!(process.tally.queue.oldest(), Some(start()));
    world.outlet.fail(0, 0, 0);
    process.works(60).await;
    let ids: std::collections::BTreeSet<String> =
        world.outlet.calls().into_iter().map(|(_, notice)| notice.id).collect();
    assert_eq!((ids.len(), world.outlet.news("cart").len()), (1, 1));
    assert_eq!(process.tally.queue.oldest(), None);
}

#[tokio::test(start_paused = true)]
async fn tries_grow_apart_up_to_five_minutes() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.outlet.fail(0, 100, 0);
    world.process(0).works(3600).await;
    let calls = world.outlet.calls();
    let pauses: Vec<u64> = calls.windows(2).map(|two| (two[1].0 - two[0].0).as_secs()).collect();
    assert_eq!(pauses[..9], [1, 2, 4, 8, 16, 32, 64, 128, 256]);
    assert!(pauses[9..].iter().all(|pause| *pause == 300), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_asks_to_be_left_alone_is() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.outlet.fail(0, 100, 0);
    world.outlet.ask_for(Duration::from_secs(120));
    let process = world.process(0);
    let watched = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        world.ledger.put(incident("pay"));
        tokio::time::sleep(Duration::from_secs(100)).await;
        assert_eq!(world.outlet.calls().len(), 1, "not even of another incident");
        world.outlet.fail(0, 0, 0);
    };
    tokio::join!(process.works(180), watched);
    assert_eq!((world.outlet.news("cart").len(), world.outlet.news("pay").len()), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_is_not_sent_again_and_what_follows_is() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.outlet.refuse(true);
    let process = world.process(0);
    process.works(3600).await;
    assert_eq!((world.outlet.calls().len(), process.tally.refused.get()), (1, 1));
    assert_eq!(world.ledger.incidents()[0].status.sent[0].refused.as_deref(), Some("404"));
    world.outlet.refuse(false);
    world.resolve();
    process.works(5).await;
    assert_eq!(world.outlet.news("cart"), [News::Resolved]);
    assert_eq!(world.ledger.incidents()[0].status.sent[0].refused, None);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_noted_is_not_sent_again_for_that() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    let process = world.process(0);
    process.store.load().await.unwrap();
    world.ledger.away(Duration::from_secs(60));
    process.works(180).await;
    assert_eq!(world.outlet.calls().len(), 1);
    assert_eq!(world.ledger.incidents()[0].status.sent.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn who_does_not_lead_sends_nothing() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.office.give(7);
    let process = world.process(0);
    process.works(60).await;
    assert!(world.outlet.calls().is_empty());
    world.office.give(0);
    process.works(3).await;
    assert_eq!(world.outlet.news("cart"), [News::Opened]);
}

#[tokio::test(start_paused = true)]
async fn what_is_forgotten_before_it_was_sent_is_a_drop() {
    let world = World::new(1);
    world.ledger.put(incident("cart"));
    world.outlet.fail(0, 100, 0);
    let process = world.process(0);
    process.works(5).await;
    crate::ports::Ledger::remove(&world.ledger, "cart").await.unwrap();
    process.works(5).await;
    assert_eq!(process.store.counts().drops.get(), 1);
}

/// Killed at any point, with lost answers, a ledger that fails and a second leader: what a receiver took, the same once, is a
/// history in which nothing is missing and nothing comes twice.
#[tokio::test(start_paused = true)]
async fn whatever_happens_the_history_is_whole_and_in_order() {
    for seed in 0..60 {
        let world = World::new(seed);
        world.ledger.put(incident("cart"));
        world.outlet.fail(40, 20, 2_000);
        world.ledger.lose(20);
        let (one, other) = (world.process(0), world.process(1));
        let upheaval = async {
            for turn in 0..8 {
                tokio::time::sleep(Duration::from_millis(world.dice.below(40_000))).await;
                world.office.give(world.dice.below(2));
                match turn {
                    2 => world.take(),
                    5 => world.resolve(),
                    _ => {}
                }
            }
            world.outlet.fail(0, 0, 0);
            world.ledger.lose(0);
        };
        let work = async {
            loop {
                let long = 1 + world.dice.below(30);
                tokio::join!(one.works(long), other.works(long));
            }
        };
        tokio::select! { () = upheaval => {}, () = work => {} }
        let (one, other) = (world.process(0), world.process(1));
        tokio::join!(one.works(900), other.works(900));
        let mut news = world.outlet.news("cart");
        // a number may come twice where the answer to the first was lost, and then with what it is by then
        news.dedup();
        assert_eq!(news.first(), Some(&News::Opened), "seed {seed}: {news:?}");
        assert_eq!(news.last(), Some(&News::Resolved), "seed {seed}: {news:?}");
        let counted = |what| news.iter().filter(|own| **own == what).count();
        assert_eq!((counted(News::Opened), counted(News::Resolved)), (1, 1), "seed {seed}: {news:?}");
        assert!(counted(News::Taken) <= 1 && counted(News::Reopened) == 0, "seed {seed}: {news:?}");
    }
}
