//! Who answers, where several copies of podwhy may be given the same question.

use std::fmt::Debug;

use futures::future::BoxFuture;
use thiserror::Error;

/// A place where the first to name something has it.
pub trait Claims: Send + Sync + Debug {
    /// Whether this call is the first to claim `what` (an app's id of a delivery): then, and only then, it is answered.
    ///
    /// # Errors
    /// [`ClaimError`] when nobody could be asked: whether another copy has it is not known, and it must not be answered.
    fn claim<'a>(&'a self, what: &'a str) -> BoxFuture<'a, Result<bool, ClaimError>>;
}

/// Nobody could be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("this question could not be claimed among podwhy's replicas: {0}")]
pub struct ClaimError(pub String);
