//! Whether the bot can be reached by people.

use std::sync::{Mutex, PoisonError};

use crate::metrics::Metrics;

/// What is wrong, if anything.
pub(crate) struct Health {
    state: Mutex<State>,
    metrics: Metrics,
}

struct State {
    gateway: Result<(), String>,
    commands: Result<(), String>,
}

impl Health {
    pub(crate) fn new(metrics: Metrics) -> Health {
        let gateway = Err("not connected to Discord's gateway yet".to_string());
        let commands = Err("the commands are not registered yet".to_string());
        Health { state: Mutex::new(State { gateway, commands }), metrics }
    }

    pub(crate) fn gateway(&self, is: Result<(), String>) {
        self.metrics.connected(is.is_ok());
        self.state.lock().unwrap_or_else(PoisonError::into_inner).gateway = is;
    }

    pub(crate) fn registered(&self, are: Result<(), String>) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).commands = are;
    }

    /// # Errors
    /// What is wrong.
    pub(crate) fn ready(&self) -> Result<(), String> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.gateway.clone()?;
        state.commands.clone()
    }
}
