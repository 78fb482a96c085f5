//! A world for tests that forgets, is late, and fails on purpose; the same at every run of a seed.

mod board;
mod lead;
mod ledger;
mod outlet;
mod sample;

pub(crate) use board::{Boarded, FakeBoard, Faults};
pub(crate) use lead::{FakeLead, Office};
pub(crate) use ledger::FakeLedger;
pub(crate) use outlet::FakeOutlet;
pub(crate) use sample::{PlainAnswers, card_text, clock, incident, route, spot, start, two_channels};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Random numbers of a seed (splitmix64, <https://prng.di.unimi.it/splitmix64.c>), shared by all that fails.
#[derive(Clone, Debug)]
pub(crate) struct Dice(Arc<Mutex<u64>>);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(Arc::new(Mutex::new(seed)))
    }

    pub(crate) fn next(&self) -> u64 {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Below this.
    pub(crate) fn below(&self, most: u64) -> u64 {
        self.next() % most.max(1)
    }

    /// Whether something happens that does in so many of a hundred cases.
    pub(crate) fn hits(&self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// Waits for up to so many milliseconds.
    pub(crate) async fn dawdle(&self, most: u64) {
        tokio::time::sleep(Duration::from_millis(self.below(most + 1))).await;
    }
}
