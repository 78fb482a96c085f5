//! A change that would let the pod run, as a value: applied in memory to prove it, and offered as a command.

use k8s_openapi::api::core::v1::{Container, Node, PodSpec, Taint, Toleration};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::filters::{Filters, is_device};
use super::scene::Scene;
use super::taint::{self, UNSCHEDULABLE};
use super::wanted::Wanted;
use crate::quantity::Milli;

/// A pod that would have to go.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moved {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The node it is on.
    pub node: String,
    /// Its place in the world's list.
    pub place: usize,
}

/// One change.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Lower what a container requests, so that the pod fits on the node; no more than it takes.
    LowerRequest {
        /// The resource.
        resource: String,
        /// The container; `None` where the request stands on the pod itself.
        container: Option<String>,
        /// What it requests now.
        from: Milli,
        /// The largest request with which the pod fits.
        to: Milli,
        /// The node.
        node: String,
    },
    /// Give a node the labels the pod asks for.
    LabelNode {
        /// The node.
        node: String,
        /// Key and value.
        labels: Vec<(String, String)>,
    },
    /// Let the pod tolerate a node's taints.
    Tolerate {
        /// The node.
        node: String,
        /// The taints.
        taints: Vec<Taint>,
    },
    /// Take the cordon off a node.
    Uncordon {
        /// The node.
        node: String,
    },
    /// Have pods go elsewhere: fewest first, then smallest.
    MovePods {
        /// The node the pod then fits on.
        node: String,
        /// The pods.
        pods: Vec<Moved>,
    },
}

impl Change {
    /// The node the pod fits on after it.
    pub fn node(&self) -> &str {
        match self {
            Change::LowerRequest { node, .. }
            | Change::LabelNode { node, .. }
            | Change::Tolerate { node, .. }
            | Change::Uncordon { node }
            | Change::MovePods { node, .. } => node,
        }
    }

    /// The cluster and the pod as they would be; `None` when the change is about something that is not there.
    pub fn apply<'w>(&self, scene: &Scene<'w>, wanted: &Wanted) -> Option<(Scene<'w>, Wanted)> {
        let (mut scene, mut wanted) = (scene.clone(), wanted.clone());
        match self {
            Change::LowerRequest { resource, container, to, .. } => {
                set_request(&mut wanted.spec, container.as_deref(), resource, *to)?;
                wanted.add_up();
            }
            Change::LabelNode { node, labels } => {
                let mut node = scene.node(node)?.clone();
                node.metadata.labels.get_or_insert_default().extend(labels.iter().cloned());
                scene = scene.with_node(node);
            }
            Change::Tolerate { taints, .. } => {
                wanted.spec.tolerations.get_or_insert_default().extend(taints.iter().map(toleration));
            }
            Change::Uncordon { node } => {
                let node = uncordoned(scene.node(node)?.clone());
                scene = scene.with_node(node);
            }
            Change::MovePods { pods, .. } => {
                for pod in pods {
                    scene.pod(pod.place)?;
                    scene = scene.without(pod.place);
                }
            }
        }
        Some((scene, wanted))
    }

    /// Whether the pod fits on the node once this is done: the filters run again.
    pub fn is_enough(&self, scene: &Scene<'_>, wanted: &Wanted) -> bool {
        self.apply(scene, wanted)
            .is_some_and(|(scene, wanted)| Filters::of(&scene, &wanted).fits(self.node()))
    }
}

/// The toleration that suits one taint and no other.
pub fn toleration(taint: &Taint) -> Toleration {
    let value = taint.value.clone().filter(|value| !value.is_empty());
    Toleration {
        key: Some(taint.key.clone()),
        operator: Some(if value.is_some() { "Equal" } else { "Exists" }.to_string()),
        value,
        effect: Some(taint.effect.clone()),
        ..Toleration::default()
    }
}

/// `key=value:Effect`, as `kubectl taint` writes them.
pub fn show_taints(taints: &[Taint]) -> String {
    taints.iter().map(taint::show).collect::<Vec<_>>().join(", ")
}

fn uncordoned(mut node: Node) -> Node {
    if let Some(spec) = &mut node.spec {
        spec.unschedulable = None;
        if let Some(taints) = &mut spec.taints {
            taints.retain(|taint| taint.key != UNSCHEDULABLE);
        }
    }
    node
}

/// Sets what a container, or with none the pod itself, requests.
pub(super) fn set_request(
    spec: &mut PodSpec,
    container: Option<&str>,
    resource: &str,
    to: Milli,
) -> Option<()> {
    let to = Quantity(to.to_string());
    let Some(name) = container else {
        let resources = spec.resources.as_mut()?;
        resources.requests.get_or_insert_default().insert(resource.to_string(), to);
        return Some(());
    };
    let named = |c: &&mut Container| c.name == name;
    let app = spec.containers.iter_mut().find(named);
    let container = app.or_else(|| spec.init_containers.iter_mut().flatten().find(named))?;
    let resources = container.resources.get_or_insert_default();
    // a device is requested by its limit: the API server wants both equal
    if is_device(resource) {
        resources.limits.get_or_insert_default().insert(resource.to_string(), to.clone());
    }
    resources.requests.get_or_insert_default().insert(resource.to_string(), to);
    Some(())
}
