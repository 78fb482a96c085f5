//! A file mounted with `subPath` cannot be mounted again: the kubelet's stand-in for it is gone, or the key behind it is.

use std::sync::LazyLock;

use k8s_openapi::api::core::v1::VolumeMount;
use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::launch::{self, owner_of};
use crate::logs;
use crate::mount::storage_of;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;
use crate::world::Lookup;

/// `stale-subpath-mount`
pub const CAUSE: Cause = Cause {
    id: "stale-subpath-mount",
    stage: Some(Stage::Start),
    since: "0.1.0",
    hides: &["app-exited", "volume-mount-failed"],
    expected: false,
    remedies: &[
        RemedyKind::button("delete-pod"),
        RemedyKind::words("restore-key"),
        RemedyKind::words("mount-whole-volume"),
    ],
    wordings: &[
        Wording::telling(
            r"volume-subpaths/[^\n]*(no such file or directory|not a directory|stale file handle)",
            r#"OCI runtime create failed: container_linux.go:348: starting container process caused "process_linux.go:402: container init caused \"rootfs_linux.go:58: mounting \\\"/data/kubelet/pods/54d426d3-cacd-11e8-971a-5e384b278319/volume-subpaths/config/metricbeat/0\\\" to rootfs \\\"/data/docker/overlay2/5753/merged\\\" at \\\"/etc/metricbeat.yml\\\" caused \\\"no such file or directory\\\"\"": unknown"#,
            "docker 1.12–29, containerd, CRI-O",
        ),
        Wording::telling(
            r#"failed to (prepare subPath|create subPath directory) for volumeMount [\\"']+(?P<key>[^"'\\]+)"#,
            r#"Error: failed to prepare subPath for volumeMount "config" of container "metricbeat""#,
            "kubelet 1.9–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The volume, container and number of the mount that a runtime could not find.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/volume/util/subpath/subpath_linux.go>
static PLACE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"volume-subpaths/(?P<volume>[^/\s]+)/(?P<container>[^/\s]+)/(?P<number>\d+)").ok()
});

#[derive(Serialize)]
struct Facts {
    volume: Option<String>,
    sub_path: Option<String>,
    mount_path: Option<String>,
    /// `ConfigMap shop/edge-config`, where such an object fills the volume.
    source: Option<String>,
    /// The object was read and lacks the key.
    key_gone: bool,
    /// Its keys, the first of them.
    keys: Option<String>,
    /// The kubelet itself could not prepare it, and keeps the reason to itself.
    by_kubelet: bool,
    /// And the container has never run: it could not make the path in a volume of files of its own.
    never_made: bool,
    /// A directory stood where a file is mounted, or the other way round.
    not_a_directory: bool,
    controlled: bool,
    kubelet: Option<String>,
    owner: String,
}

/// A mount with a `subPath`, and the ConfigMap or Secret whose key it takes.
struct Mounted<'a> {
    mount: &'a VolumeMount,
    source: Option<(&'static str, String)>,
    /// The key was looked for in an object that was read, and is not there.
    gone: bool,
    keys: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let mounts = mounted(s, container);
    let refusals = launch::refusals(s, container);
    if let Some((refusal, wording)) = launch::told(&refusals, CAUSE.wordings) {
        let by_kubelet = wording.capture(&refusal.text, "key").is_some();
        let mount = named(&refusal.text, wording, &mounts).or_else(|| mounts.iter().find(|m| m.gone));
        let gone = mount.is_some_and(|m| m.gone);
        let sure = match (gone, by_kubelet, is_mismatch(&refusal.text)) {
            (true, ..) | (_, false, false) => Confidence::Certain,
            // a kubelet that keeps its reason to itself proves the mount, and not why
            (_, true, _) => Confidence::Likely,
            // the file may be there, and a directory of the image where it is mounted
            (_, _, true) => Confidence::Possible,
        };
        let found = matched(s, container, mount, sure, by_kubelet, &refusal.text);
        return Some(found.because(refusal.evidence.clone()).because_all(told_of(s, container, mount)));
    }
    // nothing refused: the kubelet or the runtime has put an empty directory in the place of what was not there
    let crashes = s.crashing().iter().any(|c| c.name == container.name);
    let end = container.last_end().filter(|end| end.exit_code != 0 && crashes)?;
    let (text, _) = logs::last_run(s, container)?;
    let told = logs::tail(text).join("\n").to_ascii_lowercase();
    if !told.contains("is a directory") && !told.contains("eisdir") && !told.contains("isadirectory") {
        return None;
    }
    let spoken_of =
        |m: &&Mounted<'_>| m.source.is_some() && told.contains(&m.mount.mount_path.to_ascii_lowercase());
    let gone = mounts.iter().find(|m| m.gone).or_else(|| mounts.iter().find(spoken_of))?;
    let found = matched(s, container, Some(gone), Confidence::Likely, false, "")
        .because_all(told_of(s, container, Some(gone)))
        .because_all(logs::last_words(s, container))
        .because(s.from_end(container, end));
    Some(found)
}

/// Whether a directory met a file, whichever of them is the mount.
fn is_mismatch(text: &str) -> bool {
    text.contains("not a directory")
}

/// The mount a sentence speaks of.
fn named<'m, 'a>(text: &str, wording: &Wording, mounts: &'m [Mounted<'a>]) -> Option<&'m Mounted<'a>> {
    if let Some(volume) = wording.capture(text, "key") {
        return mounts.iter().find(|m| m.mount.name == volume);
    }
    let place = PLACE.as_ref()?.captures(text)?;
    let of_volume = |m: &&Mounted<'_>| m.mount.name == place["volume"];
    mounts.iter().filter(of_volume).find(|m| m.gone).or_else(|| mounts.iter().find(of_volume))
}

fn mounted<'a>(s: &'a Snapshot, container: &ContainerView<'a>) -> Vec<Mounted<'a>> {
    let mounts = container.spec.and_then(|c| c.volume_mounts.as_ref());
    let with_path =
        |m: &&VolumeMount| m.sub_path.as_ref().is_some_and(|p| !p.is_empty()) || m.sub_path_expr.is_some();
    mounts.into_iter().flatten().filter(with_path).map(|mount| of_mount(s, mount)).collect()
}

fn of_mount<'a>(s: &'a Snapshot, mount: &'a VolumeMount) -> Mounted<'a> {
    let mut found = Mounted { mount, source: None, gone: false, keys: Vec::new() };
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let Some(volume) = volumes.into_iter().flatten().find(|v| v.name == mount.name) else {
        return found;
    };
    let (source, items) = match (&volume.config_map, &volume.secret) {
        (Some(map), _) => (("ConfigMap", map.name.clone()), map.items.as_ref()),
        (_, Some(secret)) => {
            (("Secret", secret.secret_name.clone().unwrap_or_default()), secret.items.as_ref())
        }
        _ => return found,
    };
    let object = match source.0 {
        "ConfigMap" => s.world.config_map(s.namespace(), &source.1),
        _ => s.world.secret(s.namespace(), &source.1),
    };
    if let (Lookup::Found(object), Some(path)) = (object, &mount.sub_path) {
        let file = path.trim_start_matches("./").split('/').next().unwrap_or_default();
        let item =
            items.and_then(|items| items.iter().find(|item| item.path.trim_start_matches("./") == path));
        found.gone = match (items, item) {
            (None, _) => !object.keys.contains(file),
            (Some(_), Some(item)) => !object.keys.contains(&item.key),
            (Some(items), None) => !items.iter().any(|item| item.path.starts_with(file)),
        };
        found.keys = object.keys.iter().take(8).cloned().collect();
    }
    found.source = Some(source);
    found
}

/// The mount, and the object that fills it, as they are now.
fn told_of(s: &Snapshot, container: &ContainerView<'_>, mount: Option<&Mounted<'_>>) -> Vec<Evidence> {
    let Some(m) = mount else { return Vec::new() };
    let mut evidence = Vec::new();
    if let (Some((kind, name)), true) = (&m.source, m.gone) {
        let keys = if m.keys.is_empty() { "none".to_string() } else { m.keys.join(", ") };
        let object = object_name(kind, s.namespace(), name);
        evidence.push(Evidence::new(Source::Object, object, None, format!("keys: {keys}")));
    }
    let path = format!("{}.volumeMounts[{}]", container.spec_path(), m.mount.name);
    let sub = m.mount.sub_path.as_deref().or(m.mount.sub_path_expr.as_deref()).unwrap_or_default();
    evidence.push(s.from_spec(&path, &format!("subPath {sub} at {}", m.mount.mount_path)));
    evidence.push(s.from_restarts(container));
    evidence
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    mount: Option<&Mounted<'_>>,
    sure: Confidence,
    by_kubelet: bool,
    text: &str,
) -> Match {
    let source = mount.and_then(|m| m.source.as_ref());
    let gone = mount.is_some_and(|m| m.gone);
    let (_, owner) = owner_of(s);
    let storage = mount.and_then(|m| storage_of(s, &m.mount.name));
    // it has never run, and the volume holds files of its own
    let first = container.restarts() == 0 && container.last_end().is_none();
    let never_made = by_kubelet && source.is_none() && first && storage.is_some();
    let blame = match source {
        None if never_made => storage.map_or_else(|| s.top_owner(), |storage| storage.blame(s)),
        Some((kind, name)) if gone => Blame::namespaced(kind, s.namespace(), name),
        _ => Blame::namespaced("Pod", s.namespace(), s.name()),
    };
    let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    let facts = Facts {
        volume: mount.map(|m| m.mount.name.clone()),
        sub_path: mount.and_then(|m| m.mount.sub_path.clone()),
        mount_path: mount.map(|m| m.mount.mount_path.clone()),
        source: source.map(|(kind, name)| format!("{kind} {name}")),
        key_gone: gone,
        keys: mount.filter(|m| !m.keys.is_empty()).map(|m| m.keys.join(", ")),
        by_kubelet,
        never_made,
        not_a_directory: is_mismatch(text),
        controlled: !s.owners.is_empty() || s.pod().and_then(crate::snapshot::pod_owner).is_some(),
        kubelet: info.map(|i| i.kubelet_version.clone()).filter(|version| !version.is_empty()),
        owner,
    };
    Match::new(sure, blame, facts).in_container(container.name)
}
