//! The claims a pod uses, with the volumes they are bound to and where those can be used.

use std::sync::Arc;

use k8s_openapi::api::core::v1::{
    Affinity, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PersistentVolume,
    PersistentVolumeClaim, PodSpec,
};

use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::world::Lookup;

/// A claim a pod uses.
#[derive(Clone, Debug)]
pub struct Used<'a> {
    /// Its name.
    pub name: String,
    /// It was read.
    pub claim: Option<&'a Arc<PersistentVolumeClaim>>,
    /// The volume it names, if that was read.
    pub volume: Option<&'a Arc<PersistentVolume>>,
}

impl Used<'_> {
    /// The volume's name, read or not.
    pub fn volume_name(&self) -> Option<&str> {
        let spec = self.claim?.spec.as_ref()?;
        spec.volume_name.as_deref().filter(|name| !name.is_empty())
    }

    /// The claim's phase; empty when it was not read.
    pub fn phase(&self) -> &str {
        let status = self.claim.and_then(|claim| claim.status.as_ref());
        status.and_then(|status| status.phase.as_deref()).unwrap_or_default()
    }
}

/// The claims the pod names, generic ephemeral volumes' included.
pub fn used(s: &Snapshot) -> Vec<Used<'_>> {
    let names = claim_names(s);
    names
        .into_iter()
        .map(|name| {
            let claim = match s.world.claim(s.namespace(), &name) {
                Lookup::Found(claim) => Some(claim),
                _ => None,
            };
            let volume = claim
                .and_then(|c| c.spec.as_ref()?.volume_name.as_ref())
                .and_then(|volume| s.world.volumes.get(volume));
            Used { name, claim, volume }
        })
        .collect()
}

/// The names of the pod's claims; of a claim, itself. A generic ephemeral volume's is `<pod>-<volume>`.
/// <https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#persistentvolumeclaim-naming>
pub fn claim_names(s: &Snapshot) -> Vec<String> {
    if let Some(claim) = s.object_of(Kind::PersistentVolumeClaim) {
        return vec![claim.name.clone()];
    }
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    volumes
        .into_iter()
        .flatten()
        .filter_map(|volume| match (&volume.persistent_volume_claim, &volume.ephemeral) {
            (Some(claim), _) => Some(claim.claim_name.clone()),
            (None, Some(_)) => Some(format!("{}-{}", s.name(), volume.name)),
            _ => None,
        })
        .collect()
}

/// Where a volume can be used, as a pod spec that asks the same of a node: its node affinity, and the zone labels
/// volumes carried before they had one. `None`: anywhere.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/volumezone/volume_zone.go>
pub fn place_of(volume: &PersistentVolume) -> Option<PodSpec> {
    let affinity = volume.spec.as_ref().and_then(|spec| spec.node_affinity.as_ref()?.required.clone());
    let zones = zone_requirements(volume);
    if affinity.is_none() && zones.is_empty() {
        return None;
    }
    let mut terms = affinity.map(|selector| selector.node_selector_terms).unwrap_or_default();
    if terms.is_empty() {
        terms.push(NodeSelectorTerm::default());
    }
    for term in &mut terms {
        let known = term.match_expressions.get_or_insert_default();
        for zone in &zones {
            if !known.iter().any(|k| k.key == zone.key) {
                known.push(zone.clone());
            }
        }
    }
    Some(PodSpec {
        affinity: Some(Affinity {
            node_affinity: Some(NodeAffinity {
                required_during_scheduling_ignored_during_execution: Some(NodeSelector {
                    node_selector_terms: terms,
                }),
                ..NodeAffinity::default()
            }),
            ..Affinity::default()
        }),
        ..PodSpec::default()
    })
}

/// Labels by which in-tree volumes say where they are; several zones are joined by `__`.
const ZONE_LABELS: &[&str] = &[
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
];

fn zone_requirements(volume: &PersistentVolume) -> Vec<NodeSelectorRequirement> {
    let labels = volume.metadata.labels.iter().flatten();
    labels
        .filter(|(key, _)| ZONE_LABELS.contains(&key.as_str()))
        .map(|(key, value)| NodeSelectorRequirement {
            key: key.clone(),
            operator: "In".to_string(),
            values: Some(value.split("__").map(str::to_string).collect()),
        })
        .collect()
}
