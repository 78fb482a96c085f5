//! A chat app's channels, as far as incidents are shown in them.

use std::fmt::Debug;

use futures::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

use crate::chat::Platform;
use crate::incident::Body;

/// Where a message of an incident goes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The channel's id.
    pub channel: String,
    /// The app's id of the first message of the thread it goes into.
    pub thread: Option<String>,
    /// The message's own id, the same at every try: at most 60 letters, digits and `-`.
    pub id: String,
}

/// Posts, edits and finds messages of incidents in one app.
///
/// # Caveats
/// A call waits as long as the app asks for. A message is never posted twice by one call.
pub trait Board: Send + Sync + Debug {
    /// Which app.
    fn platform(&self) -> Platform;

    /// Posts a message; its id in the app. Where the app can refuse a second message of the same id (Discord's nonce) it is
    /// asked to.
    ///
    /// # Errors
    /// [`BoardError::Unclear`] when it may stand nevertheless: it is to be looked for before it is posted again.
    fn post<'a>(&'a self, place: &'a Place, body: &'a Body) -> BoxFuture<'a, Result<String, BoardError>>;

    /// Edits a message.
    ///
    /// # Errors
    /// [`BoardError::Gone`] when somebody took it away.
    fn edit<'a>(
        &'a self,
        place: &'a Place,
        message: &'a str,
        body: &'a Body,
    ) -> BoxFuture<'a, Result<(), BoardError>>;

    /// Every message of this id in the channel or thread since a time, the oldest first.
    ///
    /// # Errors
    /// [`BoardError`] when it is not known.
    fn find<'a>(
        &'a self,
        place: &'a Place,
        since: Timestamp,
    ) -> BoxFuture<'a, Result<Vec<String>, BoardError>>;

    /// Takes a message away, a double; one that is not there is no error.
    ///
    /// # Errors
    /// [`BoardError`]
    fn remove<'a>(&'a self, place: &'a Place, message: &'a str) -> BoxFuture<'a, Result<(), BoardError>>;

    /// A link to a message; `None` where none is known without asking.
    fn link(&self, _place: &Place, _message: &str) -> Option<String> {
        None
    }
}

/// Why a message was not posted, edited or found.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BoardError {
    /// It is not known whether the app did it.
    #[error("it is not known whether it was done: {0}")]
    Unclear(String),
    /// The app did not do it, and may later.
    #[error("not now: {0}")]
    Later(String),
    /// The message is not there any more.
    #[error("the message is gone")]
    Gone,
    /// The app will not: no such channel, no right, no member.
    #[error("the app refuses: {0}")]
    Refused(String),
}
