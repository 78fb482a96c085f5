//! What goes wrong on demand.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::shared::Shared;
use super::sockets::{self, Frame};

/// What happens to the next calls of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trick {
    /// Answered with this status; nothing is done.
    Fail(u16),
    /// Answered with 429 and these seconds; nothing is done.
    RateLimit(u64),
    /// Done, but the answer never comes.
    LoseResponse,
    /// Done, and the connection ends before the answer.
    Cut,
}

/// Tricks that were ordered and not yet played.
#[derive(Debug, Default)]
pub(crate) struct Tricks {
    /// How much later than it stands a message is shown to who reads.
    pub late: Duration,
    hanging: BTreeSet<String>,
    next: BTreeMap<String, VecDeque<Trick>>,
}

impl Tricks {
    pub fn hangs(&self, method: &str) -> bool {
        self.hanging.contains(method)
    }

    pub fn take(&mut self, method: &str) -> Option<Trick> {
        self.next.get_mut(method)?.pop_front()
    }
}

/// The switches. A `method` is one of the Web API, or `response_url`, or `upload`.
#[derive(Clone, Debug)]
pub struct Chaos {
    pub(crate) shared: Arc<Shared>,
}

impl Chaos {
    /// From now on the method takes calls and never answers. Nothing is done.
    pub fn hang(&self, method: &str) {
        self.shared.change(|state| state.tricks.hanging.insert(method.to_string()));
    }

    /// [`Chaos::hang`] for `apps.connections.open`: no new socket can be opened.
    pub fn hang_open(&self) {
        self.hang("apps.connections.open");
    }

    /// Calls of the method are answered again; those that hang go on hanging.
    pub fn release(&self, method: &str) {
        self.shared.change(|state| state.tricks.hanging.remove(method));
    }

    /// The next `times` calls are answered with this HTTP status. Nothing is done.
    pub fn fail(&self, method: &str, status: u16, times: usize) {
        self.order(method, Trick::Fail(status), times);
    }

    /// The next `times` calls are answered with 429 and `Retry-After: seconds`. Nothing is done.
    pub fn rate_limit(&self, method: &str, seconds: u64, times: usize) {
        self.order(method, Trick::RateLimit(seconds), times);
    }

    /// The next call is done, but its answer never comes.
    pub fn lose_response(&self, method: &str) {
        self.order(method, Trick::LoseResponse, 1);
    }

    /// The next `times` calls are done, and their connection is cut before it is answered.
    pub fn cut(&self, method: &str, times: usize) {
        self.order(method, Trick::Cut, times);
    }

    /// From now on `conversations.history` and `conversations.replies` show a message only so long after it was posted, as
    /// Slack's own sometimes do. [`State::messages`](super::State::messages) and people see it at once.
    pub fn show_late(&self, by: Duration) {
        self.shared.change(|state| state.tricks.late = by);
    }

    fn order(&self, method: &str, trick: Trick, times: usize) {
        self.shared.change(|state| {
            let tricks = state.tricks.next.entry(method.to_string()).or_default();
            tricks.extend(std::iter::repeat_n(trick, times));
        });
    }

    /// Drops the connections of all open sockets, without a word. What is not acknowledged is sent again.
    pub fn drop_sockets(&self) {
        self.shared.change(|state| state.sockets.end(Frame::Drop));
    }

    /// Sends `disconnect` on all open sockets. For `warning` they stay open 10 s more, for `refresh_requested`,
    /// `link_disabled` and `too_many_websockets` they are closed at once.
    pub fn disconnect(&self, reason: &str) {
        sockets::disconnect(&self.shared, reason);
    }

    /// All open sockets stay open and say no more: nothing they are sent is read, and no ping is answered. Slack does not
    /// notice, so deliveries still go there and are sent again after 3 s.
    pub fn die_silently(&self) {
        self.shared.change(|state| state.sockets.mute());
    }

    /// Revokes a token.
    pub fn revoke(&self, token: &str) {
        self.shared.change(|state| state.revoked.insert(token.to_string()));
    }

    /// The bot is no longer in the channel.
    pub fn kick(&self, channel: &str) {
        self.shared.change(|state| {
            if let Some(room) = state.rooms.get_mut(channel) {
                room.channel.joined = false;
            }
        });
    }
}
