//! How many volumes of a driver a node holds and may hold.
//! <https://kubernetes.io/docs/concepts/storage/storage-limits/>

use std::collections::BTreeSet;

use serde_json::Value;

use crate::quantity::Milli;
use crate::snapshot::Snapshot;

/// One driver on one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attached {
    /// The node.
    pub node: String,
    /// The driver.
    pub driver: String,
    /// How many it may hold; `None` where the node does not say.
    pub limit: Option<i64>,
    /// The volumes that are on it, as far as was read.
    pub volumes: BTreeSet<String>,
}

/// In-tree volumes count for the driver that took them over, and under a resource of the node.
const IN_TREE: &[(&str, &str, &str)] = &[
    ("ebs.csi.aws.com", "awsElasticBlockStore", "attachable-volumes-aws-ebs"),
    ("pd.csi.storage.gke.io", "gcePersistentDisk", "attachable-volumes-gce-pd"),
    ("disk.csi.azure.com", "azureDisk", "attachable-volumes-azure-disk"),
    ("cinder.csi.openstack.org", "cinder", "attachable-volumes-cinder"),
];

/// The driver of the volumes a StorageClass makes.
pub fn driver_of_provisioner(provisioner: &str) -> String {
    let in_tree = match provisioner {
        "kubernetes.io/aws-ebs" => "ebs.csi.aws.com",
        "kubernetes.io/gce-pd" => "pd.csi.storage.gke.io",
        "kubernetes.io/azure-disk" => "disk.csi.azure.com",
        "kubernetes.io/cinder" => "cinder.csi.openstack.org",
        other => other,
    };
    in_tree.to_string()
}

/// The driver of a volume.
pub fn driver_of(s: &Snapshot, volume: &str) -> Option<String> {
    let spec = s.world.volumes.get(volume)?.spec.as_ref()?;
    if let Some(csi) = &spec.csi {
        return Some(csi.driver.clone());
    }
    let in_tree = if spec.aws_elastic_block_store.is_some() {
        "ebs.csi.aws.com"
    } else if spec.gce_persistent_disk.is_some() {
        "pd.csi.storage.gke.io"
    } else if spec.azure_disk.is_some() {
        "disk.csi.azure.com"
    } else if spec.cinder.is_some() {
        "cinder.csi.openstack.org"
    } else {
        return None;
    };
    Some(in_tree.to_string())
}

/// The driver's volumes on a node: those of its pods' claims, and those that are attached to it.
pub fn attached(s: &Snapshot, node: &str, driver: &str) -> Attached {
    let mut volumes = BTreeSet::new();
    for pod in s.world.pods_on(node) {
        let key = (pod.namespace.clone(), pod.name.clone());
        let spec = s.world.pods.get(&key).and_then(|object| object.pod.spec.as_ref());
        for volume in spec.iter().flat_map(|spec| spec.volumes.iter().flatten()) {
            let claim = match (&volume.persistent_volume_claim, &volume.ephemeral) {
                (Some(claim), _) => claim.claim_name.clone(),
                (None, Some(_)) => format!("{}-{}", pod.name, volume.name),
                _ => continue,
            };
            let claim = s.world.claims.get(&(pod.namespace.clone(), claim));
            let name = claim.and_then(|claim| claim.spec.as_ref()?.volume_name.clone());
            volumes.extend(name.filter(|name| driver_of(s, name).as_deref() == Some(driver)));
        }
    }
    for (_, attachment) in s.others("VolumeAttachment", "") {
        let text = |path: &str| attachment.pointer(path).and_then(Value::as_str);
        if text("/spec/nodeName") == Some(node) && text("/spec/attacher") == Some(driver) {
            volumes.extend(text("/spec/source/persistentVolumeName").map(str::to_string));
        }
    }
    Attached { node: node.to_string(), driver: driver.to_string(), limit: limit(s, node, driver), volumes }
}

fn limit(s: &Snapshot, node: &str, driver: &str) -> Option<i64> {
    let csi = s.other("CSINode", "", node).and_then(|node| {
        let drivers = node.pointer("/spec/drivers")?.as_array()?;
        let own = drivers.iter().find(|d| d.get("name").and_then(Value::as_str) == Some(driver))?;
        own.pointer("/allocatable/count")?.as_i64()
    });
    csi.or_else(|| {
        let (.., resource) = IN_TREE.iter().find(|(name, ..)| *name == driver)?;
        let allocatable = s.world.nodes.get(node)?.status.as_ref()?.allocatable.as_ref()?;
        i64::try_from(Milli::parse(&allocatable.get(*resource)?.0)?.ceil()).ok()
    })
}
