//! Which volumes a node's driver has to attach, and how many it can.
//! <https://kubernetes.io/docs/concepts/storage/storage-limits/>,
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/nodevolumelimits/csi.go>

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::api::core::v1::{PersistentVolume, PersistentVolumeClaim};
use serde_json::Value;

use super::scene::Scene;
use crate::quantity::Milli;

/// A volume as its driver knows it: driver, handle.
pub type Attached = (String, String);

/// In-tree volumes count for the driver that took them over: driver, provisioner, resource of the node.
/// <https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/volume/util/attach_limit.go>
const IN_TREE: &[(&str, &str, &str)] = &[
    ("ebs.csi.aws.com", "kubernetes.io/aws-ebs", "attachable-volumes-aws-ebs"),
    ("pd.csi.storage.gke.io", "kubernetes.io/gce-pd", "attachable-volumes-gce-pd"),
    ("disk.csi.azure.com", "kubernetes.io/azure-disk", "attachable-volumes-azure-disk"),
    ("cinder.csi.openstack.org", "kubernetes.io/cinder", "attachable-volumes-cinder"),
];

/// Before there were CSINodes a node said its CSI drivers' limits in resources of this name and the driver's.
const CSI_RESOURCE: &str = "attachable-volumes-csi-";

fn of_provisioner(provisioner: &str) -> String {
    let in_tree = IN_TREE.iter().find(|(_, name, _)| *name == provisioner);
    in_tree.map_or(provisioner, |(driver, ..)| driver).to_string()
}

fn of_volume(volume: &PersistentVolume) -> Option<Attached> {
    let spec = volume.spec.as_ref()?;
    if let Some(csi) = &spec.csi {
        return Some((csi.driver.clone(), csi.volume_handle.clone()));
    }
    let driver = if spec.aws_elastic_block_store.is_some() {
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
    Some((driver.to_string(), volume.metadata.name.clone()?))
}

/// A claim by name, if it was read.
pub fn claim<'w>(scene: &Scene<'w>, namespace: &str, name: &str) -> Option<&'w Arc<PersistentVolumeClaim>> {
    scene.world.claims.get(&(namespace.to_string(), name.to_string()))
}

/// The volume a claim is bound to.
pub fn volume_name(claim: &PersistentVolumeClaim) -> Option<&str> {
    claim.spec.as_ref()?.volume_name.as_deref().filter(|name| !name.is_empty())
}

/// What a claim has its driver attach; a claim that is not bound yet counts as a volume of its class.
pub fn attached(scene: &Scene<'_>, claim: &PersistentVolumeClaim) -> Option<Attached> {
    if let Some(volume) = volume_name(claim).and_then(|name| scene.world.volumes.get(name)) {
        return of_volume(volume);
    }
    let class = claim.spec.as_ref()?.storage_class_name.as_deref().filter(|class| !class.is_empty())?;
    let class = scene.world.storage_classes.get(class)?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let own = format!("{}/{}", text(&claim.metadata.namespace), text(&claim.metadata.name));
    Some((of_provisioner(&class.provisioner), own))
}

/// The volumes on a node: those of its pods' claims, and those that are attached to it.
pub fn attached_to(scene: &Scene<'_>, node: &str) -> BTreeSet<Attached> {
    let mut found = BTreeSet::new();
    for (_, pod) in scene.pods_on(node) {
        let claims = pod.claims.iter().filter_map(|name| claim(scene, &pod.namespace, name));
        found.extend(claims.filter_map(|claim| attached(scene, claim)));
    }
    let attachments =
        scene.world.others.range((String::from("VolumeAttachment"), String::new(), String::new())..);
    for (_, attachment) in attachments.take_while(|((kind, ..), _)| kind == "VolumeAttachment") {
        let text = |path: &str| attachment.pointer(path).and_then(Value::as_str);
        if text("/spec/nodeName") != Some(node) {
            continue;
        }
        let volume = text("/spec/source/persistentVolumeName").and_then(|name| scene.world.volumes.get(name));
        if let (Some(driver), Some((_, handle))) = (text("/spec/attacher"), volume.and_then(|v| of_volume(v)))
        {
            found.insert((of_provisioner(driver), handle));
        }
    }
    found
}

/// How many volumes the node can attach, by driver; a driver that does not say is left out.
pub fn limits(scene: &Scene<'_>, node: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    let status = scene.node(node).and_then(|node| node.status.as_ref());
    for (resource, amount) in status.iter().flat_map(|status| status.allocatable.iter().flatten()) {
        let in_tree = IN_TREE.iter().find(|(.., name)| name == resource).map(|(driver, ..)| *driver);
        let driver = in_tree.or_else(|| resource.strip_prefix(CSI_RESOURCE));
        let limit = Milli::parse(&amount.0).and_then(|amount| usize::try_from(amount.ceil()).ok());
        found.extend(driver.map(str::to_string).zip(limit));
    }
    let key = ("CSINode".to_string(), String::new(), node.to_string());
    let drivers = scene.world.others.get(&key).and_then(|csi| csi.pointer("/spec/drivers")?.as_array());
    let limit = |driver: &Value| {
        let count = driver.pointer("/allocatable/count")?.as_u64()?;
        Some((driver.get("name")?.as_str()?.to_string(), usize::try_from(count).ok()?))
    };
    found.extend(drivers.into_iter().flatten().filter_map(limit));
    found
}
