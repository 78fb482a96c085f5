//! The image is made for another operating system or processor than the node's.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerView, containers};
use crate::evidence::cut;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::image::same_image;
use crate::logs;
use crate::pull::said::Failure;
use crate::pull::{Pull, PullFacts, failing_pulls, template_patch};
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `image-platform-mismatch`
pub const CAUSE: Cause = Cause {
    id: "image-platform-mismatch",
    stage: Some(Stage::Image),
    since: "0.1.0",
    hides: &["app-exited", "command-not-found"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-platforms"),
        RemedyKind::words("build-for-node"),
        RemedyKind::words("choose-node"),
    ],
    wordings: &[
        Wording::telling(
            r"no match for platform in manifest|no matching manifest for|no supported platform found in manifest list|cannot be used on this platform|no image found in (manifest list|image index) for architecture|image (operating system|architecture) mismatch|does not match the specified platform|operating system does not match the host operating system|-based image is incompatible with a ",
            r#"failed to pull and unpack image "registry.lab/a:1": no match for platform in manifest: not found"#,
            "dockerd 1.10–28, containerd 1.2–2.x, CRI-O, Windows",
        ),
        Wording::telling(
            r"exec format error",
            "standard_init_linux.go:228: exec user process caused: exec format error",
            "runc 1.0–1.4, crun",
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
    /// It was pulled, and its program could not be run.
    exec: bool,
    /// `linux/arm64`: the node's; empty when the Node was not read.
    node_platform: String,
    /// A node of another platform on which the image runs, and that platform.
    runs_on: Option<String>,
    runs_platform: Option<String>,
    /// It runs on another node of the same platform: the platform is not what is wrong.
    runs_alike: bool,
    line: Option<String>,
    owner: String,
    /// Keeps the owner's pods on nodes of that architecture.
    patch: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let mut found: Vec<Match> = failing_pulls(s)
        .into_iter()
        .filter(|pull| pull.failure() == Some(Failure::Platform))
        .map(|pull| matched(s, &pull, Confidence::Certain, None))
        .collect();
    found.extend(s.containers().into_iter().filter_map(|container| not_run(s, container)));
    found
}

/// The kernel refused to run the program: "exec format error" stands in the state, or in the log of the last run.
fn not_run(s: &Snapshot, container: ContainerView<'_>) -> Option<Match> {
    let failing = s.crashing().iter().any(|c| c.name == container.name);
    let waiting = container.waiting().filter(|(_, message)| says_it(message));
    let end = container.last_end().filter(|_| failing);
    let ended = end.filter(|end| end.message.as_deref().is_some_and(says_it));
    let log = logs::last_run(s, &container)
        .filter(|_| end.is_some_and(|end| end.exit_code != 0))
        .and_then(|(text, _)| logs::tail(text).pop().filter(|line| says_it(line)));
    if waiting.is_none() && ended.is_none() && log.is_none() {
        return None;
    }
    let mut evidence: Vec<Evidence> = ended.map(|end| s.from_end(&container, end)).into_iter().collect();
    evidence.extend(s.from_waiting(&container).filter(|_| waiting.is_some()));
    if let Some(line) = log {
        evidence.extend(logs::last_words(s, &container));
        evidence.extend(end.map(|end| s.from_end(&container, end)));
        let pull = Pull { container, image: container.image(), words: String::new(), evidence };
        return Some(matched(s, &pull, Confidence::Likely, Some(cut(redact(line).trim(), 160))));
    }
    let pull = Pull { container, image: container.image(), words: String::new(), evidence };
    Some(matched(s, &pull, Confidence::Likely, None))
}

fn says_it(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    // the latter of an image for another version of Windows: there the kernel is the image's, too
    text.contains("exec format error")
        || text.contains("container operating system does not match the host operating system")
}

fn matched(s: &Snapshot, pull: &Pull<'_>, confidence: Confidence, line: Option<String>) -> Match {
    let exec = pull.words.is_empty();
    let mine = s.node_name().and_then(|name| platform_of(s, name));
    let runs = running_elsewhere(s, pull);
    let alike = exec && runs.iter().any(|(_, platform)| Some(platform) == mine.as_ref());
    let other = runs.iter().find(|(_, platform)| Some(platform) != mine.as_ref());
    // a script without a first line that names its interpreter fails alike; then the image runs nowhere
    let confidence = if alike { Confidence::Possible } else { confidence };
    let owner = s.top_owner();
    let facts = Facts {
        pull: pull.facts(s),
        exec,
        node_platform: mine.clone().unwrap_or_default(),
        runs_on: other.map(|(node, _)| node.clone()),
        runs_platform: other.map(|(_, platform)| platform.clone()),
        runs_alike: alike,
        line,
        patch: other.and_then(|(_, platform)| {
            let (os, arch) = platform.split_once('/')?;
            let selector = serde_json::json!({ "kubernetes.io/os": os, "kubernetes.io/arch": arch });
            template_patch(&owner.kind, serde_json::json!({ "nodeSelector": selector }))
        }),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
    };
    let node = |name: &str, platform: &str| {
        Evidence::new(Source::Node, format!("Node {name}"), None, format!("nodeInfo {platform}"))
    };
    pull.found(s, confidence, Blame::global("Image", pull.image), facts)
        .because_all(mine.map(|platform| node(s.node_name().unwrap_or_default(), &platform)))
        .because_all(other.map(|(name, platform)| node(name, platform)))
}

/// `linux/arm64`
fn platform_of(s: &Snapshot, node: &str) -> Option<String> {
    let info = s.world.nodes.get(node)?.status.as_ref()?.node_info.as_ref()?;
    Some(format!("{}/{}", info.operating_system, info.architecture)).filter(|platform| platform.len() > 1)
}

/// The other nodes on which a container of this image is ready: (node, platform).
fn running_elsewhere(s: &Snapshot, pull: &Pull<'_>) -> Vec<(String, String)> {
    let pods = s.world.pods.values().filter_map(|object| {
        let node = object.pod.spec.as_ref()?.node_name.as_deref()?;
        let runs =
            |c: &ContainerView<'_>| c.is_ready() && c.is_running() && same_image(c.image(), pull.image);
        (containers(&object.pod).iter().any(runs)).then_some(node)
    });
    pods.filter_map(|node| Some((node.to_string(), platform_of(s, node)?))).collect()
}
