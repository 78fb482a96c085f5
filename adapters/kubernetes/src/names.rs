//! The names of pods and namespaces, watched: a completion may not wait for a list of ten thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use futures::{StreamExt, pin_mut};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::api::PartialObjectMeta;
use kube::runtime::watcher::{Config, DefaultBackoff, Event, watcher};
use kube::{Api, Client, Resource};
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What is known of one kind: of a namespace (empty for what has none), its names.
type Seen = BTreeMap<String, BTreeSet<String>>;

/// What is watched; nothing until [`Names::watch`].
#[derive(Clone)]
pub(crate) struct Names {
    client: Client,
    only: Vec<String>,
    cluster: String,
    pods: Arc<RwLock<Listed>>,
    namespaces: Arc<RwLock<Listed>>,
}

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Names").field("cluster", &self.cluster).finish_non_exhaustive()
    }
}

/// Names by the namespaces that were listed in full.
#[derive(Debug, Default)]
struct Listed {
    seen: Seen,
    /// How many lists are in, of how many: only when all are does an absence mean anything.
    lists: usize,
    wanted: usize,
}

impl Listed {
    fn is_whole(&self) -> bool {
        self.wanted > 0 && self.lists >= self.wanted
    }
}

/// Names are kept current while this lives.
#[derive(Debug)]
pub struct Watching {
    tasks: Vec<JoinHandle<()>>,
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Names {
    pub(crate) fn new(client: Client, only: Vec<String>, cluster: String) -> Names {
        Names { client, only, cluster, pods: Arc::default(), namespaces: Arc::default() }
    }

    pub(crate) fn watch(&self) -> Watching {
        let client = || self.client.clone();
        let pods: Vec<Api<PartialObjectMeta<Pod>>> = if self.only.is_empty() {
            vec![Api::all(client())]
        } else {
            self.only.iter().map(|namespace| Api::namespaced(client(), namespace)).collect()
        };
        let mut tasks = Vec::new();
        write(&self.pods).wanted = pods.len();
        for api in pods {
            tasks.push(tokio::spawn(follow(api, Arc::clone(&self.pods), self.cluster.clone(), "pods")));
        }
        // who has rights in some namespaces has none on the list of them
        if self.only.is_empty() {
            write(&self.namespaces).wanted = 1;
            let api: Api<PartialObjectMeta<Namespace>> = Api::all(client());
            let (seen, cluster) = (Arc::clone(&self.namespaces), self.cluster.clone());
            tasks.push(tokio::spawn(follow(api, seen, cluster, "namespaces")));
        }
        Watching { tasks }
    }

    /// The namespaces, or the pods of one; `None` where that is not known.
    pub(crate) fn of(&self, namespace: Option<&str>) -> Option<Vec<String>> {
        let (listed, key) = match namespace {
            None => (&self.namespaces, ""),
            Some(namespace) => (&self.pods, namespace),
        };
        let listed = read(listed);
        let known = || listed.seen.get(key).map(|names| names.iter().cloned().collect()).unwrap_or_default();
        listed.is_whole().then(known)
    }

    pub(crate) fn places_of(&self, name: &str) -> Vec<String> {
        let pods = read(&self.pods);
        let places = pods.seen.iter().filter(|(_, names)| names.contains(name));
        places.map(|(namespace, _)| namespace.clone()).collect()
    }

    pub(crate) fn like(
        &self,
        part: &str,
        shows: &(dyn Fn(&str) -> bool + Sync),
        most: usize,
    ) -> Vec<(String, String)> {
        let pods = read(&self.pods);
        let shown = pods.seen.iter().filter(|(namespace, _)| shows(namespace));
        let all = shown.flat_map(|(namespace, names)| names.iter().map(move |name| (namespace, name)));
        let fitting = all.filter(|(_, name)| name.contains(part));
        fitting.map(|(namespace, name)| (namespace.clone(), name.clone())).take(most).collect()
    }
}

/// Keeps the names of one list current. Refused or cut off, it goes on trying: 0.8 s to 30 s apart, by the crate's backoff.
async fn follow<K>(api: Api<K>, listed: Arc<RwLock<Listed>>, cluster: String, what: &'static str)
where
    K: Resource + Clone + std::fmt::Debug + serde::de::DeserializeOwned + Send + 'static,
    K::DynamicType: Default,
{
    let events = watcher(api, Config::default());
    pin_mut!(events);
    // not the crate's own way: the watcher says that it begins before it has asked for anything, which would take the pause for ended
    let mut pauses = DefaultBackoff::default();
    let (mut first, mut told) = (true, false);
    let mut fresh = Seen::new();
    let mut own = BTreeSet::new();
    while let Some(event) = events.next().await {
        let failed = event.is_err();
        match event {
            Ok(Event::Init) => fresh.clear(),
            Ok(Event::InitApply(object)) => add(&mut fresh, &object),
            Ok(Event::InitDone) => {
                let mut listed = write(&listed);
                // of what other lists hold, nothing is taken away
                for namespace in &own {
                    listed.seen.remove(namespace);
                }
                own = fresh.keys().cloned().collect();
                listed.seen.append(&mut fresh);
                listed.lists += usize::from(std::mem::take(&mut first));
                told = false;
            }
            Ok(Event::Apply(object)) => {
                own.insert(object.meta().namespace.clone().unwrap_or_default());
                add(&mut write(&listed).seen, &object);
            }
            Ok(Event::Delete(object)) => take(&mut write(&listed).seen, &object),
            Err(error) if !told => {
                told = true;
                let error = crate::connect::chain(&error);
                tracing::warn!(cluster, what, error, "names are not watched; they are asked for when needed");
            }
            Err(_) => {}
        }
        if failed && let Some(pause) = pauses.next() {
            sleep(pause).await;
        }
    }
}

fn add<K: Resource>(seen: &mut Seen, object: &K) {
    let (namespace, name) = (object.meta().namespace.clone(), object.meta().name.clone());
    seen.entry(namespace.unwrap_or_default()).or_default().insert(name.unwrap_or_default());
}

fn take<K: Resource>(seen: &mut Seen, object: &K) {
    let namespace = object.meta().namespace.as_deref().unwrap_or_default();
    let Some(names) = seen.get_mut(namespace) else { return };
    names.remove(object.meta().name.as_deref().unwrap_or_default());
    if names.is_empty() {
        seen.remove(namespace);
    }
}

fn read(listed: &RwLock<Listed>) -> std::sync::RwLockReadGuard<'_, Listed> {
    listed.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(listed: &RwLock<Listed>) -> std::sync::RwLockWriteGuard<'_, Listed> {
    listed.write().unwrap_or_else(PoisonError::into_inner)
}
