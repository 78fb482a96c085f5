//! The node has no room to unpack an image or to make a container of it.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::agent::Disk;
use crate::cause::{Cause, Match};
use crate::container::ContainerKind;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::making::making;
use crate::pull::onnode::size_of;
use crate::pull::said::Failure;
use crate::pull::{Pull, PullFacts, failing_pulls};
use crate::quantity::Milli;
use crate::remedy::RemedyKind;
use crate::sandbox::{Trouble, failure};
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `node-disk-full-for-images`
pub const CAUSE: Cause = Cause {
    id: "node-disk-full-for-images",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &["container-runtime-timeout", "image-corrupt-on-node", "sandbox-network-failed"],
    expected: false,
    remedies: &[
        RemedyKind::words("see-what-fills"),
        RemedyKind::words("remove-unused-images"),
        RemedyKind::words("enlarge-disk"),
    ],
    wordings: &[
        Wording::telling(
            r"(failed to pull|pull and unpack|register layer|extract layer|adding layer|copying blob|writing blob|io\.containerd\.|create (containerd )?container\b|/overlay2?/|/snapshots/)[^\n]{0,400}(no space left on device|disk quota exceeded|not enough space on the disk)",
            r#"Failed to pull image "registry.lab/a:1": rpc error: code = Unknown desc = failed to register layer: Error processing tar file(exit status 1): write /opt/a.rpm: no space left on device"#,
            "dockerd 1.6–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"(sandbox|infra container)[^\n]*\b(mkdir|mkdirat|open|openat|write|create|copy|link|symlink|rename|truncate|fsync) /(var/(lib|log|data|tmp|spool)|data\d*|mnt|home|opt|srv|etc|tmp|run/systemd/resolve)/[^\s:]*:? (no space left on device|disk quota exceeded)",
            "Failed to create pod sandbox: mkdir /var/lib/containerd/io.containerd.grpc.v1.cri/sandboxes/5f1c: no space left on device",
            "containerd 1.x–2.x, dockershim",
        ),
        Wording::hint(r"no space left on device", "write /var/lib/x: no space left on device", "ENOSPC"),
        Wording::hint(
            r"failed to garbage collect required amount of images",
            "failed to garbage collect required amount of images. Wanted to free 5368709120 bytes, but freed 0 bytes",
            "kubelet 1.4–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The place among the wordings of the one about the pod's sandbox. ENOSPC has other meanings there as well: a namespace
/// or control group too many.
const OF_SANDBOX: usize = 1;

/// Whether a message says that the disk is too full to make a sandbox.
pub fn fills_before_sandbox(message: &str) -> bool {
    CAUSE.wordings[OF_SANDBOX].matches(message)
}

/// What there is no room for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Making {
    Image,
    Container,
    Sandbox,
}

#[derive(Serialize)]
struct Facts {
    #[serde(flatten)]
    pull: PullFacts,
    /// The image was being pulled, rather than a container made of it.
    pulling: bool,
    /// The pod's sandbox was being made.
    sandbox: bool,
    /// How large the image is where another node has it.
    size: Option<String>,
    /// The node says DiskPressure.
    pressure: bool,
    /// The node was read, and does not.
    no_pressure: bool,
    /// What was being written.
    path: Option<String>,
    /// The file system of the images, as the agent reports it.
    disk: Option<String>,
    free: Option<String>,
    capacity: Option<String>,
    /// It is out of inodes rather than bytes.
    no_inodes: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    let pulls = failing_pulls(s).into_iter();
    let mut found: Vec<Match> = pulls
        .filter(|pull| pull.failure() == Some(Failure::DiskFull) && is_nodes(&pull.words))
        .map(|pull| matched(s, &pull, Making::Image))
        .collect();
    let made = s.containers().into_iter().filter_map(|container| making(s, container, is_disk));
    found.extend(made.map(|pull| matched(s, &pull, Making::Container)));
    if found.is_empty() {
        found.extend(of_sandbox(s));
    }
    found
}

/// The kubelet came as far as the sandbox, and no farther.
fn of_sandbox(s: &Snapshot) -> Option<Match> {
    let failure = failure(s, Trouble::Disk)?;
    let container = s.containers().into_iter().find(|c| c.kind == ContainerKind::App)?;
    let words = failure.words.to_string();
    let pull = Pull { container, image: container.image(), words, evidence: failure.evidence(s) };
    let found = matched(s, &pull, Making::Sandbox);
    Some(Match { container: None, confidence: failure.confidence(s), ..found })
}

/// A registry's disk is not the node's.
fn is_nodes(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    !["http status", "unexpected status", "500 internal"].iter().any(|part| words.contains(part))
}

/// ENOSPC has other meanings where containers are made: too many control groups, inotify watches, maps; a full tmpfs.
fn is_disk(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let full = ["no space left on device", "disk quota exceeded", "not enough space on the disk"];
    let other = [
        "cgroup", "inotify", "fsnotify", "bpf", "/dev/", "keyring", "seccomp", "/proc/", "netns", "iptables",
        "ipset", "/run/", "/sys/",
    ];
    full.iter().any(|part| words.contains(part)) && !other.iter().any(|part| words.contains(part))
}

fn matched(s: &Snapshot, pull: &Pull<'_>, making: Making) -> Match {
    let node = s.node_name().unwrap_or_default();
    let condition = s.node().and_then(|n| {
        let conditions = n.status.as_ref()?.conditions.as_ref()?;
        conditions.iter().find(|c| c.type_ == "DiskPressure")
    });
    let path = path_in(&pull.words);
    let disk = s.agent().and_then(|agent| disk_of(&agent.disks, path.as_deref()));
    let bytes = |n: u64| Milli::units(i128::from(n)).show("memory");
    let facts = Facts {
        pull: pull.facts(s),
        pulling: making == Making::Image,
        sandbox: making == Making::Sandbox,
        size: size_of(&s.world, pull.image),
        pressure: condition.is_some_and(|c| c.status == "True"),
        no_pressure: condition.is_some_and(|c| c.status == "False"),
        path,
        disk: disk.map(|disk| disk.path.clone()),
        free: disk.map(|disk| bytes(disk.free)),
        capacity: disk.map(|disk| bytes(disk.capacity)),
        no_inodes: disk.is_some_and(|disk| disk.inodes > 0 && disk.inodes_free == 0),
    };
    let seen = disk.map(|disk| {
        let text = format!(
            "{}: {} of {} bytes free, {} of {} inodes free",
            disk.path, disk.free, disk.capacity, disk.inodes_free, disk.inodes
        );
        Evidence::new(Source::Agent, format!("Node {node}"), s.agent().and_then(|a| a.reported_at), text)
    });
    pull.found(s, Confidence::Certain, Blame::global("Node", node), facts)
        .because_all(seen)
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "DiskPressure")))
}

/// The file system that holds the path; of a path inside the image, the fullest one.
fn disk_of<'a>(disks: &'a [Disk], path: Option<&str>) -> Option<&'a Disk> {
    let holds = |disk: &&Disk| path.is_some_and(|path| path.starts_with(disk.path.as_str()));
    let longest = disks.iter().filter(holds).max_by_key(|disk| disk.path.len());
    longest.or_else(|| disks.iter().min_by_key(|disk| disk.free.min(disk.inodes_free.saturating_mul(4_096))))
}

static PATH: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:write|mkdir|open|copy_file_range|fallocate|create|symlink|rename|link) (/[^\s:,]+)[^:]*: no space").ok()
});

fn path_in(words: &str) -> Option<String> {
    Some(PATH.as_ref()?.captures(words)?[1].to_string())
}
