//! The runtime could not make a mount point because the file system there is read-only: the container's root from a
//! damaged image, a read-only volume above it, or the node's own disk. Not the app's writing: it never ran.

mod place;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::making::{is_sandboxes, making};
use crate::pull::onnode::{list, users_of};
use crate::pull::{Pull, PullFacts};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use place::{Place, host_path, place_of, target_in};

/// `rootfs-read-only`
pub const CAUSE: Cause = Cause {
    id: "rootfs-read-only",
    stage: Some(Stage::Create),
    since: "0.1.0",
    hides: &["container-runtime-timeout"],
    expected: false,
    remedies: &[
        RemedyKind::words("mount-elsewhere"),
        RemedyKind::words("choose-host-path"),
        RemedyKind::words("repair-disk"),
        RemedyKind::button("remove-image"),
        RemedyKind::words("push-again"),
    ],
    wordings: &[
        Wording::telling(
            r"(rootfs|container init|container create failed|crun|overlay2/|/snapshots/|mount source path|mountpoint|OCI (runtime|options)|create container|containerd container|containerd task)[^\n]{0,600}read-only file system",
            r#"OCI runtime create failed: container_linux.go:348: starting container process caused "process_linux.go:402: container init caused \"rootfs_linux.go:58: mounting \\\"/var/lib/kubelet/pods/ea9035f3/volumes/kubernetes.io~empty-dir/log\\\" to rootfs at \\\"/merged/logs\\\" caused \\\"mkdir /merged/logs: read-only file system\\\"\"": unknown"#,
            "runc 1.0–1.4 through dockerd, containerd, CRI-O",
        ),
        Wording::hint(r"mkdir \S+: read-only file system", "mkdir /data: read-only file system", "EROFS"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    /// Where the mount was to go, inside the container; empty when the words do not say.
    target: String,
    /// The volume to be mounted there.
    volume: Option<String>,
    /// It lies inside this read-only mount …
    above: Option<String>,
    /// … of this volume.
    above_volume: Option<String>,
    /// The folder that the runtime wanted to make on the node for a hostPath.
    host_path: Option<String>,
    /// The node's file system is read-only.
    node_disk: bool,
    /// The read-only mounts the agent saw.
    mounts: Option<String>,
    /// None of these: the container's own root.
    root: bool,
    owner: String,
    owner_is_pod: bool,
    users: Option<String>,
    user_count: usize,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    let made = s.containers().into_iter().filter_map(|container| making(s, container, is_runtimes));
    made.map(|pull| matched(s, &pull)).collect()
}

fn is_runtimes(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let by_runtime = [
        "rootfs",
        "container init",
        "container create failed",
        "crun",
        "mount source path",
        "mountpoint",
        "oci ",
        "create container",
        "containerd",
        "failed to mkdir",
        "/docker/",
        "/containers/",
    ];
    words.contains("read-only file system")
        && !is_sandboxes(&words)
        && by_runtime.iter().any(|part| words.contains(part))
}

/// Whether runtimes keep images on this mount, or on one below.
fn holds_images(mount: &str) -> bool {
    let known = ["docker", "containerd", "containers", "crio"].iter().any(|part| mount.contains(part));
    known || ["/", "/var", "/var/lib"].contains(&mount)
}

fn matched(s: &Snapshot, pull: &Pull<'_>) -> Match {
    let node = s.node_name().unwrap_or_default();
    let broken = s.node().and_then(|node| Evidence::node_condition(node, "ReadonlyFilesystem"));
    let broken = broken.filter(|condition| condition.text.contains("=True"));
    let mounts = s.agent().map(|agent| agent.read_only_mounts.clone()).unwrap_or_default();
    let place = place_of(s, pull);
    // a folder of an immutable system is read-only on purpose, and a volume's mount is the pod's own
    let on_it = |path: &str| mounts.iter().any(|mount| path.starts_with(mount.as_str()));
    let proved = broken.is_some() || mounts.iter().any(|mount| holds_images(mount));
    let node_disk = match &place {
        Place::Runtime => true,
        Place::Root => proved,
        Place::Host { path } => on_it(path),
        Place::Under { .. } => false,
    };
    let hosts = matches!(place, Place::Host { .. });
    let confidence = if node_disk && (proved || hosts) { Confidence::Certain } else { Confidence::Likely };
    let owner = s.top_owner();
    let blame = match &place {
        _ if node_disk => Blame::global("Node", node),
        Place::Under { .. } | Place::Host { .. } => owner.clone(),
        _ => Blame::global("Image", pull.image),
    };
    let (above, above_volume) = match &place {
        Place::Under { path, volume } => (Some(path.clone()), Some(volume.clone())),
        _ => (None, None),
    };
    let users = users_of(&s.world, node, pull.image);
    let facts = Facts {
        target: target_in(&pull.words).unwrap_or_default(),
        volume: place::volume_at(pull),
        host_path: host_path(&place).filter(|_| !node_disk),
        root: matches!(place, Place::Root) && !node_disk,
        node_disk,
        mounts: list(mounts.iter().cloned()),
        owner_is_pod: owner.kind == "Pod",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        user_count: users.len(),
        users: list(users),
        pull: pull.facts(s),
        above: above.clone(),
        above_volume,
    };
    let agents = mounts.iter().find(|mount| node_disk && (hosts || holds_images(mount))).map(|mount| {
        let at = s.agent().and_then(|agent| agent.reported_at);
        Evidence::new(Source::Agent, format!("Node {node}"), at, format!("{mount} is mounted read-only"))
    });
    let path = format!("{}.volumeMounts", pull.container.spec_path());
    pull.found(s, confidence, blame, facts)
        .because_all(above.map(|above| s.from_spec(&path, &format!("{above} is read-only"))))
        .because_all(agents)
        .because_all(broken)
}
