//! A ledger in this process alone: for one replica, where the cluster knows no incidents, and for the playground.
//!
//! # When not
//! What is in it ends with the process: after a restart an open incident is told again, in a thread of its own.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::{BoxFuture, ready};

use super::record::Incident;
use crate::ports::{Ledger, LedgerError};

/// Keeps incidents in memory.
#[derive(Debug, Default)]
pub struct MemoryLedger(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    version: u64,
    incidents: BTreeMap<String, Incident>,
}

impl Inner {
    fn store(&mut self, incident: &Incident) -> Incident {
        self.version += 1;
        let stored = Incident { version: self.version.to_string(), ..incident.clone() };
        self.incidents.insert(stored.name.clone(), stored.clone());
        stored
    }
}

impl MemoryLedger {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        // no invariant spans a panic: every change is one insertion
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn save_now(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let mut inner = self.inner();
        match inner.incidents.get(&incident.name) {
            Some(stored) if stored.version == incident.version => Ok(inner.store(incident)),
            _ => Err(LedgerError::Conflict),
        }
    }

    fn create_now(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let mut inner = self.inner();
        if inner.incidents.contains_key(&incident.name) {
            return Err(LedgerError::Conflict);
        }
        Ok(inner.store(incident))
    }
}

impl Ledger for MemoryLedger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>> {
        Box::pin(ready(Ok(self.inner().incidents.values().cloned().collect())))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Incident>, LedgerError>> {
        Box::pin(ready(Ok(self.inner().incidents.get(name).cloned())))
    }

    fn create<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(ready(self.create_now(incident)))
    }

    fn save<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(ready(self.save_now(incident)))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        self.inner().incidents.remove(name);
        Box::pin(ready(Ok(())))
    }
}
