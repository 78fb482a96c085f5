//! The file systems of the kubelet and of the images.
//!
//! The kubelet takes what is free for anyone, not what root may still use, and so does this.
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#eviction-signals>

use std::io::ErrorKind;

use podwhy_api::report::Disk;

use super::{Host, Seen};

/// Where kubelets and runtimes keep what is large. Those of k3s and of RKE2 have a containerd of their own.
const FOLDERS: [&str; 6] = [
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/docker",
    "/var/lib/containers",
    "/var/lib/rancher/k3s/agent/containerd",
    "/var/lib/rancher/rke2/agent/containerd",
];

/// Bytes and inodes of the usual folders that exist, and of `more`, such as a kubelet's `--root-dir`.
pub fn disks(host: &Host, more: &[&str]) -> Seen<Vec<Disk>> {
    let mut seen = Seen::<Vec<Disk>>::default();
    for path in FOLDERS.iter().chain(more) {
        if seen.found.iter().any(|disk| disk.path == *path) {
            continue;
        }
        match host.space(path) {
            Ok(space) => seen.found.push(Disk {
                path: path.to_string(),
                capacity: space.f_blocks.saturating_mul(space.f_frsize),
                free: space.f_bavail.saturating_mul(space.f_frsize),
                inodes: space.f_files,
                inodes_free: space.f_favail,
            }),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                // a folder that is not there is nothing to tell; one on a disk that is not mounted here is
                if let Some((link, target)) = host.dangling(path) {
                    seen.lacks(
                        "disks",
                        format!("{path}: {link} is a link to {target}, which is not seen from here"),
                    );
                }
            }
            Err(error) => seen.lacks("disks", format!("{path}: {error}")),
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_exist_are_told_of() {
        let root = tempfile::tempdir().unwrap();
        for folder in ["var/lib/containerd", "mnt/disk0/kubelet"] {
            std::fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        std::fs::write(root.path().join("var/lib/docker"), "").unwrap();
        let seen = disks(&Host::at(root.path()), &["/mnt/disk0/kubelet", "/var/lib/containerd"]);
        let paths: Vec<&str> = seen.found.iter().map(|disk| disk.path.as_str()).collect();
        assert_eq!(paths, ["/var/lib/containerd", "/mnt/disk0/kubelet"]);
        assert!(seen.found.iter().all(|disk| disk.capacity > 0 && disk.free <= disk.capacity));
        assert_eq!(seen.gaps, []);
    }

    #[test]
    fn a_link_out_of_what_is_mounted_is_a_gap() {
        let root = tempfile::tempdir().unwrap();
        let lib = root.path().join("var/lib");
        std::fs::create_dir_all(lib.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("/data/docker", lib.join("docker")).unwrap();
        std::os::unix::fs::symlink("/data", lib.join("containers")).unwrap();
        std::os::unix::fs::symlink("elsewhere", lib.join("rancher")).unwrap();
        let seen = disks(&Host::at(root.path()), &["/var/lib/containers/storage"]);
        assert_eq!(seen.found, [], "{:?}", seen.found);
        let said: Vec<&str> = seen.gaps.iter().map(|gap| gap.why.as_str()).collect();
        assert_eq!(
            said,
            [
                "/var/lib/docker: /var/lib/docker is a link to /data/docker, which is not seen from here",
                "/var/lib/containers: /var/lib/containers is a link to /data, which is not seen from here",
                "/var/lib/containers/storage: /var/lib/containers is a link to /data, which is not seen from here",
            ],
            "of K3s' folders, which are behind a link that leads somewhere, nothing is told"
        );
    }

    #[test]
    fn what_cannot_be_asked_is_a_gap() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("var/lib")).unwrap();
        std::os::unix::fs::symlink("kubelet", root.path().join("var/lib/kubelet")).unwrap();
        let seen = disks(&Host::at(root.path()), &[]);
        assert_eq!(seen.found, []);
        assert!(seen.gaps[0].why.starts_with("/var/lib/kubelet: "), "{:?}", seen.gaps);
    }
}
