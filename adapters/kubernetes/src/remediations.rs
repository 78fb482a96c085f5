//! Remediations as custom resources: `kubectl get remediations` is the record of what was done, and who agreed.
//!
//! They are made and saved as Incidents are ([`IncidentLedger`](crate::IncidentLedger)): by version and uid, never repeated. What has
//! happened is also told as Kubernetes events, which `kubectl describe` shows; an event that cannot be written is told at the next save,
//! and delays nothing: a write has a deadline.

mod event;
mod object;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use podwhy_flow::act::record::Remediation;
use podwhy_flow::ports::{LedgerError, Remediations};

use crate::connect::LiveCluster;
use crate::request::{Fail, Requests};
use crate::resource::{Resource, text, why};
use crate::rights::OF_REMEDIATIONS;
use crate::server::{Guard, Seen};

/// Remediations in one namespace of one cluster.
///
/// # Caveats
/// It needs the CustomResourceDefinition of `deploy/crds/remediations.yaml` and the policies of `deploy/policies/remediations.yaml`
/// (Kubernetes 1.30 or newer), and the rights of [`Need::Act`](crate::rights::Need::Act).
#[derive(Clone, Debug)]
pub struct RemediationLedger {
    remediations: Resource,
    incidents: Resource,
    /// This replica, as events name it.
    instance: String,
    /// How many events of each that goes on are written, by uid.
    told: Arc<Mutex<BTreeMap<String, usize>>>,
    guarded: Seen,
}

impl RemediationLedger {
    /// In podwhy's own namespace of its home cluster; `instance` is this replica's name.
    pub fn new(home: &LiveCluster, namespace: &str, instance: &str) -> RemediationLedger {
        RemediationLedger::over(home.requests.clone(), namespace, instance)
    }

    fn over(requests: Requests, namespace: &str, instance: &str) -> RemediationLedger {
        RemediationLedger {
            remediations: Resource::new(requests.clone(), namespace, "remediations"),
            incidents: Resource::new(requests, namespace, "incidents"),
            instance: instance.to_string(),
            told: Arc::default(),
            guarded: Seen::default(),
        }
    }

    /// What anybody could write is no record of who agreed: nothing is offered before the policies were seen.
    async fn guarded(&self) -> Result<(), LedgerError> {
        match self.guarded.look(&self.remediations.requests, &OF_REMEDIATIONS).await {
            Ok(Guard::Stands) => Ok(()),
            Ok(Guard::Missing(lacking)) => Err(LedgerError::Refused(lacking.to_string())),
            Err(fail) => Err(why(fail)),
        }
    }

    async fn read(&self, name: &str) -> Result<Option<Remediation>, LedgerError> {
        let found = self.remediations.get(name).await?;
        found.map(object::remediation).transpose().map_err(LedgerError::Refused)
    }

    async fn make(&self, new: &Remediation) -> Result<Remediation, LedgerError> {
        self.guarded().await?;
        let owner = self.owner(new).await?;
        let namespace = &self.remediations.namespace;
        let object = object::without_status(new, namespace, owner).map_err(LedgerError::Refused)?;
        let made = self.remediations.post(&object).await?;
        let (uid, version) = (text(&made, "/metadata/uid"), text(&made, "/metadata/resourceVersion"));
        self.write(&Remediation { uid, version, ..new.clone() }).await
    }

    /// The uid of its incident: with it goes what was offered for it. `None` where there is none, or no longer.
    async fn owner(&self, new: &Remediation) -> Result<Option<String>, LedgerError> {
        let Some(incident) = &new.spec.incident else { return Ok(None) };
        match self.incidents.get(incident).await {
            Ok(found) => Ok(found.map(|found| text(&found, "/metadata/uid"))),
            Err(LedgerError::NotInstalled) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn write(&self, changed: &Remediation) -> Result<Remediation, LedgerError> {
        let namespace = &self.remediations.namespace;
        let object = object::with_status(changed, namespace).map_err(LedgerError::Refused)?;
        let stored = self.remediations.put_status(&changed.name, &object).await?;
        let stored = object::remediation(stored).map_err(LedgerError::Unclear)?;
        let (ledger, told) = (self.clone(), stored.clone());
        tokio::spawn(async move { ledger.tell(&told).await });
        Ok(stored)
    }

    /// Writes the events that are not yet written. Another replica may write the same: their names are the same, so one is refused.
    async fn tell(&self, stored: &Remediation) {
        let namespace = &self.remediations.namespace;
        let from = self.with_told(|told| told.get(&stored.uid).copied()).unwrap_or(0);
        for number in from..event::count(stored) {
            let Some(event) = event::event(stored, number, namespace, &self.instance) else { return };
            match self.remediations.requests.post(&event::list(namespace), &event).await {
                Ok(_) | Err(Fail::Conflict) => {}
                Err(fail) => {
                    let why = fail.outcome();
                    tracing::warn!(remediation = stored.name, why, "an event could not be written");
                    return;
                }
            }
            self.with_told(|told| {
                let known = told.entry(stored.uid.clone()).or_default();
                *known = (*known).max(number + 1);
            });
        }
        if stored.status.phase.is_over() {
            self.with_told(|told| told.remove(&stored.uid));
        }
    }

    fn with_told<T>(&self, look: impl FnOnce(&mut BTreeMap<String, usize>) -> T) -> T {
        look(&mut self.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Remediations for RemediationLedger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Remediation>, LedgerError>> {
        Box::pin(self.remediations.all(object::remediation))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Remediation>, LedgerError>> {
        Box::pin(self.read(name))
    }

    /// # Caveats
    /// Refused or unclear at its second request, it stands without its status: it is offered, and nobody agreed.
    fn create<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        Box::pin(self.make(remediation))
    }

    fn save<'a>(&'a self, remediation: &'a Remediation) -> BoxFuture<'a, Result<Remediation, LedgerError>> {
        Box::pin(self.write(remediation))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        Box::pin(self.remediations.delete(name))
    }
}

#[cfg(test)]
mod crd;
#[cfg(test)]
mod tests;
