//! Resources, host ports and the number of pods: what a node has left.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/noderesources/fit.go>,
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/nodeports/node_ports.go>

use std::collections::BTreeMap;

use super::scene::Scene;
use super::wanted::Asked;
use crate::brief::HostPort;
use crate::quantity::Milli;
use crate::world::World;

/// A resource a node has too little of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// `cpu`, `memory`, `nvidia.com/gpu` …
    pub resource: String,
    /// What the pod asks.
    pub asked: Milli,
    /// What the node can give at all.
    pub allocatable: Milli,
    /// What its pods ask already.
    pub taken: Milli,
}

impl Shortage {
    /// What is left.
    pub fn free(&self) -> Milli {
        self.allocatable.saturating_sub(self.taken)
    }

    /// How much more the node would need to have free.
    pub fn lacks(&self) -> Milli {
        self.asked.saturating_sub(self.free())
    }
}

/// What the node gives, holds and lacks of each resource the pod asks for, enough or not.
pub fn ledger<'a, 'w>(
    scene: &Scene<'w>,
    asked: &'a Asked,
    name: &str,
) -> impl Iterator<Item = Shortage> + use<'a, 'w> {
    let room = scene.room(name);
    asked.requests.iter().map(move |(resource, asked)| {
        let of = |amounts: &BTreeMap<String, Milli>| amounts.get(resource).copied().unwrap_or_default();
        Shortage {
            allocatable: room.as_ref().map(|room| of(&room.allocatable)).unwrap_or_default(),
            taken: room.as_ref().map(|room| of(&room.taken)).unwrap_or_default(),
            resource: resource.clone(),
            asked: *asked,
        }
    })
}

/// The resources of which the node has too little left.
pub fn shortages(scene: &Scene<'_>, asked: &Asked, name: &str) -> Vec<Shortage> {
    ledger(scene, asked, name).filter(|entry| entry.asked > entry.free()).collect()
}

/// The pods of a node that has no place for one more, and its limit. A node whose status says nothing of what it gives
/// was not read whole; one that gives other things but no pods takes none.
pub fn too_many_pods(scene: &Scene<'_>, name: &str) -> Option<(usize, i128)> {
    let room = scene.room(name)?;
    let limit = room.allocatable.get("pods").copied();
    let limit = limit.or((!room.allocatable.is_empty()).then_some(Milli(0)))?;
    let running = Milli::units(i128::try_from(room.pods).unwrap_or(i128::MAX));
    (running >= limit).then(|| (room.pods, limit.ceil()))
}

/// The pod's host ports that another pod of the node holds, with the place of that pod.
pub fn ports_held(scene: &Scene<'_>, asked: &Asked, node: &str) -> Vec<(HostPort, usize)> {
    if asked.ports.is_empty() {
        return Vec::new();
    }
    let mut held = Vec::new();
    for (place, pod) in scene.pods_on(node) {
        for port in &asked.ports {
            if pod.host_ports.iter().any(|held| held.conflicts(port)) {
                held.push((port.clone(), place));
            }
        }
    }
    held
}

/// The pod's host ports that another pod of the node holds, with that pod.
pub fn port_conflicts(world: &World, asked: &Asked, node: &str) -> Vec<(HostPort, String)> {
    let scene = Scene::of(world);
    let name =
        |place| scene.pod(place).map(|pod| format!("Pod {}/{}", pod.namespace, pod.name)).unwrap_or_default();
    ports_held(&scene, asked, node).into_iter().map(|(port, place)| (port, name(place))).collect()
}
