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

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use podwhy_flow::incident::Incident;
use podwhy_flow::ports::{Ledger, LedgerError};
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::paths;
use crate::request::{Fail, Requests};
use crate::subject::List;

/// The group of podwhy's own resources.
pub(crate) const GROUP: &str = "podwhy.dev";
/// Its version.
pub(crate) const VERSION: &str = "v1alpha1";

/// Incidents in one namespace of one cluster.
///
/// # Caveats
/// It needs the CustomResourceDefinition of `deploy/crds/incidents.yaml` (Kubernetes 1.29 or newer), and in its namespace
/// `get`, `list`, `create`, `delete` on `incidents` and `update` on `incidents/status`.
#[derive(Clone, Debug)]
pub struct IncidentLedger {
    requests: Requests,
    namespace: String,
    /// What was said to be unreadable, by name and version: it is said once.
    unreadable: Arc<Mutex<BTreeSet<String>>>,
}

impl IncidentLedger {
    /// In podwhy's own namespace of its home cluster.
    pub fn new(home: &LiveCluster, namespace: &str) -> IncidentLedger {
        IncidentLedger::over(home.requests.clone(), namespace)
    }

    fn over(requests: Requests, namespace: &str) -> IncidentLedger {
        IncidentLedger { requests, namespace: namespace.to_string(), unreadable: Arc::default() }
    }

    fn list(&self) -> String {
        format!("/apis/{GROUP}/{VERSION}/namespaces/{}/incidents", paths::escape(&self.namespace))
    }

    fn one(&self, name: &str) -> String {
        format!("{}/{}", self.list(), paths::escape(name))
    }

    async fn objects(&self) -> Result<Vec<Value>, Fail> {
        let path = format!("{}?limit={}", self.list(), paths::PAGE);
        let (mut objects, mut next, mut is_second) = (Vec::new(), String::new(), false);
        loop {
            match self.requests.json::<List>(&paths::page(&path, &next)).await {
                Ok(page) => {
                    objects.extend(page.items.unwrap_or_default());
                    next = page.metadata.next;
                    if next.is_empty() {
                        return Ok(objects);
                    }
                }
                Err(Fail::Gone) if !is_second => {
                    is_second = true;
                    objects.clear();
                    next.clear();
                }
                Err(fail) => return Err(fail),
            }
        }
    }

    /// Those that can be read; of the others one line each in the log: a broken one must not hide the rest.
    fn readable(&self, objects: Vec<Value>) -> Vec<Incident> {
        let mut broken = BTreeSet::new();
        let mut incidents = Vec::with_capacity(objects.len());
        for found in objects {
            let (name, version) = (object::name(&found), object::version(&found));
            match object::incident(found) {
                Ok(incident) => incidents.push(incident),
                Err(why) => {
                    let key = format!("{name} {version}");
                    if !self.said().contains(&key) {
                        self.requests.metrics.unreadable();
                        tracing::error!(
                            incident = name,
                            why,
                            "an Incident cannot be read and is left as it is"
                        );
                    }
                    broken.insert(key);
                }
            }
        }
        *self.said() = broken;
        incidents
    }

    fn said(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a 404 is about: one object or its namespace, or the resource itself. Only the list tells.
    async fn is_installed(&self) -> Result<(), LedgerError> {
        let path = format!("{}?limit=1", self.list());
        self.requests.json::<List>(&path).await.map(|_| ()).map_err(why)
    }

    async fn read(&self, name: &str) -> Result<Option<Incident>, LedgerError> {
        match self.requests.json::<Value>(&self.one(name)).await {
            Ok(found) => object::incident(found).map(Some).map_err(LedgerError::Refused),
            Err(Fail::NotFound) => self.is_installed().await.map(|()| None),
            Err(fail) => Err(why(fail)),
        }
    }

    async fn make(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let object = object::without_status(incident, &self.namespace).map_err(LedgerError::Refused)?;
        let made = match self.requests.post(&self.list(), &object).await {
            Ok(made) => made,
            Err(Fail::NotFound) => {
                self.is_installed().await?;
                return Err(LedgerError::Refused(format!("there is no namespace {}", self.namespace)));
            }
            Err(fail) => return Err(why(fail)),
        };
        self.write(&Incident { version: object::version(&made), ..incident.clone() }).await
    }

    async fn write(&self, incident: &Incident) -> Result<Incident, LedgerError> {
        let object = object::with_status(incident, &self.namespace).map_err(LedgerError::Refused)?;
        match self.requests.put(&format!("{}/status", self.one(&incident.name)), &object).await {
            Ok(stored) => object::incident(stored).map_err(LedgerError::Unclear),
            Err(Fail::NotFound) => Err(LedgerError::Conflict),
            Err(fail) => Err(why(fail)),
        }
    }
}

impl Ledger for IncidentLedger {
    fn all(&self) -> BoxFuture<'_, Result<Vec<Incident>, LedgerError>> {
        Box::pin(async move { self.objects().await.map(|found| self.readable(found)).map_err(why) })
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
        Box::pin(async move {
            match self.requests.delete(&self.one(name)).await {
                Ok(()) | Err(Fail::NotFound) => Ok(()),
                Err(fail) => Err(why(fail)),
            }
        })
    }
}

/// What a failure says about a write. A 401 is of a token that ran out, not of what was written.
fn why(fail: Fail) -> LedgerError {
    match fail {
        Fail::NotFound => LedgerError::NotInstalled,
        Fail::Conflict => LedgerError::Conflict,
        Fail::Forbidden(why) => LedgerError::Forbidden(why),
        Fail::Bad(why) | Fail::Refused(why) => LedgerError::Refused(why),
        Fail::TimedOut => LedgerError::Unclear("no answer in time".to_string()),
        Fail::Gone => LedgerError::Unclear("the list has changed too much meanwhile".to_string()),
        Fail::Unauthorized(why) | Fail::Unreachable(why) | Fail::TooMany(why) | Fail::Other(why) => {
            LedgerError::Unclear(why)
        }
    }
}

#[cfg(test)]
mod crd;
#[cfg(test)]
mod tests;
