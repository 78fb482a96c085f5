//! Whether questions come in and answers go out, and if not, why.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known.
#[derive(Debug, Default)]
pub(crate) struct Health {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether Slack has told who the bot is.
    known: bool,
    /// Why it has not.
    unreached: Option<String>,
    /// Slack's word for a bot token it knew before and knows no more.
    token: Option<String>,
    /// Whether sockets are needed at all.
    needs_socket: bool,
    alive: usize,
    /// Why the last socket ended or could not be opened.
    socket: Option<String>,
    stopping: bool,
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn needs_socket(&self) {
        self.state().needs_socket = true;
    }

    pub(crate) fn known(&self) {
        let mut state = self.state();
        (state.known, state.unreached) = (true, None);
    }

    pub(crate) fn unreached(&self, why: String) {
        self.state().unreached = Some(why);
    }

    /// What Slack said of the bot's token: `None` when it took it.
    pub(crate) fn token(&self, refused: Option<&str>) {
        self.state().token = refused.map(str::to_string);
    }

    /// Whether Slack refused the bot's token at the last call.
    pub(crate) fn is_token_refused(&self) -> bool {
        self.state().token.is_some()
    }

    pub(crate) fn socket_alive(&self) {
        self.state().alive += 1;
    }

    pub(crate) fn socket_ended(&self) {
        let mut state = self.state();
        state.alive = state.alive.saturating_sub(1);
    }

    pub(crate) fn socket_failed(&self, why: String) {
        self.state().socket = Some(why);
    }

    pub(crate) fn stopping(&self) {
        self.state().stopping = true;
    }

    /// # Errors
    /// Why not, in one line without secrets.
    pub(crate) fn ready(&self) -> Result<(), String> {
        let state = self.state();
        if state.stopping {
            return Err("Slack: stopping".to_string());
        }
        if let Some(code) = &state.token {
            return Err(format!("Slack refuses the bot token: {code}"));
        }
        if !state.known {
            let why = state.unreached.as_deref().unwrap_or("it has not answered yet");
            return Err(format!("Slack was not reached: {why}"));
        }
        if state.needs_socket && state.alive == 0 {
            let why = state.socket.as_deref().unwrap_or("none is open yet");
            return Err(format!("Slack: no Socket Mode connection is alive: {why}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_and_it_recovers() {
        let health = Health::default();
        health.needs_socket();
        health.unreached("Slack did not answer in time".into());
        assert!(health.ready().unwrap_err().contains("did not answer in time"));
        health.known();
        health.socket_failed("Slack refuses the app token: invalid_auth".into());
        assert!(health.ready().unwrap_err().contains("invalid_auth"));
        health.socket_alive();
        assert_eq!(health.ready(), Ok(()));
        health.token(Some("token_revoked"));
        assert!(health.ready().unwrap_err().contains("token_revoked"));
        health.token(None);
        health.socket_ended();
        assert!(health.ready().is_err());
        health.socket_alive();
        health.stopping();
        assert!(health.ready().unwrap_err().contains("stopping"));
    }
}
