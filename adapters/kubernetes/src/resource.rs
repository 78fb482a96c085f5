//! podwhy's own resources: where they are, and what is the same for each.

#[cfg(test)]
pub(crate) mod crd;
mod stored;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use podwhy_flow::ports::LedgerError;
use serde_json::Value;

pub(crate) use self::stored::{Stored, text, words};
use crate::paths;
use crate::request::{Fail, Requests};
use crate::subject::List;

/// The group of podwhy's own resources.
pub(crate) const GROUP: &str = "podwhy.dev";
/// Its version.
pub(crate) const VERSION: &str = "v1alpha1";

/// One of them, in one namespace of one cluster.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    pub(crate) requests: Requests,
    pub(crate) namespace: String,
    plural: &'static str,
    /// What was said to be unreadable, by name and version: it is said once.
    unreadable: Arc<Mutex<BTreeSet<String>>>,
}

impl Resource {
    pub(crate) fn new(requests: Requests, namespace: &str, plural: &'static str) -> Resource {
        Resource { requests, namespace: namespace.to_string(), plural, unreadable: Arc::default() }
    }

    fn list(&self) -> String {
        format!("/apis/{GROUP}/{VERSION}/namespaces/{}/{}", paths::escape(&self.namespace), self.plural)
    }

    fn one(&self, name: &str) -> String {
        format!("{}/{}", self.list(), paths::escape(name))
    }

    /// All that can be read; of the others one line each in the log: a broken one must not hide the rest.
    pub(crate) async fn all<T>(&self, read: fn(Value) -> Result<T, String>) -> Result<Vec<T>, LedgerError> {
        let found = self.objects().await.map_err(why)?;
        let mut broken = BTreeSet::new();
        let mut all = Vec::with_capacity(found.len());
        for object in found {
            let (name, version) =
                (text(&object, "/metadata/name"), text(&object, "/metadata/resourceVersion"));
            match read(object) {
                Ok(one) => all.push(one),
                Err(why) => {
                    let key = format!("{name} {version}");
                    if !self.said().contains(&key) {
                        self.requests.metrics.unreadable();
                        let of = self.plural;
                        tracing::error!(of, name, why, "an object cannot be read and is left as it is");
                    }
                    broken.insert(key);
                }
            }
        }
        *self.said() = broken;
        Ok(all)
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

    pub(crate) fn said(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a 404 is about: one object or its namespace, or the resource itself. Only the list tells.
    async fn is_installed(&self) -> Result<(), LedgerError> {
        self.first().await.map_err(why)
    }

    /// Asks for one of them: a 404 says that their kind is not installed.
    pub(crate) async fn first(&self) -> Result<(), Fail> {
        self.requests.json::<List>(&format!("{}?limit=1", self.list())).await.map(|_| ())
    }

    /// One of them; `None` where there is none of this name.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Value>, LedgerError> {
        match self.requests.json::<Value>(&self.one(name)).await {
            Ok(found) => Ok(Some(found)),
            Err(Fail::NotFound) => self.is_installed().await.map(|()| None),
            Err(fail) => Err(why(fail)),
        }
    }

    /// Makes one, without its status.
    pub(crate) async fn post(&self, object: &Value) -> Result<Value, LedgerError> {
        match self.requests.post(&self.list(), object).await {
            Ok(made) => Ok(made),
            Err(Fail::NotFound) => {
                self.is_installed().await?;
                Err(LedgerError::Refused(format!("there is no namespace {}", self.namespace)))
            }
            Err(fail) => Err(why(fail)),
        }
    }

    /// Writes the status of one at its version.
    pub(crate) async fn put_status(&self, name: &str, object: &Value) -> Result<Value, LedgerError> {
        match self.requests.put(&format!("{}/status", self.one(name)), object).await {
            Ok(stored) => Ok(stored),
            Err(Fail::NotFound) => Err(LedgerError::Conflict),
            Err(fail) => Err(why(fail)),
        }
    }

    pub(crate) async fn delete(&self, name: &str) -> Result<(), LedgerError> {
        match self.requests.delete(&self.one(name)).await {
            Ok(()) | Err(Fail::NotFound) => Ok(()),
            Err(fail) => Err(why(fail)),
        }
    }
}

/// What a failure means to a ledger: a 404 that it is not installed; a 401 is of a token that ran out, not of what was written.
pub(crate) fn why(fail: Fail) -> LedgerError {
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
