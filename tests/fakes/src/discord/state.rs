//! All that the fake knows, behind one lock, and the notice that something changed.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::buckets::Buckets;
use super::chaos::Chaos;
use super::clock::Clock;
use super::commands::Commands;
use super::interaction::Interaction;
use super::message::Message;
use super::observe::{Callback, Request};
use super::session::Gateways;
use super::setup::Setup;
use super::violations::{Rule, Violation};
use super::world::World;

/// All that the fake knows. Tests read it by [`FakeDiscord::look`](super::FakeDiscord::look) and
/// [`wait_for`](super::FakeDiscord::wait_for).
#[derive(Debug)]
pub struct State {
    pub(super) clock: Clock,
    pub(super) world: World,
    pub(super) messages: BTreeMap<u64, Message>,
    pub(super) interactions: BTreeMap<u64, Interaction>,
    pub(super) commands: Commands,
    pub(super) gateways: Gateways,
    pub(super) requests: Vec<Request>,
    pub(super) callbacks: Vec<Callback>,
    pub(super) violations: Vec<Violation>,
    pub(super) chaos: Chaos,
    pub(super) buckets: Buckets,
}

impl State {
    pub(super) fn new(setup: &Setup) -> State {
        State {
            clock: Clock::new(),
            world: World::new(setup),
            messages: BTreeMap::new(),
            interactions: BTreeMap::new(),
            commands: Commands::default(),
            gateways: Gateways::new(setup),
            requests: Vec::new(),
            callbacks: Vec::new(),
            violations: Vec::new(),
            chaos: Chaos::default(),
            buckets: Buckets::new(setup.rate_limits),
        }
    }

    pub(super) fn violate(&mut self, rule: Rule, client: &str, detail: impl Into<String>) {
        self.violations.push(Violation { rule, client: client.to_string(), detail: detail.into() });
    }
}

/// The state, shared by the servers and the test.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    version: watch::Sender<u64>,
}

impl Shared {
    pub(super) fn new(setup: &Setup) -> Shared {
        Shared { state: Mutex::new(State::new(setup)), version: watch::Sender::new(0) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // a test that panicked while it looked has changed nothing
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.lock())
    }

    /// Changes the state and tells those who wait.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.version.send_modify(|version| *version += 1);
        done
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.version.subscribe()
    }
}
