//! One cluster's objects as far as they were read, indexed; the only thing a [`Snapshot`](crate::Snapshot) is cut from.

mod events;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, PersistentVolume, PersistentVolumeClaim, Pod};
use k8s_openapi::api::storage::v1::StorageClass;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::agent::NodeFacts;
use crate::brief::PodBrief;
use crate::event::Event;
use crate::gap::GapReason;
use crate::moment::{Moment, newest_time};
use crate::quantity::Milli;
use crate::schedule::bound::Neighbours;
use crate::schedule::kin::Answers;
use crate::target::Kind;
use crate::workload::Workload;

/// How long a node's Lease is valid: within it, it is renewed.
const LEASE_SECONDS: i64 = 40;

/// (namespace, name)
pub type Key = (String, String);

/// A pod, typed and as the API wrote it.
#[derive(Clone, Debug)]
pub struct PodObject {
    /// Typed.
    pub pod: Arc<Pod>,
    /// Raw, for fields newer than the types; null where it was not kept.
    pub raw: Arc<Value>,
}

/// Whether a pod is ready to serve.
pub fn is_ready(pod: &Pod) -> bool {
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
    conditions.into_iter().flatten().any(|c| c.type_ == "Ready" && c.status == "True")
}

impl PodObject {
    /// Whether it is ready to serve.
    pub fn is_ready(&self) -> bool {
        is_ready(&self.pod)
    }

    /// Whether the dump holds it in brief only: the API server gives every pod a QoS class, and a kubelet conditions
    /// and container states. Such a pod counts for its node, but nothing can be said of its own state.
    pub fn is_brief(&self) -> bool {
        self.pod.status.as_ref().is_none_or(|status| {
            status.qos_class.is_none()
                && status.conditions.is_none()
                && status.container_statuses.is_none()
                // one that was evicted or refused before a kubelet took it on has these only
                && status.reason.is_none()
                && status.message.is_none()
                && status.start_time.is_none()
        })
    }
}

/// What a node gives, and what the pods on it ask.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// By resource.
    pub allocatable: BTreeMap<String, Milli>,
    /// By resource, of the pods that still hold it.
    pub taken: BTreeMap<String, Milli>,
    /// How many pods that are.
    pub pods: usize,
}

/// A ConfigMap or Secret by its keys. Values are never kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyedObject {
    /// The keys of data, binaryData and stringData.
    pub keys: BTreeSet<String>,
    /// A Secret's type, empty for a ConfigMap.
    pub type_: String,
    /// When it was made.
    pub made_at: Option<Timestamp>,
    /// When it was last written, by its managed fields (1.18 and later); else when it was made.
    pub changed_at: Option<Timestamp>,
}

/// A container's log text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContainerLog {
    /// The current run's last lines.
    pub current: Option<Arc<str>>,
    /// The previous run's last lines.
    pub previous: Option<Arc<str>>,
}

/// What looking an object up told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It is there.
    Found(T),
    /// The API server said that it is not: a live 404.
    Absent,
    /// It was not read. In a dump this is all that a missing object means.
    Unseen,
}

/// Why an object could not be taken in. The object is left out, the rest is used.
#[derive(Debug, Error)]
pub enum AddError {
    /// Not an object of the Kubernetes API.
    #[error("not a Kubernetes object: it has no {0}")]
    NotAnObject(&'static str),
    /// A field has the wrong type.
    #[error("{kind} {name}: {source}")]
    Malformed {
        /// The object's kind.
        kind: String,
        /// Its namespace and name.
        name: String,
        /// What did not fit.
        source: serde_json::Error,
    },
}

/// One cluster's objects. Built once, then shared by every snapshot cut from it.
#[derive(Clone, Debug)]
pub struct World {
    /// The cluster's name as the user knows it; empty when there is only one.
    pub cluster: String,
    /// When it was read.
    pub taken_at: Moment,
    /// The pods read whole.
    pub pods: BTreeMap<Key, PodObject>,
    /// Every pod known, in brief. Those of `pods` are added by [`finish`](World::finish).
    pub briefs: Vec<PodBrief>,
    /// Workloads by kind.
    pub workloads: BTreeMap<(Kind, String, String), Arc<Workload>>,
    /// Nodes by name.
    pub nodes: BTreeMap<String, Arc<Node>>,
    /// Leases; a node's stands in `kube-node-lease`.
    pub leases: BTreeMap<Key, Arc<Lease>>,
    /// Claims.
    pub claims: BTreeMap<Key, Arc<PersistentVolumeClaim>>,
    /// Volumes by name.
    pub volumes: BTreeMap<String, Arc<PersistentVolume>>,
    /// Storage classes by name.
    pub storage_classes: BTreeMap<String, Arc<StorageClass>>,
    /// ConfigMaps by their keys.
    pub config_maps: BTreeMap<Key, KeyedObject>,
    /// Secrets by their keys.
    pub secrets: BTreeMap<Key, KeyedObject>,
    /// ServiceAccounts, with the pull secrets each adds to its pods.
    pub service_accounts: BTreeMap<Key, Vec<String>>,
    /// The node agents' reports, by node.
    pub agents: BTreeMap<String, Arc<NodeFacts>>,
    /// Every other object, as a value: (kind, namespace, name).
    pub others: BTreeMap<(String, String, String), Arc<Value>>,
    /// Container logs: (namespace, pod, container).
    pub logs: BTreeMap<(String, String, String), ContainerLog>,
    /// What a live server said does not exist: (kind, namespace, name).
    pub absent: BTreeSet<(String, String, String)>,
    /// What a live server would not or could not tell: (kind, namespace, name), the name empty for a whole list.
    pub unread: BTreeMap<(String, String, String), GapReason>,
    /// Pods that were seen to be well, and not read for that.
    pub well: usize,
    /// Pods are kept typed only: of a thousand of them the raw copies are most of the memory.
    pub lean: bool,
    /// Read from a live server: what is not here and not in `unread` was not asked for, or does not exist.
    pub live: bool,
    events: BTreeMap<(String, String, String), Vec<Arc<Event>>>,
    newest: Option<Timestamp>,
    heartbeat: Option<Timestamp>,
    by_node: BTreeMap<String, Vec<usize>>,
    rooms: OnceLock<BTreeMap<String, Room>>,
    neighbours: OnceLock<Neighbours>,
    pub(crate) answers: Answers,
    namespaces: BTreeSet<String>,
}

impl Default for World {
    fn default() -> Self {
        World {
            cluster: String::new(),
            taken_at: Moment { at: Timestamp::UNIX_EPOCH, exact: false },
            pods: BTreeMap::new(),
            briefs: Vec::new(),
            workloads: BTreeMap::new(),
            nodes: BTreeMap::new(),
            leases: BTreeMap::new(),
            claims: BTreeMap::new(),
            volumes: BTreeMap::new(),
            storage_classes: BTreeMap::new(),
            config_maps: BTreeMap::new(),
            secrets: BTreeMap::new(),
            service_accounts: BTreeMap::new(),
            agents: BTreeMap::new(),
            others: BTreeMap::new(),
            logs: BTreeMap::new(),
            absent: BTreeSet::new(),
            unread: BTreeMap::new(),
            well: 0,
            live: false,
            lean: false,
            events: BTreeMap::new(),
            newest: None,
            heartbeat: None,
            by_node: BTreeMap::new(),
            rooms: OnceLock::new(),
            neighbours: OnceLock::new(),
            answers: Answers::default(),
            namespaces: BTreeSet::new(),
        }
    }
}

impl World {
    /// Takes one object in. Kinds podwhy has no type for are kept as values.
    ///
    /// # Errors
    /// [`AddError`] when it is no Kubernetes object or one of its fields has the wrong type.
    pub fn add(&mut self, object: Value) -> Result<(), AddError> {
        let text = |path: &str| text_at(&object, path);
        let kind = text("/kind");
        if kind.is_empty() {
            return Err(AddError::NotAnObject("kind"));
        }
        if object.get("metadata").is_none_or(|m| !m.is_object()) {
            return Err(AddError::NotAnObject("metadata"));
        }
        let mut key: Key = (text("/metadata/namespace"), text("/metadata/name"));
        let mut object = object;
        if key.0.is_empty() && is_namespaced(&kind) {
            // as kubectl does with a manifest that names none
            key.0 = "default".to_string();
            if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
                metadata.insert("namespace".to_string(), "default".into());
            }
        }
        if key.1.is_empty() && kind != "Event" {
            return Err(AddError::NotAnObject("metadata.name"));
        }
        let newest = newest_time(&object);
        self.newest = self.newest.max(newest);
        if matches!(kind.as_str(), "Lease" | "Node") {
            self.heartbeat = self.heartbeat.max(newest);
        }
        if !key.0.is_empty() {
            self.namespaces.insert(key.0.clone());
        }
        let group = group_of(&text_at(&object, "/apiVersion"));
        match (group.as_str(), kind.as_str()) {
            ("" | "events.k8s.io", "Event") => {
                if let Some(event) = Event::from_value(&object) {
                    self.add_event(event);
                }
            }
            ("", "Pod") => self.add_pod(key, object)?,
            ("", "Node") => {
                self.nodes.insert(key.1.clone(), typed("Node", &key, object)?);
            }
            ("coordination.k8s.io", "Lease") => {
                let lease = typed("Lease", &key, object)?;
                self.leases.insert(key, lease);
            }
            ("", "PersistentVolumeClaim") => {
                let claim = typed("PersistentVolumeClaim", &key, object)?;
                self.claims.insert(key, claim);
            }
            ("", "PersistentVolume") => {
                self.volumes.insert(key.1.clone(), typed("PersistentVolume", &key, object)?);
            }
            ("storage.k8s.io", "StorageClass") => {
                self.storage_classes.insert(key.1.clone(), typed("StorageClass", &key, object)?);
            }
            ("", "ConfigMap") => {
                self.config_maps.insert(key, keyed(&object));
            }
            ("", "Secret") => {
                self.secrets.insert(key, keyed(&object));
            }
            ("", "ServiceAccount") => {
                self.service_accounts.insert(key, pull_secrets(&object));
            }
            ("podwhy.dev", "NodeReport") => {
                let mut object = object;
                let report =
                    object.get_mut("spec").map(Value::take).unwrap_or_else(|| Value::Object(Map::new()));
                self.agents.insert(key.1.clone(), typed("NodeReport", &key, report)?);
            }
            ("", "Namespace") => {
                self.namespaces.insert(key.1.clone());
                self.others.insert((kind, key.0, key.1), Arc::new(object));
            }
            (_, camel) => self.add_other(camel.to_string(), &group, key, object),
        }
        Ok(())
    }

    fn add_pod(&mut self, key: Key, object: Value) -> Result<(), AddError> {
        if self.lean && !self.pods.contains_key(&key) {
            let pod = typed("Pod", &key, object)?;
            self.pods.insert(key, PodObject { pod, raw: Arc::new(Value::Null) });
            return Ok(());
        }
        let pod: Arc<Pod> = typed("Pod", &key, object.clone())?;
        // the same pod may stand in a dump whole and in brief: the one with more to say is kept
        let richer = match self.pods.get(&key) {
            Some(known) => known.raw.to_string().len() < object.to_string().len(),
            None => true,
        };
        if richer {
            self.pods.insert(key, PodObject { pod, raw: Arc::new(object) });
        }
        Ok(())
    }

    fn add_other(&mut self, camel: String, group: &str, key: Key, object: Value) {
        let raw = Arc::new(object);
        let workload = Kind::from_camel(&camel)
            // extensions/v1beta1 is where Deployments and DaemonSets lived before 1.16
            .filter(|_| matches!(group, "apps" | "batch" | "extensions"))
            .and_then(|kind| Workload::from_value(kind, Arc::clone(&raw)));
        match workload {
            Some(workload) => {
                self.workloads.insert((workload.kind, key.0, key.1), Arc::new(workload));
            }
            None => {
                self.others.insert((camel, key.0, key.1), raw);
            }
        }
    }

    /// Call once after the last [`add`](World::add): orders events and, unless a time is given, takes the newest
    /// object's as the world's own.
    pub fn finish(&mut self, at: Option<Moment>) {
        for events in self.events.values_mut() {
            events.sort_by(|a, b| (a.at, &a.reason, &a.message).cmp(&(b.at, &b.reason, &b.message)));
        }
        let newest = self.newest.unwrap_or(Timestamp::UNIX_EPOCH);
        self.taken_at = at.unwrap_or(Moment { at: newest, exact: false });
        let pods = &self.pods;
        self.briefs.retain(|brief| !pods.contains_key(&(brief.namespace.clone(), brief.name.clone())));
        self.briefs.extend(pods.values().map(|object| PodBrief::of(&object.pod)));
        (self.rooms, self.neighbours, self.answers) = Default::default();
        self.by_node.clear();
        for (place, brief) in self.briefs.iter().enumerate() {
            if let Some(node) = brief.node.as_ref().filter(|_| brief.holds_resources()) {
                self.by_node.entry(node.clone()).or_default().push(place);
            }
        }
    }

    /// Why something is not in the world although it may exist: what the server said, or that a dump lacks it. `None`
    /// when a live server was asked and has nothing to hide.
    pub fn why_unread(&self, kind: &str, namespace: &str, name: &str) -> Option<GapReason> {
        let key = |name: &str| (kind.to_string(), namespace.to_string(), name.to_string());
        let told = self.unread.get(&key(name)).or_else(|| self.unread.get(&key("")));
        told.copied().or((!self.live).then_some(GapReason::NotInDump))
    }

    /// The newest time any object gave.
    pub fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// Whether `then` is known to be no older than it seems: the world's time is exact, or something that ticks by
    /// itself (a Lease, a Node's status) did so no earlier than about then.
    /// A dump of one pod alone may be hours older than the newest time in it.
    pub fn knows_the_age_of(&self, then: Timestamp) -> bool {
        let ticks = |at: Timestamp| at.as_second() + LEASE_SECONDS >= then.as_second();
        self.taken_at.exact || self.heartbeat.is_some_and(ticks)
    }

    /// Every namespace seen.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        self.namespaces.iter().map(String::as_str)
    }

    /// The pods bound to a node that still hold its resources.
    pub fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a PodBrief> {
        self.places_on(node).iter().filter_map(|place| self.briefs.get(*place))
    }

    /// The same pods, as places in [`briefs`](World::briefs).
    pub fn places_on(&self, node: &str) -> &[usize] {
        self.by_node.get(node).map(Vec::as_slice).unwrap_or_default()
    }

    /// The bound pods, found by their labels; indexed once for all that ask.
    pub fn neighbours(&self) -> &Neighbours {
        self.neighbours.get_or_init(|| Neighbours::of(&self.briefs))
    }

    /// What a node gives and what its pods ask of it, added up once for all that ask.
    pub fn room(&self, node: &str) -> Option<&Room> {
        self.rooms.get_or_init(|| self.add_up()).get(node)
    }

    fn add_up(&self) -> BTreeMap<String, Room> {
        let room = |(name, node): (&String, &Arc<Node>)| {
            let offered = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
            let mut room = Room::default();
            room.allocatable.extend(
                offered
                    .into_iter()
                    .flatten()
                    .filter_map(|(k, v)| Some((k.clone(), Milli::parse(&v.0)?.whole(k)))),
            );
            for pod in self.pods_on(name) {
                room.pods += 1;
                for (resource, amount) in &pod.requests {
                    let taken = room.taken.entry(resource.clone()).or_default();
                    *taken = *taken + amount.whole(resource);
                }
            }
            (name.clone(), room)
        };
        self.nodes.iter().map(room).collect()
    }

    /// A ConfigMap's keys.
    pub fn config_map(&self, namespace: &str, name: &str) -> Lookup<&KeyedObject> {
        self.look_up("ConfigMap", &self.config_maps, namespace, name)
    }

    /// A Secret's keys.
    pub fn secret(&self, namespace: &str, name: &str) -> Lookup<&KeyedObject> {
        self.look_up("Secret", &self.secrets, namespace, name)
    }

    /// A claim.
    pub fn claim(&self, namespace: &str, name: &str) -> Lookup<&Arc<PersistentVolumeClaim>> {
        self.look_up("PersistentVolumeClaim", &self.claims, namespace, name)
    }

    fn look_up<'a, T>(
        &self,
        kind: &str,
        objects: &'a BTreeMap<Key, T>,
        namespace: &str,
        name: &str,
    ) -> Lookup<&'a T> {
        match objects.get(&(namespace.to_string(), name.to_string())) {
            Some(object) => Lookup::Found(object),
            None if self.absent.contains(&(kind.to_string(), namespace.to_string(), name.to_string())) => {
                Lookup::Absent
            }
            None => Lookup::Unseen,
        }
    }
}

fn text_at(object: &Value, path: &str) -> String {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default().to_string()
}

fn is_namespaced(kind: &str) -> bool {
    let known = Kind::from_camel(kind).is_some_and(|kind| kind == Kind::Pod || kind.is_workload());
    known || matches!(kind, "PersistentVolumeClaim" | "ConfigMap" | "Secret" | "ServiceAccount" | "Service")
}

fn group_of(api_version: &str) -> String {
    api_version.rsplit_once('/').map(|(group, _)| group.to_string()).unwrap_or_default()
}

fn typed<T: DeserializeOwned>(kind: &str, key: &Key, object: Value) -> Result<Arc<T>, AddError> {
    let name = if key.0.is_empty() { key.1.clone() } else { format!("{}/{}", key.0, key.1) };
    serde_json::from_value(object).map(Arc::new).map_err(|source| AddError::Malformed {
        kind: kind.to_string(),
        name,
        source,
    })
}

fn keyed(object: &Value) -> KeyedObject {
    let keys = ["data", "binaryData", "stringData"]
        .iter()
        .filter_map(|field| object.get(*field)?.as_object())
        .flat_map(|map| map.keys().cloned())
        .collect();
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let made_at = object.pointer("/metadata/creationTimestamp").and_then(time);
    let managers = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let written = managers.into_iter().flatten().filter_map(|manager| time(manager.get("time")?)).max();
    KeyedObject { keys, type_: text_at(object, "/type"), made_at, changed_at: written.max(made_at) }
}

fn pull_secrets(account: &Value) -> Vec<String> {
    let list = account.get("imagePullSecrets").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|s| Some(s.get("name")?.as_str()?.to_string())).collect()
}
