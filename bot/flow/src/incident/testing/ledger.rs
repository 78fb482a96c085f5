//! A ledger that meets others' writes, loses answers, and is away for a while.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use tokio::time::{Duration, Instant};

use super::Dice;
use crate::incident::Incident;
use crate::ports::{Ledger, LedgerError};

/// In memory.
#[derive(Clone, Debug)]
pub(crate) struct FakeLedger {
    dice: Dice,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    incidents: BTreeMap<String, Incident>,
    version: u64,
    writes: u64,
    lost: u64,
    away_until: Option<Instant>,
}

impl FakeLedger {
    pub(crate) fn new(dice: Dice) -> FakeLedger {
        FakeLedger { dice, inner: Arc::default() }
    }

    /// In so many of a hundred calls nothing is answered, be it done or not.
    pub(crate) fn lose(&self, percent: u64) {
        self.lock().lost = percent;
    }

    /// Answers nothing for so long.
    pub(crate) fn away(&self, lasting: Duration) {
        self.lock().away_until = Some(Instant::now() + lasting);
    }

    pub(crate) fn writes(&self) -> u64 {
        self.lock().writes
    }

    /// What stands.
    pub(crate) fn incidents(&self) -> Vec<Incident> {
        self.lock().incidents.values().cloned().collect()
    }

    /// As another writer does, at once.
    pub(crate) fn change(&self, name: &str, change: impl FnOnce(&mut Incident)) {
        let mut inner = self.lock();
        inner.version += 1;
        let version = inner.version.to_string();
        if let Some(incident) = inner.incidents.get_mut(name) {
            change(incident);
            incident.version = version;
        }
    }

    /// Puts one there, at once.
    pub(crate) fn put(&self, incident: Incident) {
        self.lock().incidents.insert(incident.name.clone(), incident.clone());
        self.change(&incident.name, |_| {});
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was sent arrives, although the sender may be gone by then.
    async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Inner) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let ledger = self.clone();
        tokio::spawn(async move { ledger.arrived(work).await }).await.unwrap()
    }

    async fn arrived<T>(
        &self,
        work: impl FnOnce(&mut Inner) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.dice.dawdle(20).await;
        let lost = LedgerError::Unclear("no answer".to_string());
        let (is_away, percent) = {
            let inner = self.lock();
            (inner.away_until.is_some_and(|until| Instant::now() < until), inner.lost)
        };
        if is_away || self.dice.hits(percent / 2) {
            return Err(lost);
        }
        let done = work(&mut self.lock());
        self.dice.dawdle(20).await;
        if self.dice.hits(percent / 2) { Err(lost) } else { done }
    }
}

impl Inner {
    fn store(&mut self, incident: &Incident) -> Incident {
        self.version += 1;
        self.writes += 1;
        let stored = Incident { version: self.version.to_string(), ..incident.clone() };
        self.incidents.insert(stored.name.clone(), stored.clone());
        stored
    }
}

impl Ledger for FakeLedger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>> {
        Box::pin(self.call(|inner| Ok(inner.incidents.values().cloned().collect())))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Incident>, LedgerError>> {
        let name = name.to_string();
        Box::pin(self.call(move |inner| Ok(inner.incidents.get(&name).cloned())))
    }

    fn create<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        let incident = incident.clone();
        Box::pin(self.call(move |inner| match inner.incidents.contains_key(&incident.name) {
            true => Err(LedgerError::Conflict),
            false => Ok(inner.store(&incident)),
        }))
    }

    fn save<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        let incident = incident.clone();
        Box::pin(self.call(move |inner| match inner.incidents.get(&incident.name) {
            Some(own) if own.version == incident.version => Ok(inner.store(&incident)),
            _ => Err(LedgerError::Conflict),
        }))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        let name = name.to_string();
        Box::pin(self.call(move |inner| {
            inner.incidents.remove(&name);
            Ok(())
        }))
    }
}
