//! What acts on the node.

use futures::future::BoxFuture;
use podwhy_api::report::Unit;
use podwhy_api::ticket::{Action, Order, Phase};

/// How an order ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// One that is over.
    pub phase: Phase,
    /// Why, as a word.
    pub reason: String,
    /// The same in a sentence.
    pub message: String,
    /// The unit as it was before.
    pub before: Option<Unit>,
    /// And after.
    pub after: Option<Unit>,
    /// Its last lines, where it did not start.
    pub lines: Vec<String>,
}

impl Ended {
    /// Without a unit.
    pub fn new(phase: Phase, reason: &str, message: impl ToString) -> Ended {
        Ended {
            phase,
            reason: reason.to_string(),
            message: message.to_string(),
            before: None,
            after: None,
            lines: Vec::new(),
        }
    }
}

/// Restarts units, and removes images.
pub trait Hands: Send + Sync {
    /// The unit that an action restarts, as it is now; `None` where it restarts none.
    ///
    /// # Errors
    /// Why the action cannot be done here: nothing is begun then.
    fn before(&self, action: Action) -> BoxFuture<'_, Result<Option<Unit>, String>>;

    /// The unit of this name as it is now, where that can be read.
    fn now<'a>(&'a self, unit: &'a str) -> BoxFuture<'a, Option<Unit>>;

    /// Does what is ordered, once.
    fn act<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Ended>;
}
