//! Where remediations are kept.

use std::fmt::Debug;

use futures::future::BoxFuture;

use super::LedgerError;
use crate::act::record::Remediation;

/// Keeps remediations. Only one of two writers of the same version succeeds.
///
/// # Caveats
/// Every call has a timeout. A write whose answer was lost may have been made: the caller reads again before it repeats one.
pub trait Remediations: Send + Sync + Debug {
    /// Every one.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn all(&self) -> BoxFuture<'_, Result<Vec<Remediation>, LedgerError>>;

    /// One of them; `None` where there is none of this name.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Remediation>, LedgerError>>;

    /// Stores a new one; as it stands then, with the uid it was given.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when there is one of this name.
    fn create<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>>;

    /// Stores the status of one that was read with this uid at this version; as it stands then.
    ///
    /// # Errors
    /// [`LedgerError::Conflict`] when it was changed or taken away meanwhile, or another of its name is there.
    fn save<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>>;

    /// Takes one away; one that is not there is no error.
    ///
    /// # Errors
    /// [`LedgerError`]
    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>>;
}
