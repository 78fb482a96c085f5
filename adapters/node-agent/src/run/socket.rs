//! Where the runtime's socket is.

use std::path::{Path, PathBuf};

/// Where it is, where nothing says so: <https://kubernetes.io/docs/setup/production-environment/container-runtimes/>
///
/// K3s' and RKE2's comes first: below `/run` it is there only where one of them runs, and a containerd beside it is somebody else's.
const USUAL: [&str; 4] = [
    "/run/k3s/containerd/containerd.sock",
    "/run/containerd/containerd.sock",
    "/run/crio/crio.sock",
    "/run/cri-dockerd.sock",
];

/// The socket of the kubelet's own `endpoint`; without one, the first of the usual ones that is there. Each is looked for below the node's
/// root first, as it is mounted for the agent, and then as it is.
pub(super) fn find(endpoint: Option<&str>, root: &Path) -> Option<PathBuf> {
    let usual = || {
        let below = USUAL.iter().map(|path| below(root, path));
        below.chain(USUAL.iter().map(PathBuf::from)).find(|path| path.exists())
    };
    let Some(endpoint) = endpoint else { return usual() };
    let path = path_of(endpoint)?;
    let below = below(root, &path);
    // one that is not there is told as that: the socket of another runtime is not what the kubelet asks
    let as_it_is = PathBuf::from(path);
    let is_elsewhere = !below.exists() && (as_it_is.exists() || !root.is_dir());
    Some(if is_elsewhere { as_it_is } else { below })
}

/// `unix:///run/containerd/containerd.sock`; older kubelets take the path alone as well.
fn path_of(endpoint: &str) -> Option<String> {
    let path = endpoint.strip_prefix("unix://").unwrap_or(endpoint);
    if !path.starts_with('/') {
        return None;
    }
    // a link to /run on every node with systemd, and not among what is mounted of it
    Some(path.strip_prefix("/var/run/").map_or_else(|| path.to_string(), |rest| format!("/run/{rest}")))
}

fn below(root: &Path, path: &str) -> PathBuf {
    root.join(path.trim_start_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(sockets: &[&str]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for socket in sockets {
            let path = below(root.path(), socket);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        root
    }

    #[test]
    fn what_the_kubelet_names_is_below_the_nodes_root() {
        let root = node(&["/run/crio/crio.sock", "/run/containerd/containerd.sock"]);
        for endpoint in
            ["unix:///run/crio/crio.sock", "unix:///var/run/crio/crio.sock", "/run/crio/crio.sock"]
        {
            let found = find(Some(endpoint), root.path());
            assert_eq!(found, Some(root.path().join("run/crio/crio.sock")), "{endpoint}");
        }
        assert_eq!(find(Some("tcp://10.0.0.1:1"), root.path()), None);
    }

    #[test]
    fn one_that_is_not_there_is_not_exchanged_for_another() {
        let root = node(&["/run/containerd/containerd.sock"]);
        let gone = Some("unix:///run/none/none.sock");
        assert_eq!(find(gone, root.path()), Some(root.path().join("run/none/none.sock")));
        assert_eq!(find(gone, Path::new("/no/such/root")), Some("/run/none/none.sock".into()));
    }

    #[test]
    fn where_it_is_mounted_as_it_is_it_is_found_there() {
        let (root, elsewhere) = (node(&[]), node(&["/cri.sock"]));
        let socket = elsewhere.path().join("cri.sock");
        let endpoint = format!("unix://{}", socket.display());
        assert_eq!(find(Some(&endpoint), root.path()), Some(socket));
    }

    #[test]
    fn without_a_name_it_is_a_usual_one_and_k3s_own_before_another_containerd() {
        let usual = |sockets: &[&str]| {
            let root = node(sockets);
            let found = find(None, root.path())?;
            found.strip_prefix(root.path()).ok().map(Path::to_path_buf)
        };
        let containerd = "/run/containerd/containerd.sock";
        assert_eq!(usual(&[containerd]), Some("run/containerd/containerd.sock".into()));
        let k3s = usual(&[containerd, "/run/k3s/containerd/containerd.sock"]);
        assert_eq!(k3s, Some("run/k3s/containerd/containerd.sock".into()));
    }
}
