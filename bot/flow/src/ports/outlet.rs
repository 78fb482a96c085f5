//! Receivers outside the chats, which are told what becomes of incidents.

use std::fmt::Debug;
use std::time::Duration;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::incident::Notice;

/// One receiver.
///
/// # Caveats
/// A notice is sent again when its outcome is not known, with the same id: the receiver has to take it as the same. A call has a
/// timeout of its own and is tried once; the courier says when again.
pub trait Outlet: Send + Sync + Debug {
    /// Sends a notice; returns once the receiver has said that it has it.
    ///
    /// # Errors
    /// [`OutletError`]; its words hold no credential.
    fn send<'a>(&'a self, notice: &'a Notice) -> BoxFuture<'a, Result<(), OutletError>>;
}

/// Why a notice was not taken, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OutletError {
    /// It may be taken later; it may even have been taken now.
    #[error("not now: {why}")]
    Later {
        /// Why.
        why: String,
        /// How long the receiver asks to be left alone.
        after: Option<Duration>,
    },
    /// It never will be.
    #[error("refused: {0}")]
    Refused(String),
}
