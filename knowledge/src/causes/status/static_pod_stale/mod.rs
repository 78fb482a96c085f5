//! A static pod's manifest on the node and the pod that runs are not the same.

use serde::Serialize;

use crate::agent::{NodeFacts, StaticManifest};
use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::from_agent;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `static-pod-stale`
pub const CAUSE: Cause = Cause {
    id: "static-pod-stale",
    stage: Some(Stage::Status),
    since: "0.1.0",
    hides: &[
        "app-exited",
        "image-name-wrong",
        "liveness-probe-killing",
        "readiness-probe-failing",
        "startup-probe-failing",
    ],
    expected: false,
    remedies: &[RemedyKind::words("compare"), RemedyKind::button("restart-kubelet")],
    wordings: &[
        Wording::telling(
            r"Failed creating a mirror pod[\s\S]*already ?exists",
            r#"Failed creating a mirror pod "etcd-server-master_default": pods "etcd-server-master" already exists"#,
            "kubelet 0.14–1.37",
        ),
        Wording::hint(
            r"static pod|mirror pod|staticPodPath|--pod-manifest-path|(in the )?manifests (directory|folder)",
            "changed the manifest of a static pod and nothing happened",
            "people",
        ),
        Wording::telling(
            r"(Can't|Could not) process (manifest|config) file|couldn't parse as pod\(",
            r#"Can't process manifest file "/etc/kubernetes/manifests/etcd.yaml": couldn't parse as pod(yaml: line 4: mapping values are not allowed in this context), please check config file"#,
            "kubelet 1.5–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The kubelet watches the folder, and reads it whole every 20 s (`fileCheckFrequency`); then the old pod has its grace
/// period to end, before the new one is made. More than this, in seconds, it does not need.
const FOLLOWS_SECONDS: i64 = 120;

/// In what the pod is not its manifest.
#[derive(Serialize)]
struct Difference {
    what: String,
    wanted: String,
    is: String,
}

impl Difference {
    fn new(what: &str, wanted: &str, is: &str) -> Difference {
        Difference { what: what.to_string(), wanted: wanted.to_string(), is: is.to_string() }
    }

    fn says(&self) -> String {
        format!("{}: {} wanted, {} in the pod", self.what, self.wanted, self.is)
    }
}

#[derive(Serialize)]
struct Facts {
    node: String,
    path: Option<String>,
    changed: Option<String>,
    differs: Vec<Difference>,
    /// No manifest of this name is left.
    removed: bool,
    /// Another file in the folder that defines the same pod.
    twin: Option<String>,
    proved: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (true, Some(node)) = (s.is_static(), s.node_name()) else { return Vec::new() };
    match s.agent().filter(|facts| !facts.static_pods.is_empty()) {
        Some(facts) => from_manifests(s, node, facts).into_iter().collect(),
        None => from_image(s, node).into_iter().collect(),
    }
}

fn from_manifests(s: &Snapshot, node: &str, facts: &NodeFacts) -> Option<Match> {
    // a mirror pod is named after the manifest's pod and the node
    let ours = |m: &&StaticManifest| {
        let namespace = if m.namespace.is_empty() { "default" } else { &m.namespace };
        namespace == s.namespace() && format!("{}-{}", m.name, node).eq_ignore_ascii_case(s.name())
    };
    let mut found = facts.static_pods.iter().filter(ours);
    let (manifest, twin) = (found.next(), found.next());
    let at = facts.reported_at;
    let Some(manifest) = manifest else {
        // it may be the one that could not be parsed
        if facts.static_pods.iter().any(|manifest| !manifest.unread.is_empty()) {
            return None;
        }
        // a file that cannot be read is not in the report either
        let known = Facts {
            node: node.to_string(),
            path: None,
            changed: None,
            differs: Vec::new(),
            removed: true,
            twin: None,
            proved: false,
        };
        let text = format!("{} manifests in the folder, none of this pod", facts.static_pods.len());
        let found = Match::new(Confidence::Possible, Blame::global("Node", node), known);
        return Some(found.because(from_agent(node, at, text)).because_all(config_hash(s)));
    };
    let differs = differences(s, manifest);
    if differs.is_empty() {
        return None;
    }
    let grace = s.spec().and_then(|spec| spec.termination_grace_period_seconds).unwrap_or(30);
    let seen = at.map(|at| at.min(s.taken_at().at));
    let waited = seen.zip(manifest.changed_at).map(|(seen, changed)| seen.as_second() - changed.as_second());
    let confidence = match waited {
        Some(waited) if waited <= FOLLOWS_SECONDS + grace => return None,
        Some(_) => Confidence::Certain,
        None => Confidence::Likely,
    };
    let says: Vec<String> = differs.iter().map(Difference::says).collect();
    let known = Facts {
        node: node.to_string(),
        path: Some(manifest.path.clone()),
        changed: manifest.changed_at.map(|at| s.taken_at().age(at)),
        differs,
        removed: false,
        twin: twin.map(|twin| twin.path.clone()),
        proved: confidence == Confidence::Certain,
    };
    let text = format!("{}: {}", manifest.path, says.join("; "));
    let found = Match::new(confidence, Blame::global("Node", node), known)
        .because(from_agent(node, manifest.changed_at.or(at), text))
        .because_all(twin.map(|twin| from_agent(node, at, format!("{} defines the same pod", twin.path))))
        .because_all(config_hash(s));
    Some(found)
}

fn annotation<'a>(s: &'a Snapshot, key: &str) -> Option<&'a str> {
    s.pod()?.metadata.annotations.as_ref()?.get(key).map(String::as_str)
}

fn config_hash(s: &Snapshot) -> Option<Evidence> {
    let hash = annotation(s, "kubernetes.io/config.hash")?;
    Some(s.from_spec("metadata.annotations[kubernetes.io/config.hash]", hash))
}

/// In what the manifest on disk is not the pod that the kubelet made of it.
fn differences(s: &Snapshot, manifest: &StaticManifest) -> Vec<Difference> {
    let containers = s.containers();
    let mut found = Vec::new();
    for wanted in &manifest.images {
        match containers.iter().find(|c| c.name == wanted.container) {
            Some(c) if is_same_image(c.image(), &wanted.image) => {}
            Some(c) => found.push(Difference::new(c.name, &wanted.image, c.image())),
            None => found.push(Difference::new(&wanted.container, &wanted.image, "-")),
        }
    }
    // where the hash is known it decides: admission may have rewritten the mirror's images
    if annotation(s, "kubernetes.io/config.hash") == Some(&manifest.hash) {
        return Vec::new();
    }
    let hash = annotation(s, "kubernetes.io/config.hash").filter(|_| !manifest.hash.is_empty());
    if let Some(hash) = hash.filter(|hash| *hash != manifest.hash) {
        found.push(Difference::new("hash", &manifest.hash, hash));
    }
    found
}

/// Whether two references name the same image, be it in a mirror of the registry that admission puts in.
fn is_same_image(a: &str, b: &str) -> bool {
    let last = |image: &str| image.rsplit('/').next().map(str::to_string);
    a == b || last(a) == last(b)
}

/// Without the agent the manifest is not seen. The mirror pod may have followed where its container has not.
fn from_image(s: &Snapshot, node: &str) -> Option<Match> {
    let containers = s.containers();
    let (container, ran) = containers.iter().filter(|c| c.is_running()).find_map(|c| {
        let ran = c.status?.image.as_str();
        let (repository, tag) = tagged(c.image())?;
        let (other, ran_tag) = tagged(ran)?;
        (repository == other && tag != ran_tag).then_some((c, ran))
    })?;
    let known = Facts {
        node: node.to_string(),
        path: None,
        changed: None,
        differs: vec![Difference::new(container.name, container.image(), ran)],
        removed: false,
        twin: None,
        proved: false,
    };
    let found = Match::new(Confidence::Possible, Blame::global("Node", node), known)
        .because(s.from_status(container.running_since(), format!("{}.image {ran}", container.status_path())))
        .because(s.from_spec(&format!("{}.image", container.spec_path()), container.image()))
        .because_all(config_hash(s));
    Some(found)
}

/// Repository and tag; an image by digest has no tag to compare.
fn tagged(image: &str) -> Option<(&str, &str)> {
    let bare = image.strip_prefix("docker.io/").unwrap_or(image);
    let bare = bare.strip_prefix("library/").unwrap_or(bare);
    let (repository, tag) = bare.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'))?;
    (!repository.contains('@')).then_some((repository, tag))
}
