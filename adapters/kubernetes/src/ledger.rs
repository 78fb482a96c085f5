//! Incidents as custom resources: `kubectl get incidents`. The API server lets one of two writers of a version succeed.
//!
//! An Incident is made by two requests, for a POST ignores the status
//! (<https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#status-subresource>).
//! Where podwhy dies between them, the Incident stands without a status, which is then read from what it is.
//!
//! # Retry policy
//! A read is repeated once, as any of this crate. A write is never: whoever lost its answer reads again first. A list whose
//! next page has expired meanwhile is begun anew, once.

mod object;

use futures::future::BoxFuture;
use podwhy_flow::incident::Incident;
use podwhy_flow::ports::{Ledger, LedgerError};

use crate::connect::LiveCluster;
use crate::request::Requests;
use crate::resource::{Resource, text};

/// Incidents in one namespace of one cluster.
///
/// # Caveats
/// It needs the CustomResourceDefinition of `deploy/crds/incidents.yaml` (Kubernetes 1.29 or newer), and in its namespace
/// `get`, `list`, `create`, `delete` on `incidents` and `update` on `incidents/status`.
#[derive(Clone, Debug)]
pub struct IncidentLedger(Resource);

impl IncidentLedger {
    /// In podwhy's own namespace of its home cluster.
    pub fn new(home: &LiveCluster, namespace: &str) -> IncidentLedger {
        IncidentLedger::over(home.requests.clone(), namespace)
    }

    fn over(requests: Requests, namespace: &str) -> IncidentLedger {
        IncidentLedger(Resource::new(requests, namespace, "incidents"))
    }

    async fn read(&self, name: &str) -> Result<Option<Incident>, LedgerError> {
        let found = self.0.get(name).await?;
        found.map(object::incident).transpose().map_err(LedgerError::Refused)
    }

    async fn make(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let object = object::without_status(incident, &self.0.namespace).map_err(LedgerError::Refused)?;
        let version = text(&self.0.post(&object).await?, "/metadata/resourceVersion");
        self.write(&Incident { version, ..incident.clone() }).await
    }

    async fn write(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let object = object::with_status(incident, &self.0.namespace).map_err(LedgerError::Refused)?;
        let stored = self.0.put_status(&incident.name, &object).await?;
        object::incident(stored).map_err(LedgerError::Unclear)
    }
}

impl Ledger for IncidentLedger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>> {
        Box::pin(self.0.all(object::incident))
    }

    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Incident>, LedgerError>> {
        Box::pin(self.read(name))
    }

    /// # Caveats
    /// Refused or unclear at its second request, the Incident stands without its status.
    fn create<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(self.make(incident))
    }

    fn save<'a>(&'a self, incident: &'a Incident) -> BoxFuture<'a, Result<Incident, LedgerError>> {
        Box::pin(self.write(incident))
    }

    fn remove<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), LedgerError>> {
        Box::pin(self.0.delete(name))
    }
}

#[cfg(test)]
mod crd;
#[cfg(test)]
mod tests;
