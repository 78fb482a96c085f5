//! What stands behind a pod's volume: its claim, the PersistentVolume, the driver, and where it is attached.

use k8s_openapi::api::core::v1::{PersistentVolume, Volume};
use serde_json::Value;

use crate::finding::{Blame, Evidence, Source};
use crate::snapshot::Snapshot;

/// One volume of the pod that is stored somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Its name in the pod.
    pub name: String,
    /// Its claim.
    pub claim: Option<String>,
    /// The PersistentVolume.
    pub volume: Option<String>,
    /// The CSI driver.
    pub driver: Option<String>,
    /// The file system or kind: `nfs`, `ext4`, `iscsi`; empty where it is not known.
    pub kind: String,
    /// `10.0.0.5:/exports/media`, a device, a share.
    pub place: Option<String>,
    /// Whether one node at a time may have it.
    pub single: bool,
}

impl Storage {
    /// The object to look at: the PersistentVolume, else the claim, else what declares the volume inline.
    pub fn blame(&self, s: &Snapshot) -> Blame {
        match (&self.volume, &self.claim) {
            (Some(volume), _) if s.world.volumes.contains_key(volume) => {
                Blame::global("PersistentVolume", volume)
            }
            (_, Some(claim)) => Blame::namespaced("PersistentVolumeClaim", s.namespace(), claim),
            _ => s.top_owner(),
        }
    }
}

/// Every volume of the pod that is stored outside of it.
pub fn storages(s: &Snapshot) -> Vec<Storage> {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    volumes.into_iter().flatten().filter_map(|volume| storage(s, volume)).collect()
}

/// The one a message means: it names the PersistentVolume, or an inline volume by its name in the pod.
pub fn storage_of(s: &Snapshot, named: &str) -> Option<Storage> {
    let all = storages(s);
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let is_inline = volumes.into_iter().flatten().any(|volume| volume.name == named);
    let by = |f: &dyn Fn(&Storage) -> bool| all.iter().find(|storage| f(storage)).cloned();
    by(&|x| x.volume.as_deref() == Some(named))
        .or_else(|| by(&|x| x.name == named))
        // the claim was not read, and the pod has only this one
        .or_else(|| {
            let claimed: Vec<&Storage> =
                all.iter().filter(|x| x.claim.is_some() && x.volume.is_none()).collect();
            match (&claimed[..], named.is_empty() || is_inline) {
                ([one], false) => Some(Storage { volume: Some(named.to_string()), ..(*one).clone() }),
                _ => None,
            }
        })
}

/// In-tree disks: a cluster that hands them to a CSI driver calls them by the driver's name and the disk's.
/// <https://kubernetes.io/docs/concepts/storage/volumes/#csi-migration>
const MIGRATED: [&str; 5] = ["aws-ebs", "azure-disk", "cinder", "gce-pd", "vsphere"];

/// Whether the pod may have the volume an event about attaching names: not one whose claims were all read and have
/// other PersistentVolumes.
pub fn may_have(s: &Snapshot, named: &str) -> bool {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let by_name = volumes.into_iter().flatten().any(|volume| volume.name == named);
    let may_be = |storage: &Storage| match (&storage.claim, &storage.volume) {
        (_, Some(volume)) => volume == named,
        (Some(_), None) => true,
        (None, None) => MIGRATED.contains(&storage.kind.as_str()),
    };
    named.is_empty() || by_name || storages(s).iter().any(may_be)
}

fn storage(s: &Snapshot, volume: &Volume) -> Option<Storage> {
    let base = Storage { name: volume.name.clone(), ..Storage::default() };
    let claim = match (&volume.persistent_volume_claim, &volume.ephemeral) {
        (Some(claim), _) => Some(claim.claim_name.clone()),
        // a generic ephemeral volume's claim is named after the pod
        (None, Some(_)) => Some(format!("{}-{}", s.name(), volume.name)),
        (None, None) => None,
    };
    if let Some(claim) = claim {
        let key = (s.namespace().to_string(), claim.clone());
        let bound = s.world.claims.get(&key).and_then(|c| c.spec.as_ref()?.volume_name.clone());
        let known = bound.as_ref().and_then(|name| s.world.volumes.get(name));
        let mut storage = known.map(|volume| of_persistent(volume)).unwrap_or_default();
        storage.name = base.name;
        storage.claim = Some(claim);
        storage.volume = bound;
        return Some(storage);
    }
    let nfs =
        volume.nfs.as_ref().map(|nfs| ("nfs".to_string(), Some(format!("{}:{}", nfs.server, nfs.path))));
    let csi = volume.csi.as_ref();
    let iscsi = volume.iscsi.as_ref().map(|i| ("iscsi".to_string(), Some(i.target_portal.clone())));
    let other = [
        (volume.aws_elastic_block_store.is_some(), "aws-ebs"),
        (volume.azure_disk.is_some(), "azure-disk"),
        (volume.azure_file.is_some(), "cifs"),
        (volume.cephfs.is_some(), "ceph"),
        (volume.cinder.is_some(), "cinder"),
        (volume.fc.is_some(), "fc"),
        (volume.flex_volume.is_some(), "flexVolume"),
        (volume.gce_persistent_disk.is_some(), "gce-pd"),
        (volume.glusterfs.is_some(), "glusterfs"),
        (volume.rbd.is_some(), "rbd"),
        (volume.vsphere_volume.is_some(), "vsphere"),
    ];
    let other = other.iter().find(|(is, _)| *is).map(|(_, kind)| (kind.to_string(), None));
    let inline = csi.map(|csi| (csi.fs_type.clone().unwrap_or_default(), None));
    let (kind, place) = nfs.or(iscsi).or(other).or(inline)?;
    Some(Storage { kind, place, driver: csi.map(|csi| csi.driver.clone()), ..base })
}

fn of_persistent(volume: &PersistentVolume) -> Storage {
    let Some(spec) = &volume.spec else { return Storage::default() };
    let modes = spec.access_modes.as_deref().unwrap_or_default();
    let csi = spec.csi.as_ref();
    let nfs = spec.nfs.as_ref().map(|nfs| ("nfs".to_string(), Some(format!("{}:{}", nfs.server, nfs.path))));
    let local = spec.local.as_ref().map(|l| (l.fs_type.clone().unwrap_or_default(), Some(l.path.clone())));
    let of_csi = csi.map(|csi| {
        let attributes = csi.volume_attributes.as_ref();
        let text = |key: &str| attributes.and_then(|a| a.get(key)).cloned();
        let server = text("server").zip(text("share")).map(|(server, share)| format!("{server}:{share}"));
        (csi.fs_type.clone().unwrap_or_default(), server.or_else(|| text("source")))
    });
    let (kind, place) = nfs.or(local).or(of_csi).unwrap_or_default();
    Storage {
        driver: csi.map(|csi| csi.driver.clone()),
        kind,
        place,
        single: !modes.is_empty()
            && !modes.iter().any(|mode| mode == "ReadWriteMany" || mode == "ReadOnlyMany"),
        ..Storage::default()
    }
}

/// A VolumeAttachment: what the attach controller wants on a node, and what came of it.
/// <https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/>
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// The node.
    pub node: String,
    /// Whether it is done.
    pub attached: bool,
    /// Being deleted: the volume is to leave the node.
    pub leaving: bool,
    /// Why the last attempt failed, in the driver's words.
    pub error: Option<String>,
}

impl Attachment {
    /// The attachment as evidence.
    pub fn evidence(&self) -> Evidence {
        let mut text = format!("nodeName {} attached={}", self.node, self.attached);
        if let Some(error) = &self.error {
            text.push_str(&format!(" attachError: {error}"));
        }
        Evidence::new(Source::Object, format!("VolumeAttachment {}", self.name), None, text)
    }
}

/// The attachments of a PersistentVolume.
pub fn attachments(s: &Snapshot, volume: &str) -> Vec<Attachment> {
    let text = |value: &Value, path: &str| value.pointer(path).and_then(Value::as_str).map(str::to_string);
    s.others("VolumeAttachment", "")
        .filter(|(_, value)| text(value, "/spec/source/persistentVolumeName").as_deref() == Some(volume))
        .map(|(name, value)| Attachment {
            name: name.to_string(),
            node: text(value, "/spec/nodeName").unwrap_or_default(),
            attached: value.pointer("/status/attached").and_then(Value::as_bool).unwrap_or(false),
            leaving: value.pointer("/metadata/deletionTimestamp").is_some(),
            error: text(value, "/status/attachError/message"),
        })
        .collect()
}

/// Whether the pod's Node lists a CSI driver's PersistentVolume among what is attached to it.
/// <https://kubernetes.io/docs/reference/node/node-status/>
pub fn is_attached_by_node(s: &Snapshot, volume: &str) -> bool {
    let csi = s.world.volumes.get(volume).and_then(|volume| volume.spec.as_ref()?.csi.as_ref());
    let name = csi.map(|csi| format!("kubernetes.io/csi/{}^{}", csi.driver, csi.volume_handle));
    let attached = s.node().and_then(|node| node.status.as_ref()?.volumes_attached.as_ref());
    attached.into_iter().flatten().any(|attached| Some(&attached.name) == name.as_ref())
}

/// Whether the node's CSINode was read and does not list the driver: its pod there has not registered it.
pub fn lacks_driver(s: &Snapshot, node: &str, driver: &str) -> Option<Evidence> {
    let object = s.other("CSINode", "", node)?;
    let drivers = object.pointer("/spec/drivers").and_then(Value::as_array);
    let names: Vec<&str> = drivers.into_iter().flatten().filter_map(|d| d.get("name")?.as_str()).collect();
    if names.contains(&driver) {
        return None;
    }
    let listed = if names.is_empty() { "none".to_string() } else { names.join(", ") };
    Some(Evidence::new(Source::Object, format!("CSINode {node}"), None, format!("spec.drivers: {listed}")))
}

/// Whether the node lists the driver by now.
pub fn has_driver(s: &Snapshot, node: &str, driver: &str) -> bool {
    s.other("CSINode", "", node).is_some() && lacks_driver(s, node, driver).is_none()
}
