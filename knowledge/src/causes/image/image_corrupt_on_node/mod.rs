//! The node's own copy of the image is damaged: the runtime cannot read it, unpack it or stack a container on it.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::agent::JournalClass;
use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::pull::making::{is_sandboxes, making};
use crate::pull::onnode::{list, users_of};
use crate::pull::said::{Failure, failure, is_invalid_on_node, is_of_short_name};
use crate::pull::{Pull, PullFacts, failing_pulls};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `image-corrupt-on-node`
pub const CAUSE: Cause = Cause {
    id: "image-corrupt-on-node",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &["container-runtime-timeout"],
    expected: false,
    remedies: &[
        RemedyKind::button("remove-image"),
        RemedyKind::words("verify-copy"),
        RemedyKind::words("check-disk"),
    ],
    wordings: &[
        Wording::telling(
            r"readlink \S+: invalid argument|ImageInspectError|file integrity checksum failed",
            r#"Failed to inspect image "docker02:35000/pms.tar:develop-175": rpc error: code = Unknown desc = Error response from daemon: readlink /mnt/disk0/docker/data/overlay2: invalid argument"#,
            "dockerd 1.12–28, kubelet 1.4–1.37",
        ),
        Wording::telling(
            r"failed to register layer: [^\n]*(directory not empty|file exists|does not exist|no such file|unexpected EOF|input/output error|structure needs cleaning)|failed to stat parent: stat|parent snapshot \S+ does not exist|(unable|failed) to prepare extraction snapshot|snapshots/\S+: file exists|overlay mount to \S+|failed to mount rootfs component|content digest sha256:\w+: not found|layer not known|consider removing the image|failed to get reader from content store",
            "failed to create containerd container: failed to stat parent: stat /var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/201/fs: no such file or directory",
            "dockerd 1.9–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::hint(
            r"Failed to inspect image",
            r#"Failed to inspect image "cr.example/a:1": rpc error: code = Unknown desc = unknown"#,
            "kubelet 1.4–1.37",
        ),
        Wording::hint(
            r"extract layer[^\n]*(device or resource busy|file exists|no such file|input/output error)|processing tar file[^\n]*(unexpected EOF|invalid|file exists|no such file)|failed to commit snapshot|failed to unmount target",
            "failed to pull and unpack image: failed to extract layer sha256:aa: failed to unmount target /var/lib/containerd/tmpmounts/containerd-mount1: device or resource busy: unknown",
            "dockerd 1.10–28, containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r#"daemon: layer does not exist"#,
            r#"Error response from daemon: layer does not exist"#,
            "dockerd 1.12–28",
        ),
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
    /// The file or folder the runtime stumbles over.
    path: Option<String>,
    /// It came damaged or was damaged while it was unpacked, rather than later.
    unpacking: bool,
    /// What the node's journal adds.
    journal: Option<String>,
    /// The disk itself reports errors.
    disk_errors: bool,
    /// The pods on the node whose containers hold the image.
    users: Option<String>,
    user_count: usize,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    let mut found: Vec<Match> =
        failing_pulls(s).iter().filter(|pull| is_damage(pull)).map(|pull| matched(s, pull)).collect();
    let made = s.containers().into_iter().filter_map(|container| making(s, container, is_invalid));
    found.extend(made.map(|pull| matched(s, &pull)));
    if found.is_empty() {
        found.extend(s.containers().into_iter().filter_map(|container| by_journal(s, container)));
    }
    found
}

/// dockershim leaves the state empty, and events are gone after an hour: then the node's journal is all there is.
fn by_journal<'a>(s: &'a Snapshot, container: ContainerView<'a>) -> Option<Match> {
    let (reason, message) = container.waiting()?;
    let told = !message.is_empty() || s.container_events(container.name).any(|event| event.warning);
    if reason != "ContainerCreating" || told || container.ever_ran() {
        return None;
    }
    // what the journal said before the pod was there may have been mended
    let created = s.pod()?.metadata.creation_timestamp.as_ref().map(|time| time.0);
    let since = |class: &&JournalClass| class.last.is_some_and(|at| s.is_recent(at) && Some(at) >= created);
    let class = s.agent()?.errors("readlink-invalid").filter(since)?;
    let evidence = s.from_waiting(&container).into_iter().collect();
    let pull = Pull { container, image: container.image(), words: class.excerpt.clone(), evidence };
    let mut found = matched(s, &pull);
    if !class.excerpt.contains(pull.image) {
        // it may be another image that is damaged there
        found.confidence = Confidence::Possible;
    }
    Some(found)
}

/// Whether the words of a pull, or of the look the kubelet takes at an image before it, speak of damage.
fn is_damage(pull: &Pull<'_>) -> bool {
    match pull.failure() {
        Some(Failure::NodeCopy) => true,
        // without a word why, it is the runtime's failure to read its own image; a runtime that does not answer is not
        None => {
            pull.reason() == "ImageInspectError" && !is_silent(&pull.words) && !is_of_short_name(&pull.words)
        }
        Some(_) => false,
    }
}

/// The runtime itself was not there.
fn is_silent(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    [
        "unavailable",
        "deadline",
        "cannot connect to the docker daemon",
        "transport",
        "connection",
        "unknown service",
    ]
    .iter()
    .any(|part| words.contains(part))
}

fn is_invalid(words: &str) -> bool {
    !is_sandboxes(words)
        && (is_invalid_on_node(&words.to_ascii_lowercase()) || failure(words) == Some(Failure::NodeCopy))
}

fn matched(s: &Snapshot, pull: &Pull<'_>) -> Match {
    let node = s.node_name().unwrap_or_default();
    let lower = pull.words.to_ascii_lowercase();
    let agent = s.agent();
    let journal = agent.and_then(|agent| agent.errors("readlink-invalid"));
    let disk = agent.and_then(|agent| agent.errors("disk-io"));
    let named = journal.is_some_and(|class| class.excerpt.contains(pull.image));
    let certain = is_invalid_on_node(&lower) || lower.contains("failed to stat parent") || named;
    let users = users_of(&s.world, node, pull.image);
    let facts = Facts {
        pull: pull.facts(s),
        path: path_in(&pull.words),
        unpacking: lower.contains("register layer") || lower.contains("extract"),
        journal: journal.map(|class| class.excerpt.trim().to_string()),
        disk_errors: disk.is_some() || lower.contains("input/output error"),
        user_count: users.len(),
        users: list(users),
    };
    let confidence = if certain { Confidence::Certain } else { Confidence::Likely };
    pull.found(s, confidence, Blame::global("Node", node), facts)
        .because_all([journal, disk].into_iter().flatten().map(|class| from_journal(node, class)))
}

fn from_journal(node: &str, class: &JournalClass) -> Evidence {
    let text = format!("{} (×{}): {}", class.unit, class.count, class.excerpt);
    Evidence::new(Source::Agent, format!("Node {node}"), class.last, text)
}

static PATH: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:readlink|lstat|stat|open|rename) (/[^\s:]+)").ok());

fn path_in(words: &str) -> Option<String> {
    Some(PATH.as_ref()?.captures(words)?[1].to_string())
}
