//! The program writes to its root file system, which `readOnlyRootFilesystem` forbids.

mod path;

use serde::Serialize;
use serde_json::json;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::Stage;
use crate::logs::{Class, Voice, voices};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use path::{directory_for, is_mounted, path_in};

/// `read-only-root-filesystem-write`
pub const CAUSE: Cause = Cause {
    id: "read-only-root-filesystem-write",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[RemedyKind::words("add-empty-dir"), RemedyKind::words("write-elsewhere")],
    wordings: &[Wording::hint(
        r"read-only file system|EROFS\b|\[Errno 30\]|ReadOnlyFileSystemException",
        "OSError: [Errno 30] Read-only file system: '/app/cache'",
        "Linux",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    /// What it wrote to; null where the log does not say it.
    path: Option<String>,
    /// Where an empty volume would help.
    mount: Option<String>,
    /// What the volume is called.
    volume: String,
    init: bool,
    /// What adds the volume, as a strategic merge patch.
    patch: String,
    running: bool,
    exit_code: Option<i32>,
    line: String,
    owner: String,
    /// Its template can be patched in place.
    patchable: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    voices(s)
        .iter()
        .filter(|voice| voice.is_about(Class::ReadOnly) && has_read_only_root(&voice.container))
        .filter_map(|voice| matched(s, voice))
        .collect()
}

fn has_read_only_root(container: &ContainerView<'_>) -> bool {
    let context = container.spec.and_then(|spec| spec.security_context.as_ref());
    context.and_then(|context| context.read_only_root_filesystem) == Some(true)
}

fn matched(s: &Snapshot, voice: &Voice<'_>) -> Option<Match> {
    let path = path_in(&voice.reading.line);
    // under a volume it is the volume that may not be written
    if path.as_deref().is_some_and(|path| is_mounted(&voice.container, path)) {
        return None;
    }
    let mount = path.as_deref().and_then(|path| directory_for(&voice.reading.line, path));
    let init = matches!(voice.container.kind, ContainerKind::Init | ContainerKind::Sidecar);
    let list = if init { "initContainers" } else { "containers" };
    let volume = mount.as_deref().map_or_else(|| "scratch".to_string(), volume_name);
    let owner = s.top_owner();
    let facts = Facts {
        patch: patch(list, voice.container.name, &volume, mount.as_deref().unwrap_or_default()),
        volume,
        path,
        mount,
        init: voice.container.kind == ContainerKind::Init,
        running: voice.end.is_none(),
        exit_code: voice.end.map(|end| end.exit_code),
        line: voice.reading.shown_line(200),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        patchable: matches!(owner.kind.as_str(), "Deployment" | "StatefulSet" | "DaemonSet"),
    };
    let spec = format!("{}.securityContext.readOnlyRootFilesystem", voice.container.spec_path());
    let found = Match::new(voice.confidence, owner, facts).in_container(voice.container.name);
    let spec = s.from_spec(&spec, "true");
    Some(voice.because(s, found).because(spec))
}

fn patch(list: &str, container: &str, volume: &str, path: &str) -> String {
    let mounting = json!({"name": container, "volumeMounts": [{"name": volume, "mountPath": path}]});
    let spec = json!({list: [mounting], "volumes": [{"name": volume, "emptyDir": {}}]});
    json!({"spec": {"template": {"spec": spec}}}).to_string()
}

/// `/var/cache/nginx` → `var-cache-nginx`
fn volume_name(path: &str) -> String {
    let name: String =
        path.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let name = name.trim_matches('-');
    let name: String = name.chars().take(50).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "scratch".to_string() } else { name.to_string() }
}
