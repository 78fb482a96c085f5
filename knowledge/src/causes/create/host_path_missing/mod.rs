//! A path of the node that the pod mounts is not there, or is not what it should be.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::launch::{self, owner_of};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `host-path-missing`
pub const CAUSE: Cause = Cause {
    id: "host-path-missing",
    stage: Some(Stage::Create),
    since: "0.1.0",
    hides: &["app-exited", "command-not-found", "volume-mount-failed"],
    expected: false,
    remedies: &[RemedyKind::words("look-on-node"), RemedyKind::words("change-type")],
    wordings: &[
        Wording::telling(
            r"hostPath type check failed: (?P<key>\S+) is not a|hostPath type check failed",
            r#"MountVolume.SetUp failed for volume "modules" : hostPath type check failed: /lib/modules is not a directory"#,
            "kubelet 1.8–1.37",
        ),
        Wording::telling(
            r"error while creating mount source path '?(?P<key>[^'\s:]+)'?: (mkdir|stat|chown) [^\n]*: (file exists|not a directory|permission denied|no such file|input/output error|transport endpoint)|bind (mount )?source path does not exist",
            "Error response from daemon: error while creating mount source path '/data/cache': mkdir /data/cache: file exists",
            "docker 1.10–29",
        ),
        Wording::telling(
            r#"failed to (mkdir|stat) \\?"?(?P<key>/[^"\\\s:]+)\\?"?: (mkdir|stat|lstat) [^\n]*: (file exists|not a directory|permission denied|no such file|input/output error|transport endpoint)"#,
            r#"failed to generate container "9f2c" spec: failed to generate spec: failed to mkdir "/data/cache": mkdir /data/cache: not a directory"#,
            "containerd 1.0–2.x, CRI-O",
        ),
        Wording::hint(
            r"Are you trying to mount a directory onto a file|not a directory: unknown",
            r#"error mounting "/etc/app" to rootfs at "/etc/app.conf": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?"#,
            "runc",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The sentences of kubelet and runtimes, with the path they speak of.
static SENTENCES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = [
        r"(?i)hostPath type check failed: (?P<path>\S+) is not an? (?P<want>[a-z ]+)",
        r"(?i)error while creating mount source path '?(?P<path>[^'\s:]+)",
        r"(?i)bind (?:mount )?source path does not exist: (?P<path>\S+)",
        r#"(?i)failed to (?:mkdir|stat) \\*"?(?P<path>/[^"\\\s:]+)\\*"?: "#,
        r#"(?i)mounting \\*"(?P<path>/[^"\\]+)\\*" to rootfs[^\n]*(?:no such file|not a directory)"#,
    ];
    patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
});

#[derive(Serialize)]
struct Facts {
    path: String,
    node: String,
    /// What it should be, as `hostPath.type` writes it; `None` where the type asks for nothing.
    wanted: Option<String>,
    volume: Option<String>,
    /// Pods of the same owner run on other nodes, so they have the path.
    runs_elsewhere: bool,
    owner: String,
}

struct Told {
    path: String,
    text: String,
    evidence: Evidence,
    container: Option<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() || s.node_name().is_none() {
        return Vec::new();
    }
    told(s).into_iter().filter_map(|told| matched(s, told)).take(1).collect()
}

/// The kubelet's word before any container was made, and the runtime's when it made one.
fn told(s: &Snapshot) -> Vec<Told> {
    let containers = s.containers();
    let mounts = s.events.iter().rev().filter(|e| e.reason == "FailedMount" && launch::before_images(s, e));
    let mut found: Vec<Told> =
        mounts.filter_map(|e| read(&e.message, Evidence::event(e), None)).take(1).collect();
    for container in &containers {
        let refusals = launch::refusals(s, container);
        found.extend(refusals.into_iter().filter_map(|r| read(&r.text, r.evidence, Some(container.name))));
    }
    found
}

fn read(text: &str, evidence: Evidence, container: Option<&str>) -> Option<Told> {
    // a node that lets nothing be written is ill itself
    if text.to_ascii_lowercase().contains("read-only file system") {
        return None;
    }
    let path = SENTENCES.iter().find_map(|re| Some(re.captures(text)?.name("path")?.as_str().to_string()))?;
    Some(Told { path, text: text.to_string(), evidence, container: container.map(str::to_string) })
}

fn matched(s: &Snapshot, told: Told) -> Option<Match> {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref());
    let volume = volumes.into_iter().flatten().find(|v| {
        let host = v.host_path.as_ref().map(|h| h.path.trim_end_matches('/'));
        host.is_some_and(|host| told.path == host || told.path.starts_with(&format!("{host}/")))
    });
    let checked = told.text.contains("hostPath type check");
    // a runtime stumbles over other mounts as well, whose paths the kubelet makes
    if volume.is_none() && !checked {
        return None;
    }
    let host = volume.and_then(|v| v.host_path.as_ref());
    let wanted = host.and_then(|h| h.type_.clone()).filter(|t| !t.is_empty());
    let node = s.node_name().unwrap_or_default().to_string();
    let (owner, shown) = owner_of(s);
    let runs_elsewhere = runs_elsewhere(s, &node);
    let blame = if runs_elsewhere { Blame::global("Node", &node) } else { owner };
    let facts = Facts {
        path: told.path,
        node,
        wanted: wanted.clone(),
        volume: volume.map(|v| v.name.clone()),
        runs_elsewhere,
        owner: shown,
    };
    let mut found = Match::new(Confidence::Certain, blame, facts).because(told.evidence);
    if let (Some(volume), Some(host)) = (volume, host) {
        let text = format!("{} ({})", host.path, wanted.as_deref().unwrap_or("no type"));
        found = found.because(s.from_spec(&format!("spec.volumes[{}].hostPath", volume.name), &text));
    }
    Some(match told.container {
        Some(name) => found.in_container(&name),
        None => found,
    })
}

/// Whether another pod of the same owner is ready on another node.
fn runs_elsewhere(s: &Snapshot, node: &str) -> bool {
    let Some(owner) = s.pod().and_then(crate::snapshot::pod_owner) else {
        return false;
    };
    s.world.pods.iter().filter(|((namespace, _), _)| namespace == s.namespace()).any(|(_, object)| {
        let pod = &object.pod;
        let on = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
        object.is_ready()
            && on.is_some_and(|on| on != node)
            && crate::snapshot::pod_owner(pod).as_ref() == Some(&owner)
    })
}
