//! Keepers are killed, stopped and replaced at random, while the apps and the ledger fail in every way they can.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::super::super::record::{Incident, Phase};
use super::super::super::testing::{Boarded, Faults, incident, start};
use super::super::super::wanted::{message_id, wanted};
use super::*;

/// A process that is killed, or stopped, after so many steps of its own.
struct Lives<'f> {
    run: Pin<Box<dyn Future<Output = ()> + 'f>>,
    left: u64,
}

impl Future for Lives<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.left == 0 {
            return Poll::Ready(());
        }
        self.left -= 1;
        self.run.as_mut().poll(context)
    }
}

impl<'f> Lives<'f> {
    fn of(keeper: &'f Keeper, left: u64) -> Lives<'f> {
        Lives { run: Box::pin(keeper.run(std::future::pending())), left }
    }
}

/// What all rounds together saw, so that a test that tests nothing is seen.
#[derive(Debug, Default)]
struct Seen {
    kills: u64,
    stops: u64,
    cut_between: u64,
    doubles: usize,
    posts: usize,
}

impl World {
    /// Something happens to an incident, or to all.
    fn happen(&self, turn: u64) {
        let names: Vec<String> = self.ledger.incidents().into_iter().map(|own| own.name).collect();
        let name = &names[usize::try_from(self.dice.below(names.len() as u64)).unwrap()];
        let at = self.clock.now();
        match self.dice.below(6) {
            0 if !names.contains(&format!("late{turn}")) => self.ledger.put(incident(&format!("late{turn}"))),
            1 => self.ledger.change(name, |own| {
                (own.status.phase, own.status.resolved_at) = (Phase::Resolved, Some(at));
            }),
            2 => self.ledger.change(name, |own| {
                if !own.is_open() {
                    (own.status.phase, own.status.resolved_at) = (Phase::Open, None);
                    own.status.reopened += 1;
                }
            }),
            3 => self.ledger.change(name, |own| own.status.truncated_alerts += 1),
            // to and fro: what it showed before may be what it is to show again
            _ => self
                .ledger
                .change(name, |own| own.status.failing = if own.status.failing == 3 { 2 } else { 3 }),
        }
    }

    fn fail(&self, is_late: bool) {
        // well past the keeper's grace, and before it looks once more
        let late = if is_late { 60_000 } else { 8_000 };
        for board in [&self.slack, &self.discord] {
            board.fail(Faults { unclear: 20, later: 10, late, slow: 400 });
        }
        self.ledger.lose(8);
    }

    fn heal(&self) {
        for board in [&self.slack, &self.discord] {
            board.fail(Faults::default());
        }
        self.ledger.lose(0);
    }

    fn messages(&self) -> Vec<Boarded> {
        [self.slack.messages(), self.discord.messages()].concat()
    }

    /// Whether every wanted message stands once, as it is wanted, and nothing else.
    fn is_kept(&self) -> Result<(), String> {
        let mut messages = self.messages();
        for own in self.ledger.incidents() {
            for post in wanted(&own, &self.policy, &[], start()) {
                let id = message_id(&own.name, &post.part, &post.to);
                let (standing, rest): (Vec<Boarded>, Vec<Boarded>) = messages
                    .into_iter()
                    .partition(|message| message.place.id == id && message.place.channel == post.to.channel);
                messages = rest;
                let known = post.post_of(&own.status.posts);
                let fault = |what: &str| Err(format!("{what}: {id} {standing:?} {known:?}"));
                match standing.as_slice() {
                    [one] => {
                        if known.and_then(|known| known.message.as_ref()) != Some(&one.id) {
                            return fault("not known to the ledger");
                        }
                        if matches!(&post.says, Says::Body(body) if **body != one.body) {
                            return fault("shows something else");
                        }
                    }
                    [] => return fault("lost"),
                    _ => return fault("doubled"),
                }
                if known.is_some_and(|known| known.attempted_at.is_some()) {
                    return fault("still in doubt");
                }
            }
        }
        if messages.is_empty() { Ok(()) } else { Err(format!("nobody's: {messages:?}")) }
    }

    /// Messages beyond the first of each id.
    fn doubles(&self) -> usize {
        let mut ids = HashSet::new();
        self.messages()
            .iter()
            .filter(|own| !ids.insert((own.place.id.clone(), own.place.channel.clone())))
            .count()
    }

    fn cut_between(&self) -> usize {
        let posts = self.ledger.incidents().into_iter().flat_map(|own: Incident| own.status.posts);
        posts.filter(|post| post.message.is_none() && post.attempted_at.is_some()).count()
    }

    async fn round(&self, seen: &mut Seen) -> Result<(), String> {
        for name in ["cart", "pay"] {
            self.ledger.put(incident(name));
        }
        let mut doubles = 0;
        // half of them begin with all that stands, so that edits are what is cut off
        if self.dice.hits(50) {
            self.works(&self.keeper(0), 5).await;
        }
        self.fail(self.dice.hits(40));
        for turn in 0..8 {
            let leader = 1 + turn % 2;
            self.office.give(leader);
            let keeper = self.keeper(leader);
            let mut lives = Lives::of(&keeper, 1 + self.dice.below(90));
            self.happen(turn);
            (&mut lives).await;
            seen.cut_between += u64::from(self.cut_between() > 0);
            if self.dice.hits(30) {
                // it is stopped where it is, another takes over, it goes on without knowing, and is killed
                let other = self.keeper(9);
                self.office.give(9);
                let longest = self.dice.below(12);
                let _still = timeout(Duration::from_secs(longest), Lives::of(&other, 60)).await;
                lives.left = self.dice.below(20);
                lives.await;
                seen.stops += 1;
            }
            seen.kills += 1;
            doubles = doubles.max(self.doubles());
            self.happen(turn);
            self.dice.dawdle(3_000).await;
        }
        self.heal();
        self.office.give(5);
        let keeper = self.keeper(5);
        let mut run = Box::pin(keeper.run(std::future::pending()));
        let mut kept = Err("not begun".to_string());
        for _ in 0..24 {
            let _goes_on = timeout(Duration::from_secs(10), &mut run).await;
            doubles = doubles.max(self.doubles());
            kept = self.is_kept();
            if kept.is_ok() {
                break;
            }
        }
        seen.posts += self.messages().len();
        seen.doubles += doubles;
        kept
    }
}

async fn rounds(seeds: std::ops::Range<u64>, without_look_up: bool, seen: &mut Seen) -> Vec<String> {
    let mut faults = Vec::new();
    for seed in seeds {
        let mut world = World::new(seed);
        world.options.without_look_up = without_look_up;
        if let Err(fault) = world.round(seen).await {
            faults.push(format!("seed {seed}: {fault}"));
        }
    }
    faults
}

#[tokio::test(start_paused = true)]
async fn each_message_stands_once_whoever_is_killed_when() {
    let mut seen = Seen::default();
    let faults = rounds(0..SEEDS, false, &mut seen).await;
    assert!(faults.is_empty(), "{} of {SEEDS}: {}", faults.len(), faults[0]);
    assert!(seen.kills >= 500 && seen.stops > 50 && seen.cut_between > 50, "{seen:?}");
    assert!(seen.doubles > 0, "no app was ever so late that a double could not be helped: {seen:?}");
}

/// Eight kills each.
const SEEDS: u64 = 64;

#[tokio::test(start_paused = true)]
async fn the_same_finds_one_that_does_not_look_up() {
    let mut seen = Seen::default();
    let faults = rounds(0..10, true, &mut seen).await;
    assert!(faults.iter().any(|fault| fault.contains("doubled")), "{faults:?}");
}
