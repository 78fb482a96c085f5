//! Where incidents are kept.

use std::fmt::Debug;

use futures::future::BoxFuture;
use thiserror::Error;

use crate::incident::Incident;

/// Keeps incidents. Only one of two writers of the same version succeeds.
///
/// # Caveats
/// Every call has a timeout. A write whose answer was lost may have been made: the caller reads again before it repeats one.
pub trait Ledger: Send + Sync + Debug {
    /// Every incident.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>>;

    /// One of them; `None` where there is none of this name.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Incident>, LedgerError>>;

    /// Stores a new one, with its status; as it stands then.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when there is one of this name.
    fn create<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>>;

    /// Stores the status of one that was read at this version; as it stands then.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when it was changed or taken away meanwhile.
    fn save<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>>;

    /// Takes one away; one that is not there is no error.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>>;
}

/// Why a ledger, of incidents or of remediations, was not read or written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LedgerError {
    /// There is one of this name already, or it was changed meanwhile.
    #[error("it was changed meanwhile")]
    Conflict,
    /// The cluster does not know the resource: its definition is not installed.
    #[error("podwhy's resource is not installed")]
    NotInstalled,
    /// No answer: a write may or may not have been made.
    #[error("the ledger does not answer: {0}")]
    Unclear(String),
    /// Nobody lets podwhy read or write: a right is missing, or a quota is used up.
    #[error("the ledger may not be used: {0}")]
    Forbidden(String),
    /// The ledger will not take it.
    #[error("the ledger refuses: {0}")]
    Refused(String),
}
