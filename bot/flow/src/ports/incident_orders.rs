//! What people want of incidents, as they type it.

use std::fmt::Debug;

use futures::future::BoxFuture;

use crate::ask::order::Order;
use crate::chat::Asker;
use crate::incident::reach::Reach;

/// An order as it is to be obeyed: cluster and namespace are named where it is about any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// What is wanted.
    pub order: Order,
    /// Who wants it, and in which channel.
    pub asker: Asker,
    /// In whose thread it was said: the app's id of the thread's first message.
    pub thread: Option<String>,
    /// What may be read there, by this person.
    pub reach: Reach,
    /// The incident it is about, where that is known.
    pub incident: Option<String>,
}

/// Does what people want of incidents.
///
/// # Caveats
/// Obeyed twice, an order does the same as once, but that a mute lasts from the second time on. Whether this person may say it
/// is decided here; what they may read was asked before. It takes as long as the ledger does: the caller gives it a time.
pub trait IncidentOrders: Send + Sync + Debug {
    /// Does it, and says what was done: who, what, until when; for everyone in the channel to read.
    ///
    /// # Errors
    /// Why not, and what to do; for the one who said it.
    fn obey(&self, ordered: Ordered) -> BoxFuture<'_, Result<String, String>>;

    /// Whether something may be done there about one of these causes. Makes no request: what it is, is looked for when somebody asks.
    fn fixes(&self, _cluster: &str, _namespace: &str, _causes: &[&str]) -> bool {
        false
    }
}
