//! One round: something is offered, people click at once while replicas come and go, and in the end nothing goes wrong any more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::SignedDuration;
use podwhy_flow::act::record::{Phase, Remediation, Spec, Status};
use podwhy_flow::act::remedy::Remedy;
use podwhy_flow::incident::Button;
use podwhy_flow::ports::{Clock, Remediations};
use tokio::time::sleep;

use super::judge::Told;
use super::lane::Lane;
use super::life::{Harm, Tally};
use super::ports::{Events, Reason};
use super::replica::Broken;
use super::thing;
use super::time::Time;
use crate::dice::Dice;

mod clicks;
mod slot;

pub(super) use clicks::Press;
use clicks::presses;
use slot::Slot;

/// So often the last replica looks until all has to have ended: everything that is waited for takes less.
const LOOKS: usize = 60;

/// A round, with everything that its seed decided.
pub(super) struct Round<'l> {
    pub(super) lane: &'l Lane,
    pub(super) number: u32,
    pub(super) dice: Dice,
    pub(super) time: Time,
    pub(super) calm: Arc<AtomicBool>,
    pub(super) tally: Arc<Tally>,
    pub(super) events: Arc<Events>,
    pub(super) harm: Harm,
    pub(super) reason: Reason,
    pub(super) offer: Remediation,
}

impl<'l> Round<'l> {
    pub(super) async fn new(lane: &'l Lane, number: u32) -> anyhow::Result<Round<'l>> {
        let seed = lane.options.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number));
        let mut dice = Dice::new(seed);
        let (time, calm) = (Time::default(), Arc::new(AtomicBool::new(false)));
        let is_quiet = dice.hits(10);
        let harm = match is_quiet {
            true => Harm::default(),
            // it does harm only to one that is stopped between its beginning and its write
            false if lane.options.broken == Some(Broken::LosesTime) => Harm { stop: 60, ..Harm::default() },
            false => Harm { kill: 2 + dice.below(15), stop: 2 + dice.below(15), lose: 5 + dice.below(20) },
        };
        let reason = match dice.below(100) {
            0..8 => Reason::Always,
            8..12 => Reason::Never,
            _ => Reason::UntilDone,
        };
        let events = Arc::new(Events { goes_blind: dice.hits(30), ..Events::default() });
        let remedy = if dice.hits(50) { Remedy::DeletePod } else { Remedy::RolloutRestart };
        // another run on the same server has another seed
        let own = format!("web-{}-{number}", lane.options.seed);
        let target = thing::make(&lane.server, remedy, &own).await?;
        let spec = thing::offer(remedy, target, 1 + u32::from(dice.hits(60)), time.now());
        let name = format!("{}-{number}", remedy.as_str());
        let (uid, version) = (String::new(), String::new());
        let new = Remediation { name, uid, version, spec, status: Status::default() };
        let offer = lane.ledgers[0].create(&new).await?;
        calm.store(is_quiet, Ordering::SeqCst);
        Ok(Round { lane, number, dice, time, calm, tally: Arc::default(), events, harm, reason, offer })
    }

    pub(super) fn spec(&self) -> &Spec {
        &self.offer.spec
    }

    /// Of the three replicas: no wall clock is right to the second.
    fn clocks(&mut self) -> Vec<Clock> {
        let frozen = self.lane.options.broken == Some(Broken::LosesTime);
        let clock = |_| {
            let off = i64::try_from(self.dice.below(5)).unwrap_or_default() - 2;
            self.time.clock(SignedDuration::from_secs(off), frozen)
        };
        (0..3).map(clock).collect()
    }

    pub(super) async fn run(mut self) -> anyhow::Result<Told> {
        let is_quiet = self.calm.load(Ordering::SeqCst);
        let clocks = self.clocks();
        let presses = presses(&mut self.dice, is_quiet);
        let slots: Vec<Slot<'_>> =
            clocks.into_iter().enumerate().map(|(replica, clock)| Slot::new(&self, replica, clock)).collect();
        slots[0].lead.0.store(true, Ordering::SeqCst);
        let (clicked, over) = (AtomicBool::new(false), AtomicBool::new(false));
        let storm = async {
            let people = async {
                join_all(presses.iter().map(|press| press.by(&self, &slots))).await;
                clicked.store(true, Ordering::SeqCst);
            };
            tokio::join!(people, join_all(slots.iter().map(|slot| slot.goes_on(&clicked))));
            over.store(true, Ordering::SeqCst);
        };
        tokio::join!(storm, self.weather(&slots, &over, is_quiet));
        self.calm.store(true, Ordering::SeqCst);
        let ended = self.ends(&slots).await?;
        let again = self.nothing_more(&slots, &ended).await?;
        self.lane.ledgers[0].remove(&self.offer.name).await?;
        thing::clear(&self.lane.server, self.spec()).await?;
        Ok(Told::new(&self, ended, again, &presses, is_quiet))
    }

    /// Who leads changes, and time goes by, for as long as the storm lasts.
    async fn weather(&self, slots: &[Slot<'_>], over: &AtomicBool, is_quiet: bool) {
        let mut dice = Dice::new(u64::from(self.number) ^ 0x77);
        while !over.load(Ordering::SeqCst) {
            sleep(Duration::from_millis(1 + dice.below(6))).await;
            if is_quiet {
                continue;
            }
            if dice.hits(30) {
                // one mostly, at times all, two or none: a lease is no lock
                let (who, which) = (dice.below(10), dice.below(3) as usize);
                for (place, slot) in slots.iter().enumerate() {
                    let leads = match who {
                        0 | 1 => true,
                        2 | 3 => place != which,
                        4 => false,
                        _ => place == which,
                    };
                    slot.lead.0.store(leads, Ordering::SeqCst);
                }
            }
            if dice.hits(40) {
                let long = if dice.below(500) == 0 { 15 * 60 } else { 1 + dice.below(25) };
                self.time.pass(Duration::from_secs(long)).await;
            }
        }
    }

    /// Nothing goes wrong any more, one leads, and time goes by until it has ended.
    async fn ends(&self, slots: &[Slot<'_>]) -> anyhow::Result<Remediation> {
        for slot in slots {
            slot.lead.0.store(slot.replica == 1, Ordering::SeqCst);
            slot.revive();
        }
        // nobody stands still for longer
        self.time.pass(Duration::from_secs(95)).await;
        let mut one = self.stored().await?;
        for _ in 0..LOOKS {
            if one.status.phase.is_over() {
                break;
            }
            // what it says is no matter: what is stored is
            let _not_now = slots[1].step(&self.offer.name).await;
            one = self.stored().await?;
            let wait = if one.status.phase == Phase::Offered { 16 * 60 } else { 31 };
            if !one.status.phase.is_over() {
                self.time.pass(Duration::from_secs(wait)).await;
            }
        }
        Ok(one)
    }

    async fn stored(&self) -> anyhow::Result<Remediation> {
        let stored = self.lane.ledgers[0].get(&self.offer.name).await?;
        stored.ok_or_else(|| anyhow::anyhow!("{} is gone", self.offer.name))
    }

    /// What is over stays so, whoever leads and clicks: what stands otherwise then.
    async fn nothing_more(
        &self,
        slots: &[Slot<'_>],
        ended: &Remediation,
    ) -> anyhow::Result<Option<Remediation>> {
        for slot in slots {
            slot.lead.0.store(true, Ordering::SeqCst);
            let _over = slot.step(&self.offer.name).await;
        }
        let late =
            Press { person: 2, replica: 2, button: Button::Approve, after: Duration::ZERO, again: false };
        late.by(self, slots).await;
        let stands = self.stored().await?;
        Ok((stands.status != ended.status).then_some(stands))
    }
}
