//! What the containers of a simulated cluster wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// (namespace, pod, container, previous)
type LogKey = (String, String, String, bool);

/// The logs of one cluster.
#[derive(Debug, Default)]
pub struct Logs(Mutex<BTreeMap<LogKey, Arc<str>>>);

impl Logs {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<LogKey, Arc<str>>> {
        // no invariant spans a panic: every change is one insertion
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a container wrote, in this run or the previous one.
    pub fn set(&self, namespace: &str, pod: &str, container: &str, previous: bool, text: &str) {
        let key = (namespace.to_string(), pod.to_string(), container.to_string(), previous);
        self.lock().insert(key, text.into());
    }

    /// A container's log, if one is known.
    pub(crate) fn get(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Option<Arc<str>> {
        let key = (namespace.to_string(), pod.to_string(), container.to_string(), previous);
        self.lock().get(&key).cloned()
    }

    /// They are now those of the pod that took this one's place.
    pub(crate) fn inherit(&self, namespace: &str, from: &str, to: &str) {
        let mut logs = self.lock();
        let own = |key: &LogKey| key.0 == namespace && key.1 == from;
        let keys: Vec<LogKey> = logs.keys().filter(|key| own(key)).cloned().collect();
        for key in keys {
            if let Some(log) = logs.remove(&key) {
                logs.insert((key.0, to.to_string(), key.2, key.3), log);
            }
        }
    }

    /// The pod is another one now and has written nothing yet.
    pub(crate) fn forget(&self, namespace: &str, pod: &str) {
        self.lock().retain(|key, _| key.0 != namespace || key.1 != pod);
    }
}
