//! Where the read-only file system is that a runtime met.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::VolumeMount;
use regex::Regex;

use crate::pull::Pull;
use crate::snapshot::Snapshot;

/// Which file system it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Inside another mount of the container, which is read-only.
    Under {
        /// Its path.
        path: String,
        /// Its volume.
        volume: String,
    },
    /// A folder on the node that the runtime makes for a hostPath that is not there.
    Host {
        /// The folder.
        path: String,
    },
    /// The runtime's own folder on the node.
    Runtime,
    /// The container's root.
    Root,
}

/// The folder of [`Place::Host`].
pub(super) fn host_path(place: &Place) -> Option<String> {
    match place {
        Place::Host { path } => Some(path.clone()),
        _ => None,
    }
}

/// `error while creating mount source path '/data/x': mkdir /data`, `failed to mkdir "/usr/local/x": mkdir /usr/local`.
static SOURCE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:mount source path|failed to mkdir|OCI options: [^\n]*?mkdir) \\*["']?(/[^\s:"'\\]*)"#,
    )
    .ok()
});

/// `… to rootfs "/…/merged" at "/…/merged/logs"`, `… to rootfs at "/run/secrets"`.
static TARGET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"to rootfs[^\n]*? at \\*"(/[^"\\]+)"#).ok());

/// The file that could not be made, below the runtime's own folders and outside a container's root.
static OWN: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:mkdir|open|create|write|rename|symlink) (/[^\s:]+): read-only file system").ok()
});

fn captured(regex: &LazyLock<Option<Regex>>, words: &str) -> Option<String> {
    Some(regex.as_ref()?.captures(words)?[1].to_string())
}

/// The mount's place as the container sees it.
pub(super) fn target_in(words: &str) -> Option<String> {
    let target = captured(&TARGET, words)?;
    Some(inside(&target).unwrap_or(&target).to_string())
}

/// The part of a path that lies inside a container's root.
fn inside(path: &str) -> Option<&str> {
    ["/merged/", "/rootfs/"].iter().find_map(|root| path.find(root).map(|at| &path[at + root.len() - 1..]))
}

/// Which file system the words speak of.
pub(super) fn place_of(s: &Snapshot, pull: &Pull<'_>) -> Place {
    if let Some(path) = captured(&SOURCE, &pull.words) {
        return Place::Host { path };
    }
    if let Some(target) = target_in(&pull.words)
        && let Some((path, volume)) = above(s, pull, &target)
    {
        return Place::Under { path, volume };
    }
    match captured(&OWN, &pull.words) {
        Some(path) if inside(&path).is_none() && is_runtimes_own(&path) => Place::Runtime,
        _ => Place::Root,
    }
}

fn is_runtimes_own(path: &str) -> bool {
    ["/docker/", "/containerd/", "io.containerd.", "/containers/storage", "/crio/"]
        .iter()
        .any(|p| path.contains(p))
}

/// `/var/run` is `/run` in most images.
fn plain(path: &str) -> String {
    let path = path.trim_end_matches('/');
    match path.strip_prefix("/var/run") {
        Some(rest) => format!("/run{rest}"),
        None => path.to_string(),
    }
}

fn mounts<'a>(pull: &Pull<'a>) -> &'a [VolumeMount] {
    pull.container.spec.and_then(|spec| spec.volume_mounts.as_deref()).unwrap_or_default()
}

/// The volume that was to be mounted where the words say.
pub(super) fn volume_at(pull: &Pull<'_>) -> Option<String> {
    let target = plain(&target_in(&pull.words)?);
    mounts(pull).iter().find(|mount| plain(&mount.mount_path) == target).map(|mount| mount.name.clone())
}

/// The innermost mount above the place, if it is read-only: (path, volume).
fn above(s: &Snapshot, pull: &Pull<'_>, target: &str) -> Option<(String, String)> {
    let target = plain(target);
    let over =
        mounts(pull).iter().filter(|mount| target.starts_with(&format!("{}/", plain(&mount.mount_path))));
    let nearest = over.max_by_key(|mount| mount.mount_path.len())?;
    let volumes = s.spec().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default();
    let volume = volumes.iter().find(|volume| volume.name == nearest.name);
    // the kubelet mounts these read-only whatever the mount says
    let always = volume.is_some_and(|v| {
        v.config_map.is_some()
            || v.secret.is_some()
            || v.projected.is_some()
            || v.downward_api.is_some()
            || v.image.is_some()
    });
    (nearest.read_only == Some(true) || always).then(|| (nearest.mount_path.clone(), nearest.name.clone()))
}
