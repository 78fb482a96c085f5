//! Makes the chats show what the ledger says, each message once.
//!
//! The ledger knows of every message before it is posted: first the attempt is stored, then the message is posted, then its id
//! is stored. Whoever finds an attempt without an id (after a restart, a lost answer, another leader) looks for the message
//! before it is posted again. A message that was posted or found in doubt keeps its attempt beside its id until it was looked
//! for once more, so that a double is found and taken away also by the next leader.
//!
//! - [`options`]: how patient it is.
//! - `told`, `plan`: what is wanted, and what is to be done next. Pure.
//! - `memory`: what is remembered of a message between two steps; `waiting`: what does not stand yet.
//! - `post`, `receipt`, `look`, `edit`: the steps; `call`: whom the first message calls.
//!
//! Everything runs in the one task that calls [`Keeper::run`], and may be dropped at any point: nothing goes on behind it.

mod call;
mod edit;
mod look;
mod memory;
pub mod options;
mod plan;
mod post;
mod receipt;
mod told;
mod waiting;

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use futures::{FutureExt, StreamExt};
use jiff::{SignedDuration, Timestamp};
use tokio::time::{Instant, sleep, sleep_until, timeout};

use self::memory::{Key, Memory, Outcome};
pub use self::options::Options;
use self::plan::{Act, Lane, Plan, Planning, Step};
use self::told::Told;
use self::waiting::Waiting;
use super::answers::Answers;
use super::counts::Counts;
use super::policy::{Policy, Spot};
use super::store::Store;
use super::wanted::Says;
use crate::ports::{Board, Clock, Lead};

/// So often it asks whether it leads, and whether a mute is over.
const IDLE: Duration = Duration::from_millis(500);

/// Steps under way are finished before it stops, unless they take longer.
const FINISH: Duration = Duration::from_secs(5);

/// So many answers are asked for at once.
const ASKED: usize = 4;

/// Keeps the chats as the incidents are.
#[derive(Debug)]
pub struct Keeper {
    store: Arc<Store>,
    boards: Vec<Arc<dyn Board>>,
    lead: Arc<dyn Lead>,
    answers: Arc<dyn Answers>,
    policy: Arc<Policy>,
    clock: Clock,
    options: Options,
}

/// What is under way.
#[derive(Debug, Default)]
struct Running {
    memories: HashMap<Key, Memory>,
    told: Told,
    waiting: Waiting,
    busy: HashSet<Key>,
    /// Whose step is under way in each.
    busy_lanes: HashMap<(Spot, Lane), String>,
    asked: usize,
}

type Steps<'k> = FuturesUnordered<BoxFuture<'k, (Step, Outcome)>>;

impl Keeper {
    /// Over a store that others write through, too. A channel of an app without a board is not told.
    pub fn new(
        store: Arc<Store>,
        boards: Vec<Arc<dyn Board>>,
        lead: Arc<dyn Lead>,
        answers: Arc<dyn Answers>,
        policy: Arc<Policy>,
        clock: Clock,
        options: Options,
    ) -> Keeper {
        Keeper { store, boards, lead, answers, policy, clock, options }
    }

    /// Keeps on until `stop`; then what is under way is finished, for a few seconds at most. Wherever it is dropped instead,
    /// another run takes up where it was.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let kept = self.keep(stop);
        tokio::select! {
            // always in one order, so that a test's run of a seed is the same every time
            biased;
            () = kept => {}
            () = self.refresh() => {}
            () = self.call_out() => {}
        }
    }

    /// Reads the incidents anew from time to time; does not end.
    async fn refresh(&self) {
        loop {
            if let Err(error) = self.store.load().await {
                tracing::warn!(%error, "the incidents could not be read; those known are kept as they are");
            }
            sleep(self.options.refresh).await;
        }
    }

    async fn keep(&self, stop: impl Future<Output = ()>) {
        let mut running = Running::default();
        let mut steps: Steps<'_> = FuturesUnordered::new();
        let mut changes = self.store.changes();
        let mut stop = pin!(stop);
        loop {
            changes.mark_unchanged();
            let wake = self.begin(&mut running, &mut steps);
            tokio::select! {
                biased;
                () = &mut stop => break,
                Some((step, outcome)) = steps.next(), if !steps.is_empty() => {
                    running.end(&step, outcome, &self.options);
                }
                // the store lives as long as this does
                _ = changes.changed() => {}
                () = sleep_until(wake) => {}
            }
        }
        // what is cut off is looked up by the next who leads
        let _finished = timeout(FINISH, steps.for_each(|_| async {})).await;
    }

    /// Begins every step that is ready; when to come again at the latest.
    fn begin<'k>(&'k self, running: &mut Running, steps: &mut Steps<'k>) -> Instant {
        let now = Instant::now();
        if !self.lead.leads() {
            // another may do anything meanwhile: what is remembered is worth nothing
            running.memories.clear();
            running.waiting = Waiting::default();
            self.counts().queue.set(0, None);
            return now + IDLE;
        }
        let incidents = self.store.incidents();
        let planning = Planning {
            policy: &self.policy,
            options: &self.options,
            memories: &mut running.memories,
            told: &mut running.told,
            waiting: &mut running.waiting,
            busy: &running.busy,
            now,
            at: self.clock.now(),
        };
        let Plan { ready, next, waiting: (waiting, oldest), lost } = planning.plan(&incidents);
        self.counts().queue.set(waiting, oldest);
        for Key { incident, to, .. } in lost {
            self.counts().drops.add();
            tracing::error!(
                incident,
                channel = to.told(),
                "an incident was never told in a channel, and will not be"
            );
        }
        for step in ready {
            let lane = step.act.lane().map(|lane| (step.key.to.clone(), lane));
            let has_room = match &lane {
                None => running.asked < ASKED,
                Some(lane) => !running.busy_lanes.contains_key(lane) && !running.is_at(&step.key),
            };
            if !has_room || self.board(&step.key.to).is_none() {
                continue;
            }
            running.busy.insert(step.key.clone());
            match lane {
                None => running.asked += 1,
                Some(lane) => _ = running.busy_lanes.insert(lane, step.key.incident.clone()),
            }
            let memory = running.memories.entry(step.key.clone()).or_default();
            let says = match (&step.says, &memory.answer) {
                (Says::Answer(_), Some(reply)) => {
                    Says::Body(Box::new(super::card::Body::Answer(reply.clone())))
                }
                (says, _) => says.clone(),
            };
            let is_doubtful = memory.is_doubtful;
            steps.push(self.step(Step { says, ..step }, is_doubtful).boxed());
        }
        next.map_or(now + IDLE, |next| next.min(now + IDLE))
    }

    async fn step(&self, step: Step, is_doubtful: bool) -> (Step, Outcome) {
        // asked again before whatever cannot be taken back
        let outcome = match &step.act {
            _ if !self.lead.leads() => Outcome::NotLeading,
            Act::Ask => self.ask(&step).await,
            Act::Post { attempted, is_first } => self.post(&step, *attempted, *is_first, is_doubtful).await,
            Act::LookUp { attempted } => self.look_up(&step, *attempted).await,
            Act::Forget { attempted } => self.forget(&step, *attempted).await,
            Act::Check { attempted, message } => self.check(&step, *attempted, message).await,
            Act::Edit { message, is_last, .. } => self.edit(&step, message, *is_last).await,
        };
        (step, outcome)
    }

    fn board(&self, to: &Spot) -> Option<&dyn Board> {
        self.boards.iter().find(|board| board.platform() == to.platform).map(Arc::as_ref)
    }

    fn counts(&self) -> &Counts {
        self.store.counts()
    }

    /// A time for an attempt that no other attempt has, whoever makes it: by it its own is told from another's.
    fn stamp(&self) -> Timestamp {
        // every RandomState has keys of its own
        let own = RandomState::new().hash_one(0_u8) % 1_000_000;
        let nanoseconds = i64::try_from(own).unwrap_or_default();
        let now = self.clock.now();
        now.checked_add(SignedDuration::from_nanos(nanoseconds)).unwrap_or(now)
    }
}

impl Running {
    /// Whether a step of the same incident is under way in the same channel: one waits for what the other writes down.
    fn is_at(&self, key: &Key) -> bool {
        self.busy_lanes.iter().any(|((to, _), incident)| *to == key.to && *incident == key.incident)
    }

    fn end(&mut self, step: &Step, outcome: Outcome, options: &Options) {
        self.busy.remove(&step.key);
        match step.act.lane() {
            None => self.asked = self.asked.saturating_sub(1),
            Some(lane) => _ = self.busy_lanes.remove(&(step.key.to.clone(), lane)),
        }
        let memory = self.memories.entry(step.key.clone()).or_default();
        memory.learn(outcome, Instant::now(), options);
    }
}

#[cfg(test)]
mod tests;
