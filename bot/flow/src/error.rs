//! What a person is told when a question cannot be answered.

mod chinese;

use podwhy_knowledge::TargetError;
use podwhy_knowledge::resolve::ResolveError;
use thiserror::Error;

use crate::ask::order::OrderError;
use crate::ports::ClusterError;

/// Shown as it stands: it says what to do next. A fault of podwhy's own is not one of these.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UserError {
    /// The target is not written as one.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target names nothing.
    #[error(transparent)]
    Resolve(#[from] ResolveError),
    /// A cluster was named that is not the one being read.
    #[error("there is no cluster {asked:?} here{}", if known.is_empty() { String::new() } else { format!("; this is {known:?}") })]
    Cluster {
        /// The one that was named.
        asked: String,
        /// The one that is read; empty when it has no name.
        known: String,
    },
    /// The cluster could not be asked.
    #[error(transparent)]
    Unreadable(#[from] ClusterError),
    /// Something is wanted of incidents that cannot be read.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// Anything else a person can mend: the message says how.
    #[error("{0}")]
    Input(String),
}
