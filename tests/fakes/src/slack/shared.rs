//! What the server's tasks share: the state behind a lock that is never held while waiting, and word of every change.

use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use super::post::Client;
use super::state::State;

/// The state, and who must hear of changes.
#[derive(Debug)]
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    /// What calls the bot in HTTP mode.
    pub client: Client,
}

impl Shared {
    pub fn new(state: State) -> Shared {
        Shared { state: Mutex::new(state), changed: watch::Sender::new(0), client: super::post::client() }
    }

    /// Looks, and changes nothing.
    pub fn read<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes something; whoever waits looks again.
    pub fn change<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        let outcome = act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|version| *version += 1);
        outcome
    }

    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
