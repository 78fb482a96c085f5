//! What stands around pods: a Service, a claim, a node, a namespace, with the pods that hang on it.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use serde::Serialize;
use serde_json::Value;

use super::owned::distinct_members;
use super::{Snapshot, Subject};
use crate::event::{Event, Identity};
use crate::target::Kind;
use crate::world::{Key, World};

/// A subject that is neither a pod nor makes any.
#[derive(Clone, Debug)]
pub struct Surrounding {
    /// Service, PersistentVolumeClaim, Node or Namespace.
    pub kind: Kind,
    /// Empty for a Node and a Namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The object, for fields the types do not know; null where only its name is known.
    pub raw: Arc<Value>,
}

impl Surrounding {
    /// A text of the object, empty where it has none.
    pub fn text(&self, pointer: &str) -> &str {
        self.raw.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// A Service's selector, empty when it has none.
    pub fn selector(&self) -> BTreeMap<String, String> {
        labels_at(&self.raw, "/spec/selector")
    }
}

/// A map of texts in an object.
pub fn labels_at(object: &Value, pointer: &str) -> BTreeMap<String, String> {
    let map = object.pointer(pointer).and_then(Value::as_object);
    map.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect()
}

/// Whether a pod carries all these labels. No labels select nothing: a Service without a selector is filled by hand.
pub fn carries(pod: &Pod, selector: &BTreeMap<String, String>) -> bool {
    let labels = pod.metadata.labels.as_ref();
    !selector.is_empty() && selector.iter().all(|(k, v)| labels.and_then(|l| l.get(k)) == Some(v))
}

impl Snapshot {
    /// The snapshot of a Service, claim, node or namespace and of the pods that hang on it; `None` when the world does not
    /// hold it.
    pub fn of_object(world: &Arc<World>, kind: Kind, namespace: &str, name: &str) -> Option<Snapshot> {
        let namespace = if kind.is_namespaced() { namespace } else { "" };
        let raw = object_of(world, kind, namespace, name)?;
        let object = Surrounding {
            kind,
            namespace: namespace.to_string(),
            name: name.to_string(),
            raw: Arc::clone(&raw),
        };
        let members = distinct_members(world, &pods_around(world, &object), false);
        Some(Snapshot {
            world: Arc::clone(world),
            events: events_of(world, &object),
            subject: Subject::Object(Arc::new(object)),
            raw,
            owners: Vec::new(),
            gaps: Vec::new(),
            members,
            scheduling: OnceLock::new(),
            readings: OnceLock::new(),
        })
    }

    /// The Service, claim, node or namespace, if the subject is one of the kind.
    pub fn object_of(&self, kind: Kind) -> Option<&Surrounding> {
        match &self.subject {
            Subject::Object(object) if object.kind == kind => Some(object),
            _ => None,
        }
    }
}

fn object_of(world: &World, kind: Kind, namespace: &str, name: &str) -> Option<Arc<Value>> {
    let key = (namespace.to_string(), name.to_string());
    match kind {
        Kind::Node => world.nodes.get(name).map(raw_of),
        Kind::PersistentVolumeClaim => world.claims.get(&key).map(raw_of),
        Kind::Service | Kind::Namespace => {
            let known = world.others.get(&(kind.camel().to_string(), key.0, key.1)).cloned();
            // a dump of a namespace's objects seldom holds the namespace itself
            let seen = kind == Kind::Namespace && world.namespaces().any(|known| known == name);
            known.or_else(|| seen.then(|| Arc::new(Value::Null)))
        }
        _ => None,
    }
}

fn raw_of<T: Serialize>(object: &Arc<T>) -> Arc<Value> {
    // what was read from JSON can be written as JSON
    Arc::new(serde_json::to_value(object.as_ref()).unwrap_or_default())
}

fn events_of(world: &World, object: &Surrounding) -> Vec<Arc<Event>> {
    let created = object.text("/metadata/creationTimestamp").parse::<Timestamp>().ok();
    world.events_about(&Identity {
        kind: object.kind.camel(),
        namespace: &object.namespace,
        name: &object.name,
        // a node's events carry its name in the place of its uid
        uid: if object.kind == Kind::Node { "" } else { object.text("/metadata/uid") },
        mirror: None,
        created,
    })
}

/// Whether a pod has ended as a whole: it serves nobody, holds nothing, and its address is another's.
pub fn has_ended(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    matches!(phase, Some("Succeeded" | "Failed"))
}

/// The keys of the pods that hang on it.
pub fn pods_around(world: &World, object: &Surrounding) -> Vec<Key> {
    let selector = object.selector();
    let hangs = |namespace: &str, pod: &Pod| match object.kind {
        Kind::Service => namespace == object.namespace && carries(pod, &selector) && !has_ended(pod),
        Kind::PersistentVolumeClaim => namespace == object.namespace && mounts(pod, &object.name),
        Kind::Node => pod.spec.as_ref().and_then(|spec| spec.node_name.as_ref()) == Some(&object.name),
        Kind::Namespace => namespace == object.name,
        _ => false,
    };
    let pods = world.pods.iter().filter(|(_, known)| !known.is_brief());
    pods.filter(|((namespace, _), known)| hangs(namespace, &known.pod)).map(|(key, _)| key.clone()).collect()
}

fn mounts(pod: &Pod, claim: &str) -> bool {
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    let mut named = volumes.map(|volume| match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(source), _) => source.claim_name == claim,
        // the claim of an ephemeral volume is named after the pod and the volume
        (None, Some(_)) => format!("{name}-{}", volume.name) == claim,
        (None, None) => false,
    });
    named.any(|named| named)
}
