//! What goes wrong on purpose.

use std::time::Duration;

use super::FakeDiscord;
use super::route::Route;

/// A fault that waits for its calls.
#[derive(Clone, Debug)]
struct Fault {
    /// `None`: any.
    route: Option<Route>,
    what: What,
    /// How many calls; `None`: until it is mended.
    left: Option<usize>,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What {
    Hang,
    Fail(u16),
    RateLimit { after: Duration, global: bool },
    LoseResponse,
}

/// What goes wrong on purpose.
#[derive(Debug, Default)]
pub(super) struct Chaos {
    faults: Vec<Fault>,
    /// Whether the gateways say nothing more, though their sockets stay open.
    pub(super) silent: bool,
    /// Whether tokens given so far are taken for dead, up to this interaction.
    pub(super) dead_until: Option<u64>,
}

impl Chaos {
    /// What is in store for a call of this route.
    pub(super) fn strike(&mut self, route: Option<Route>) -> Option<What> {
        let place = self.faults.iter().position(|f| f.route.is_none() || f.route == route)?;
        let fault = self.faults.get_mut(place)?;
        let what = fault.what;
        if let Some(left) = &mut fault.left {
            *left -= 1;
            if *left == 0 {
                self.faults.remove(place);
            }
        }
        Some(what)
    }
}

impl FakeDiscord {
    fn fault(&self, route: Option<Route>, what: What, left: Option<usize>) {
        if left != Some(0) {
            self.shared.change(|state| state.chaos.faults.push(Fault { route, what, left }));
        }
    }

    /// Calls of this route (`None`: every) are taken in and neither done nor answered, until [`mend`](Self::mend). Those that
    /// hang by then are never answered.
    pub fn hang(&self, route: impl Into<Option<Route>>) {
        self.fault(route.into(), What::Hang, None);
    }

    /// The next `times` calls of this route are not done, and answered with this status.
    pub fn fail(&self, route: impl Into<Option<Route>>, status: u16, times: usize) {
        self.fault(route.into(), What::Fail(status), Some(times));
    }

    /// The next `times` calls of this route are not done, and told to wait that long. A call of the same bucket before that is
    /// told so again, and is a violation of [`Rule::Early`](super::Rule::Early).
    pub fn rate_limit(&self, route: impl Into<Option<Route>>, retry_after: Duration, times: usize) {
        self.fault(route.into(), What::RateLimit { after: retry_after, global: false }, Some(times));
    }

    /// The same, for the whole bot: every route but those of interactions has to wait.
    pub fn rate_limit_all(&self, retry_after: Duration) {
        self.fault(None, What::RateLimit { after: retry_after, global: true }, Some(1));
    }

    /// The next call of this route is done, but its answer never arrives: the connection ends.
    pub fn lose_response(&self, route: impl Into<Option<Route>>) {
        self.fault(route.into(), What::LoseResponse, Some(1));
    }

    /// No nonce that was sent so far is known any more, as after some minutes; for tests that cannot jump the clock.
    pub fn forget_nonces(&self) {
        self.shared.change(|state| state.messages.values_mut().for_each(|message| message.nonce = None));
    }

    /// Takes back what is in store for calls, and lets the gateways speak again.
    pub fn mend(&self) {
        self.shared.change(|state| {
            state.chaos.faults.clear();
            state.chaos.silent = false;
        });
    }

    /// Every token given to an interaction so far is dead, as after 15 minutes; for tests that cannot jump the clock.
    pub fn expire_tokens(&self) {
        self.shared.change(|state| {
            state.chaos.dead_until = state.interactions.keys().next_back().copied();
        });
    }

    /// Every gateway connection breaks without a word. Its session can be resumed.
    pub fn drop_gateways(&self) {
        self.shared.change(|state| state.gateways.hang_up(None));
    }

    /// Every gateway connection is closed with this [code]. After those that say so the session cannot be resumed.
    ///
    /// [code]: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
    pub fn close(&self, code: u16) {
        self.shared.change(|state| state.gateways.hang_up(Some(code)));
    }

    /// Every client is asked to reconnect and resume: op 7.
    pub fn ask_to_reconnect(&self) {
        self.shared.change(|state| state.gateways.ask_to_reconnect());
    }

    /// Every session is called invalid: op 9.
    pub fn invalidate_sessions(&self, resumable: bool) {
        self.shared.change(|state| state.gateways.invalidate(resumable));
    }

    /// The gateways' sockets stay open, but nothing more is said on them, not even that a heartbeat was heard, until
    /// [`mend`](Self::mend). What is dispatched meanwhile comes with a resumption.
    pub fn silence_gateways(&self) {
        self.shared.change(|state| state.chaos.silent = true);
    }
}
