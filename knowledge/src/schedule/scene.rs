//! The cluster as it is, or as it would be after a change: a node other than it is, a pod less.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Node;
use serde_json::Value;

use super::selector::{Labels, Selector};
use crate::brief::PodBrief;
use crate::world::{Room, World};

/// The label Kubernetes itself gives each namespace, from 1.21 on.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name>
pub const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// A world, with a change laid over it.
#[derive(Clone, Debug)]
pub struct Scene<'w> {
    /// What was read.
    pub world: &'w World,
    changed: Option<(String, Node)>,
    gone: BTreeSet<usize>,
}

impl<'w> Scene<'w> {
    /// The world as it was read.
    pub fn of(world: &'w World) -> Scene<'w> {
        Scene { world, changed: None, gone: BTreeSet::new() }
    }

    /// The same with this node in place of the one of its name.
    #[must_use]
    pub fn with_node(mut self, node: Node) -> Scene<'w> {
        self.changed = node.metadata.name.clone().map(|name| (name, node));
        self
    }

    /// The same without this pod, by its place in the world's list.
    #[must_use]
    pub fn without(mut self, place: usize) -> Scene<'w> {
        self.gone.insert(place);
        self
    }

    /// A node.
    pub fn node(&self, name: &str) -> Option<&Node> {
        match &self.changed {
            Some((changed, node)) if changed == name => Some(node),
            _ => self.world.nodes.get(name).map(std::sync::Arc::as_ref),
        }
    }

    /// Every node by name.
    pub fn nodes(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.world.nodes.keys().filter_map(|name| Some((name.as_str(), self.node(name)?)))
    }

    /// A pod by its place, unless it is gone.
    pub fn pod(&self, place: usize) -> Option<&'w PodBrief> {
        self.world.briefs.get(place).filter(|_| !self.gone.contains(&place))
    }

    /// The pods that hold a node's resources, with their places.
    pub fn pods_on(&self, node: &str) -> impl Iterator<Item = (usize, &'w PodBrief)> {
        self.world.places_on(node).iter().filter_map(|place| Some((*place, self.pod(*place)?)))
    }

    /// What a node gives and what its pods ask of it.
    pub fn room(&self, node: &str) -> Option<Cow<'w, Room>> {
        let room = self.world.room(node)?;
        let mut room = Cow::Borrowed(room);
        for place in self.world.places_on(node).iter().filter(|place| self.gone.contains(place)) {
            let Some(pod) = self.world.briefs.get(*place) else { continue };
            let changed = room.to_mut();
            changed.pods = changed.pods.saturating_sub(1);
            for (resource, amount) in &pod.requests {
                if let Some(taken) = changed.taken.get_mut(resource) {
                    *taken = taken.saturating_sub(amount.whole(resource));
                }
            }
        }
        Some(room)
    }

    /// The bound pods of these namespaces that the selector selects, with their places.
    pub fn selected<'s>(
        &'s self,
        namespaces: impl Iterator<Item = &'s str> + 's,
        selector: &'s Selector,
    ) -> impl Iterator<Item = (usize, &'w PodBrief)> + 's {
        let neighbours = self.world.neighbours();
        namespaces
            .flat_map(|namespace| neighbours.candidates(namespace, selector))
            .filter_map(|place| Some((place, self.pod(place)?)))
            .filter(|(_, pod)| selector.matches(&pod.labels))
    }

    /// A namespace's labels, as far as they are known: one that was not read has at least the label with its name.
    pub fn namespace_labels(&self, namespace: &str) -> Labels {
        match self.namespace(namespace).and_then(|object| object.pointer("/metadata/labels")?.as_object()) {
            Some(labels) => labels
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_string())))
                .collect(),
            None => BTreeMap::from([(NAMESPACE_NAME.to_string(), namespace.to_string())]),
        }
    }

    /// A namespace, if it was read.
    pub fn namespace(&self, name: &str) -> Option<&Value> {
        let key = ("Namespace".to_string(), String::new(), name.to_string());
        self.world.others.get(&key).map(std::sync::Arc::as_ref)
    }
}
