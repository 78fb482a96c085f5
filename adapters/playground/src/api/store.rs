//! The cluster's objects, each change with a version of its own, and the changes a watch may still ask for.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::api::resources::{Resource, of_object};
use crate::logs::Logs;

/// Changes that are remembered; a watch that starts before them is told 410.
const REMEMBERED: usize = 4096;

/// Names one object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) plural: &'static str,
    /// `namespace/name`, in the order etcd keeps.
    pub(crate) path: String,
}

impl Key {
    pub(crate) fn new(resource: &'static Resource, namespace: &str, name: &str) -> Key {
        let path = if resource.namespaced { format!("{namespace}/{name}") } else { name.to_string() };
        Key { plural: resource.plural, path }
    }

    pub(crate) fn of(object: &Value) -> Option<Key> {
        let resource = of_object(object)?;
        Some(Key::new(resource, text(object, "/metadata/namespace"), text(object, "/metadata/name")))
    }
}

pub(crate) fn text<'v>(object: &'v Value, path: &str) -> &'v str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// One change.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) version: u64,
    pub(crate) key: Key,
    pub(crate) before: Option<Arc<Value>>,
    /// `None` when it is gone.
    pub(crate) after: Option<Arc<Value>>,
}

/// What becomes of an object after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Stays,
    /// It is gone; a watch is told what it was before.
    Goes,
}

#[derive(Debug, Default)]
struct Inner {
    version: u64,
    objects: BTreeMap<Key, Arc<Value>>,
    changes: VecDeque<Change>,
    made: u64,
}

/// The objects of one simulated cluster.
#[derive(Debug)]
pub struct Store {
    /// What the containers wrote.
    pub logs: Logs,
    inner: Mutex<Inner>,
    changed: watch::Sender<u64>,
}

impl Default for Store {
    fn default() -> Self {
        // a real server has written things of its own before anyone asks
        let inner = Inner { version: 100, ..Inner::default() };
        Store { logs: Logs::default(), inner: Mutex::new(inner), changed: watch::Sender::new(100) }
    }
}

impl Store {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // no invariant spans a panic: every change is one insertion
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells of every new version.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Arc<Value>> {
        self.lock().objects.get(key).cloned()
    }

    /// Every object of a kind, of one namespace or of all, with the version they are of.
    pub(crate) fn list(&self, resource: &'static Resource, namespace: &str) -> (Vec<Arc<Value>>, u64) {
        let inner = self.lock();
        let all = inner.objects.range(Key { plural: resource.plural, path: String::new() }..);
        let own = all.take_while(|(key, _)| key.plural == resource.plural);
        let wanted = own
            .filter(|(_, object)| namespace.is_empty() || text(object, "/metadata/namespace") == namespace);
        (wanted.map(|(_, object)| Arc::clone(object)).collect(), inner.version)
    }

    /// Makes an object or replaces it; what a server sets is set. `None` for a kind the playground does not know.
    pub fn put(&self, object: Value) -> Option<Arc<Value>> {
        let key = Key::of(&object)?;
        let mut inner = self.lock();
        Some(self.write(&mut inner, key, object))
    }

    /// Makes an object; `None` where there is one.
    pub(crate) fn add(&self, key: &Key, object: Value) -> Option<Arc<Value>> {
        let mut inner = self.lock();
        let is_new = !inner.objects.contains_key(key);
        is_new.then(|| self.write(&mut inner, key.clone(), object))
    }

    fn write(&self, inner: &mut Inner, key: Key, mut object: Value) -> Arc<Value> {
        inner.version += 1;
        inner.made += 1;
        let uid = format!("00000000-0000-4000-8000-{:012x}", inner.made);
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.entry("uid").or_insert(json!(uid));
            metadata.entry("creationTimestamp").or_insert(json!(now_in_seconds()));
            metadata.insert("resourceVersion".to_string(), json!(inner.version.to_string()));
        }
        let after = Arc::new(object);
        let before = inner.objects.insert(key.clone(), Arc::clone(&after));
        let change = Change { version: inner.version, key, before, after: Some(Arc::clone(&after)) };
        self.remember(inner, change);
        after
    }

    fn remember(&self, inner: &mut Inner, change: Change) {
        self.changed.send_replace(change.version);
        inner.changes.push_back(change);
        if inner.changes.len() > REMEMBERED {
            inner.changes.pop_front();
        }
    }

    /// Changes an object in one step; what `change` refuses stays as it was. An object that is unchanged keeps its version.
    /// Returns the object as it now is or last was; `None` when there is none.
    pub(crate) fn update<E>(
        &self,
        key: &Key,
        change: impl FnOnce(&mut Value) -> Result<Fate, E>,
    ) -> Result<Option<(Arc<Value>, Fate)>, E> {
        let mut inner = self.lock();
        let Some(before) = inner.objects.get(key).cloned() else { return Ok(None) };
        let mut object = Value::clone(&before);
        let fate = change(&mut object)?;
        if fate == Fate::Goes {
            return Ok(Some((self.take(&mut inner, key, object), fate)));
        }
        if object == *before {
            return Ok(Some((before, fate)));
        }
        Ok(Some((self.write(&mut inner, key.clone(), object), fate)))
    }

    /// Takes an object away; returns its last state.
    pub(crate) fn remove(&self, key: &Key) -> Option<Arc<Value>> {
        let mut inner = self.lock();
        let last = Value::clone(inner.objects.get(key)?);
        Some(self.take(&mut inner, key, last))
    }

    /// Takes away the object of this kind and name, if it is there.
    pub(crate) fn discard(&self, object: &Value) -> bool {
        Key::of(object).and_then(|key| self.remove(&key)).is_some()
    }

    fn take(&self, inner: &mut Inner, key: &Key, mut last: Value) -> Arc<Value> {
        let before = inner.objects.remove(key);
        inner.version += 1;
        last["metadata"]["resourceVersion"] = json!(inner.version.to_string());
        let last = Arc::new(last);
        let change = Change { version: inner.version, key: key.clone(), before, after: None };
        self.remember(inner, change);
        last
    }

    /// The changes after a version; the oldest version still known when it is too long ago.
    pub(crate) fn changes_after(&self, version: u64) -> Result<Vec<Change>, u64> {
        let inner = self.lock();
        let oldest = inner.changes.front().map_or(inner.version, |change| change.version - 1);
        if version < oldest {
            return Err(oldest);
        }
        let from = inner.changes.partition_point(|change| change.version <= version);
        Ok(inner.changes.range(from..).cloned().collect())
    }

    /// A number nobody had before.
    pub(crate) fn serial(&self) -> u64 {
        let mut inner = self.lock();
        inner.made += 1;
        inner.made
    }
}

/// The API's times have whole seconds.
pub(crate) fn now_in_seconds() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}
