//! Remediations in this process alone: for the playground and for tests.
//!
//! # When not
//! With more than one replica, or where what was done has to be known after a restart: without the resource, offers are commands only.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, ready};

use super::record::Remediation;
use crate::ports::{LedgerError, Remediations};

/// Keeps remediations in memory.
#[derive(Debug, Default)]
pub struct MemoryRemediations(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Of all that was ever stored: no version and no uid is given twice.
    version: u64,
    stored: BTreeMap<String, Remediation>,
}

impl Inner {
    fn store(&mut self, remediation: Remediation) -> Remediation {
        self.version += 1;
        let stored = Remediation { version: self.version.to_string(), ..remediation };
        self.stored.insert(stored.name.clone(), stored.clone());
        stored
    }

    fn create(&mut self, new: &Remediation) -> Result<Remediation, LedgerError> {
        if self.stored.contains_key(&new.name) {
            return Err(LedgerError::Conflict);
        }
        let uid = format!("uid-{}", self.version + 1);
        Ok(self.store(Remediation { uid, ..new.clone() }))
    }

    /// As the resource does, it takes the status alone.
    fn save(&mut self, changed: &Remediation) -> Result<Remediation, LedgerError> {
        match self.stored.get(&changed.name) {
            Some(stands) if (&stands.uid, &stands.version) == (&changed.uid, &changed.version) => {
                let next = Remediation { status: changed.status.clone(), ..stands.clone() };
                Ok(self.store(next))
            }
            _ => Err(LedgerError::Conflict),
        }
    }
}

impl MemoryRemediations {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // no invariant spans a panic: every change is one insertion
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remediations for MemoryRemediations {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Remediation>, LedgerError>> {
        Box::pin(ready(Ok(self.inner().stored.values().cloned().collect())))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Remediation>, LedgerError>> {
        Box::pin(ready(Ok(self.inner().stored.get(name).cloned())))
    }

    fn create<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        Box::pin(ready(self.inner().create(remediation)))
    }

    fn save<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        Box::pin(ready(self.inner().save(remediation)))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        self.inner().stored.remove(name);
        Box::pin(ready(Ok(())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::machine::testing::remediation;
    use super::super::record::Phase;
    use super::*;

    #[tokio::test]
    async fn a_version_is_saved_once_and_a_name_taken_once() {
        let ledger = MemoryRemediations::default();
        let made = ledger.create(&remediation()).await.unwrap();
        assert_eq!(ledger.create(&remediation()).await, Err(LedgerError::Conflict));
        assert_eq!(ledger.get(&made.name).await, Ok(Some(made.clone())));
        let mut changed = made.clone();
        changed.status.phase = Phase::Declined;
        changed.spec.plan.targets.clear();
        let saved = ledger.save(&changed).await.unwrap();
        assert_eq!(
            (saved.status.phase, &saved.spec),
            (Phase::Declined, &made.spec),
            "an offer never changes"
        );
        assert_eq!(ledger.save(&changed).await, Err(LedgerError::Conflict));
        assert_eq!(ledger.all().await, Ok(vec![saved]));
    }

    #[tokio::test]
    async fn another_of_the_same_name_is_another() {
        let ledger = MemoryRemediations::default();
        let first = ledger.create(&remediation()).await.unwrap();
        ledger.remove(&first.name).await.unwrap();
        ledger.remove(&first.name).await.unwrap();
        assert_eq!(ledger.save(&first).await, Err(LedgerError::Conflict));
        let second = ledger.create(&first).await.unwrap();
        assert_ne!((&first.uid, &first.version), (&second.uid, &second.version));
        assert_eq!(ledger.save(&first).await, Err(LedgerError::Conflict));
    }
}
