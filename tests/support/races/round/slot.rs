//! A place for a replica: whoever is killed in it is started again, as another run.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use podwhy_flow::act::actions::Actions;
use podwhy_flow::act::execute::{Acted, Executor, NotNow};
use podwhy_flow::act::record::Phase;
use podwhy_flow::ports::Clock;
use podwhy_kubernetes::LiveCluster;
use tokio::time::sleep;

use super::Round;
use crate::dice::Dice;
use crate::races::lane::People;
use crate::races::life::Life;
use crate::races::ports::{Cluster, Diagnosis, Ledger};
use crate::races::replica::{Parts, Told};

/// So many steps each takes once people have clicked, while things go wrong.
const STEPS: u32 = 8;

/// One run.
pub(super) struct Run {
    pub(super) life: Life,
    pub(super) actions: Actions<LiveCluster>,
    executor: Executor,
}

pub(super) struct Slot<'r> {
    round: &'r Round<'r>,
    pub(super) replica: usize,
    pub(super) lead: Told,
    clock: Clock,
    runs: AtomicU32,
    run: Mutex<Arc<Run>>,
}

impl<'r> Slot<'r> {
    pub(super) fn new(round: &'r Round<'r>, replica: usize, clock: Clock) -> Slot<'r> {
        let lead = Told::default();
        let run = Mutex::new(Arc::new(run(round, replica, 0, &lead, &clock)));
        Slot { round, replica, lead, clock, runs: AtomicU32::new(0), run }
    }

    /// The one that runs here, started again if it was killed.
    pub(super) fn current(&self) -> Arc<Run> {
        let mut own = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        if own.life.is_dead() {
            let number = self.runs.fetch_add(1, Ordering::SeqCst) + 1;
            *own = Arc::new(run(self.round, self.replica, number, &self.lead, &self.clock));
        }
        Arc::clone(&own)
    }

    pub(super) fn revive(&self) {
        drop(self.current());
    }

    /// One step; nothing when it is killed.
    pub(super) async fn step(&self, name: &str) -> Option<Result<Phase, NotNow>> {
        let run = self.current();
        tokio::select! {
            stepped = run.executor.step(name) => Some(stepped),
            () = run.life.died() => None,
        }
    }

    /// As the leader's rounds do it, whenever it believes to be the leader: until it has ended, or [`STEPS`] after people have clicked.
    pub(super) async fn goes_on(&self, clicked: &AtomicBool) {
        let mut dice = Dice::new(u64::from(self.round.number) << 8 | self.replica as u64);
        let mut left = STEPS;
        while left > 0 {
            left -= u32::from(clicked.load(Ordering::SeqCst));
            if self.lead.0.load(Ordering::SeqCst) {
                let stepped = self.step(&self.round.offer.name).await;
                if matches!(stepped, Some(Ok(phase)) if phase.is_over()) {
                    return;
                }
            }
            sleep(Duration::from_millis(dice.below(6))).await;
        }
    }
}

fn run(round: &Round<'_>, replica: usize, number: u32, lead: &Told, clock: &Clock) -> Run {
    let seed = u64::from(round.number) << 16 | (replica as u64) << 8 | u64::from(number);
    let dice = Dice::new(seed ^ round.lane.options.seed.rotate_left(32));
    let life = Life::new(dice, round.harm, &round.tally, &round.time, &round.calm);
    let broken = round.lane.options.broken;
    let cluster = Cluster {
        own: Arc::clone(&round.lane.clusters[replica]),
        life: life.clone(),
        events: Arc::clone(&round.events),
        broken,
    };
    let own = Arc::clone(&round.lane.clusters[replica]);
    let again = Diagnosis { cluster: cluster.clone(), spec: round.spec().clone(), reason: round.reason };
    let ledger = Ledger { own: round.lane.ledgers[replica].clone(), life: life.clone(), broken };
    let parts = Parts {
        acted: Acted { write: Arc::new(cluster), again: Arc::new(again), ..Acted::new(&own) },
        ledger: Arc::new(ledger),
        people: People::users(),
        lead: Arc::new(lead.clone()),
        clock: clock.clone(),
        run: format!("podwhy-{replica}/{number}"),
    };
    Run { life, actions: parts.actions(), executor: parts.executor() }
}
