//! The pods of a CSI driver.

use k8s_openapi::api::core::v1::Pod;

use crate::container::{ContainerKind, containers};
use crate::snapshot::Snapshot;

/// A pod of the CSI driver that is in the world and not well: on this node, or the one that attaches. (namespace/name,
/// what ails it.)
pub fn unwell_driver_pod(s: &Snapshot, node: &str, driver: &str) -> Option<(String, String)> {
    let part = |pod: &Pod, name: &str| {
        let spec = pod.spec.as_ref();
        spec.is_some_and(|spec| spec.containers.iter().any(|c| c.name.contains(name)))
    };
    let here = |pod: &Pod| pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()) == Some(node);
    s.world.pods.iter().find_map(|((namespace, name), object)| {
        let pod = &object.pod;
        let placed = (here(pod) && part(pod, "registrar"))
            || part(pod, "csi-attacher")
            || part(pod, "csi-provisioner");
        let views = containers(pod);
        let bad = views.iter().find(|c| {
            let stuck = c.waiting().is_some_and(|(reason, _)| !matches!(reason, "" | "PodInitializing"));
            c.kind != ContainerKind::Ephemeral
                && (stuck || c.terminated().is_some_and(|end| end.exit_code != 0))
        })?;
        let reason = bad.waiting().map_or("ended", |(reason, _)| reason);
        let ours = placed && is_of(pod, name, driver);
        ours.then(|| (format!("{namespace}/{name}"), format!("{} {reason}", bad.name)))
    })
}

/// Whether a pod is of the driver: it names it, in the path of its socket mostly; else by the word in the driver's name that
/// tells it from others. Each driver has a registrar, an attacher and a provisioner of its own.
/// <https://kubernetes-csi.github.io/docs/node-driver-registrar.html>
fn is_of(pod: &Pod, name: &str, driver: &str) -> bool {
    let general = ["csi", "driver", "com", "io", "org", "net", "k8s", "plugin", "storage", "block"];
    let own = driver.split(['.', '-']).find(|word| !general.contains(word) && word.len() > 1);
    names(pod, driver) || own.is_some_and(|own| name.contains(own))
}

/// Whether a container's arguments or environment, or a folder it mounts from the node, hold the driver's name.
fn names(pod: &Pod, driver: &str) -> bool {
    let Some(spec) = &pod.spec else { return false };
    let folders = spec.volumes.iter().flatten().filter_map(|v| Some(v.host_path.as_ref()?.path.as_str()));
    let told = spec.containers.iter().flat_map(|c| {
        let words = c.args.iter().flatten().chain(c.command.iter().flatten()).map(String::as_str);
        words.chain(c.env.iter().flatten().filter_map(|e| e.value.as_deref()))
    });
    !driver.is_empty() && folders.chain(told).any(|text| text.contains(driver))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_told_from_others() {
        let pod = Pod::default();
        for (name, driver, ours) in [
            ("ebs-csi-node-x7k2p", "ebs.csi.aws.com", true),
            ("csi-nfs-node-bbbbb", "ebs.csi.aws.com", false),
            ("csi-nfs-node-bbbbb", "nfs.csi.k8s.io", true),
            ("csi-azuredisk-node-1", "disk.csi.azure.com", true),
            ("longhorn-csi-plugin-1", "driver.longhorn.io", true),
            ("csi-node-1", "", false),
        ] {
            assert_eq!(is_of(&pod, name, driver), ours, "{name} {driver}");
        }
    }
}
