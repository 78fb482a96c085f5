//! Where a pod's volumes can be used, and how many more a node can attach.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/volumebinding/binder.go> (`checkBoundClaims`),
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/volumezone/volume_zone.go>

use std::collections::BTreeSet;
use std::sync::Arc;

use k8s_openapi::api::core::v1::{Node, PersistentVolume};

use super::affinity::{node_label, selects};
use super::attach::{Attached, attached, attached_to, claim, limits, volume_name};
use super::scene::Scene;
use super::wanted::Wanted;
use crate::brief::claims;

/// The labels of volumes and nodes that say where they are, and what the two old ones are called now.
const PLACES: [(&str, &str); 4] = [
    ("failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"),
    ("topology.kubernetes.io/zone", "topology.kubernetes.io/zone"),
    ("topology.kubernetes.io/region", "topology.kubernetes.io/region"),
];

/// The volumes of a pod, looked up once.
#[derive(Clone, Debug, Default)]
pub struct Volumes {
    bound: Vec<Arc<PersistentVolume>>,
    attach: BTreeSet<Attached>,
    /// Claims and volumes that were not read: nothing can be said of them.
    pub unread: Vec<String>,
}

/// Why a node was refused for a volume's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elsewhere {
    /// The volume's node affinity selects other nodes: the volume's name.
    Affinity(String),
    /// The volume is in another zone or region: its name, the label, where it is.
    Zone(String, String, String),
}

/// A node that can attach no more volumes of a driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// The driver.
    pub driver: String,
    /// How many are attached.
    pub attached: usize,
    /// How many the pod adds.
    pub more: usize,
    /// The node's limit.
    pub limit: usize,
}

impl Volumes {
    /// Looks the pod's claims up.
    pub fn of(scene: &Scene<'_>, wanted: &Wanted) -> Volumes {
        let mut found = Volumes::default();
        for name in claims(&wanted.spec, &wanted.name) {
            let Some(claim) = claim(scene, &wanted.namespace, &name) else {
                found.unread.push(format!("PersistentVolumeClaim {}/{name}", wanted.namespace));
                continue;
            };
            found.attach.extend(attached(scene, claim));
            let Some(volume) = volume_name(claim) else { continue };
            match scene.world.volumes.get(volume) {
                Some(volume) => found.bound.push(Arc::clone(volume)),
                None => found.unread.push(format!("PersistentVolume {volume}")),
            }
        }
        found
    }

    /// Whether the pod has no volume that could keep it off a node.
    pub fn is_empty(&self) -> bool {
        self.bound.is_empty() && self.attach.is_empty()
    }

    /// The volumes that cannot be used on the node.
    pub fn elsewhere(&self, node: &Node) -> Vec<Elsewhere> {
        let mut found = Vec::new();
        for volume in &self.bound {
            let name = || volume.metadata.name.clone().unwrap_or_default();
            let affinity = volume.spec.as_ref().and_then(|s| s.node_affinity.as_ref()?.required.as_ref());
            if affinity.is_some_and(|required| !selects(required, node)) {
                found.push(Elsewhere::Affinity(name()));
            } else if let Some((label, place)) = other_place(volume, node) {
                found.push(Elsewhere::Zone(name(), label, place));
            }
        }
        found
    }

    /// The driver of which the node can attach no more.
    pub fn full(&self, scene: &Scene<'_>, node: &str) -> Option<Full> {
        if self.attach.is_empty() {
            return None;
        }
        let limits = limits(scene, node);
        let drivers: BTreeSet<&String> = self.attach.iter().map(|(driver, _)| driver).collect();
        if !drivers.iter().any(|driver| limits.contains_key(*driver)) {
            return None;
        }
        let there = attached_to(scene, node);
        drivers.into_iter().find_map(|driver| {
            let limit = *limits.get(driver)?;
            let of_driver = |volume: &&Attached| volume.0 == *driver;
            let attached = there.iter().filter(of_driver).count();
            let more = self.attach.iter().filter(of_driver).filter(|volume| !there.contains(volume)).count();
            (more > 0 && attached + more > limit).then(|| Full {
                driver: driver.clone(),
                attached,
                more,
                limit,
            })
        })
    }
}

/// The place label in which the volume and the node differ. A node without any such label is taken for one of a
/// cluster without zones.
fn other_place(volume: &PersistentVolume, node: &Node) -> Option<(String, String)> {
    if !PLACES.iter().any(|(label, _)| node_label(node, label).is_some()) {
        return None;
    }
    let labels = volume.metadata.labels.as_ref()?;
    PLACES.iter().find_map(|(label, today)| {
        let places = labels.get(*label)?;
        let has = node_label(node, label).or_else(|| node_label(node, today));
        // a volume that is in several zones names them all
        let there = has.is_some_and(|has| places.split("__").any(|place| place == has));
        (!there).then(|| (label.to_string(), places.clone()))
    })
}
