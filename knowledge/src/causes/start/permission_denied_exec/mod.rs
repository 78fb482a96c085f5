//! The program is there and may not be executed.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::finding::{Blame, Confidence, Stage};
use crate::launch::{self, of_the_start, owner_of};
use crate::logs;
use crate::redact::redact;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `permission-denied-exec`
pub const CAUSE: Cause = Cause {
    id: "permission-denied-exec",
    stage: Some(Stage::Start),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[RemedyKind::words("see-mode"), RemedyKind::words("make-executable")],
    wordings: &[
        Wording::telling(
            r#"(create failed|creation error|failed to start container|ContainerCannotRun|StartError|oci runtime error: container_linux|\[8\] System error)[^\n]*exec:? [\\"'`]*(?P<key>[^\s"'`\\]+)[\\"'`]*: (permission denied|is a directory|operation not permitted)"#,
            r#"failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/run.sh": permission denied: unknown"#,
            "docker 1.12–29, containerd 1.0–2.x with runc",
        ),
        Wording::telling(
            r"(create failed|crun)[^\n]*(open executable|exec [`'][^`'\n]+[`']): (Permission denied|Is a directory)",
            "container create failed: open executable: Permission denied",
            "CRI-O 1.20–1.34 with crun",
        ),
        Wording::telling(
            r"Container command '?[^'\n]*?'? could not be invoked",
            "Error response from daemon: Container command '/app/run.sh' could not be invoked..",
            "docker 1.8–1.11",
        ),
        Wording::telling(
            r#"exec user process caused:? "?(permission denied|operation not permitted)|^exec (?P<key>[./]\S+): (permission denied|operation not permitted)"#,
            "standard_init_linux.go:228: exec user process caused: permission denied",
            "runc 1.0–1.3, in the log",
        ),
        Wording::telling(
            r#"chdir to cwd \(\\?"(?P<key>[^"\\]+)\\?"\) set in config\.json failed: permission denied"#,
            r#"runc create failed: unable to start container process: chdir to cwd ("/root") set in config.json failed: permission denied"#,
            "runc 1.0–1.3",
        ),
        Wording::hint(
            r"(exit ?code:?|exited with( code)?|code) *126\b",
            "Exit Code: 126",
            "kubelet 1.0–1.37",
        ),
        Wording::hint(
            r#"^\s*(\S*/)?(ba|da|a|k|z)?sh: (line )?(\d+: )?(?P<key>\./\S+|/\S+): Permission denied"#,
            r#"/bin/bash: /scripts/run.sh: Permission denied"#,
            "shells",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// Sentences of runtimes.
static RUNTIME: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r#"(?i)exec:? \\*"?(?P<key>[^"\\\s]+)\\*"?: (?:permission denied|operation not permitted)"#,
        r#"(?i)exec: \\*"(?P<key>[^"\\]+)\\*": is a directory"#,
        r"(?i)exec [`'](?P<key>[^`'\n]+)[`']: (?:permission denied|is a directory)",
        r"(?i)(?P<key>)open executable: (?:permission denied|is a directory)",
        r"(?i)container command '?(?P<key>[^'\n]*?)'? could not be invoked",
        r#"(?i)exec user process caused:? \\*"?(?P<key>)(?:permission denied|operation not permitted)"#,
        r#"(?i)chdir to cwd \(\\*"(?P<key>[^"\\]+)\\*"\) set in config\.json failed: permission denied"#,
    ])
});

/// Sentences at the end of a log, with the code 126 of a shell or any code of runc's own.
static IN_LOG: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    compile(&[
        r"(?im)^(?:[^\n]*: )?exec (?P<key>[./][^\s:]*): (?:permission denied|operation not permitted)\s*$",
        r#"(?im)exec user process caused:? "?(?P<key>)(?:permission denied|operation not permitted)"#,
        r"(?im)\[FATAL tini \(\d+\)\] exec (?P<key>\S+) failed: permission denied",
        r"(?im)^[^\n]*?: (?:line )?(?:\d+: )?(?:exec: )?(?P<key>[./][^\s:]*): permission denied\s*$",
    ])
});

fn compile(patterns: &[&str]) -> Vec<Regex> {
    patterns.iter().filter_map(|pattern| Regex::new(pattern).ok()).collect()
}

#[derive(Serialize)]
struct Facts {
    path: Option<String>,
    /// It is the working directory that may not be entered.
    working_dir: bool,
    directory: bool,
    /// The volume of the pod in which it lies, with its kind.
    volume: Option<String>,
    from_config: bool,
    /// `securityContext.runAsUser`
    user: Option<i64>,
    image: String,
    exit_code: Option<i32>,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.phase() == "Failed" && s.ended_as_a_whole() {
        return Vec::new();
    }
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let refusals = launch::refusals(s, container);
    // what is run inside by a probe or a hook is none of the container's start
    let start =
        |text: &str| !text.to_ascii_lowercase().contains("exec failed") && !text.contains("lifecycle hook");
    let told =
        refusals.iter().filter(|r| start(&r.text)).find_map(|r| Some((r, of_the_start(&RUNTIME, &r.text)?)));
    if let Some((refusal, path)) = told {
        let found = matched(s, container, path, &refusal.text, refusal.sure);
        return Some(found.because(refusal.evidence.clone()).because(s.from_restarts(container)));
    }
    let end = container.last_end().filter(|end| end.reason.as_deref().unwrap_or("Error") == "Error")?;
    if !s.crashing().iter().any(|c| c.name == container.name) || s.was_killed_at_start(container) {
        return None;
    }
    let last = &logs::reading(s, container)?.1.tail;
    // a script that was refused a command ends with 126 only if that was its last
    let patterns = if end.exit_code == 126 { &IN_LOG[..] } else { IN_LOG.get(..3)? };
    let path = first(patterns, last)?;
    let found = matched(s, container, path, last, Confidence::Likely)
        .because_all(logs::last_words(s, container))
        .because(s.from_end(container, end))
        .because(s.from_restarts(container));
    Some(found)
}

fn first<'t>(patterns: &[Regex], text: &'t str) -> Option<&'t str> {
    patterns.iter().find_map(|re| Some(re.captures(text)?.name("key")?.as_str()))
}

fn matched(s: &Snapshot, container: &ContainerView<'_>, path: &str, said: &str, sure: Confidence) -> Match {
    let lower = said.to_ascii_lowercase();
    let working_dir = lower.contains("chdir to cwd");
    let volume = volume_of(s, container, path);
    let user = container.spec.and_then(|c| c.security_context.as_ref()?.run_as_user).or_else(|| {
        let context = s.spec().and_then(|spec| spec.security_context.as_ref());
        context.and_then(|context| context.run_as_user)
    });
    let (owner, shown) = owner_of(s);
    // what the pod mounts, and as whom it runs, is its own; the mode of a file in the image is the image's
    let own = volume.is_some() || working_dir;
    let blame = if own { owner } else { Blame::global("Image", container.image()) };
    let facts = Facts {
        path: (!path.is_empty()).then(|| crate::evidence::cut(&redact(path), 80)),
        working_dir,
        directory: lower.contains("is a directory"),
        from_config: volume.as_ref().is_some_and(|(_, config)| *config),
        volume: volume.map(|(name, _)| name),
        user,
        image: container.image().to_string(),
        exit_code: container.last_end().map(|end| end.exit_code),
        owner: shown,
    };
    let found = Match::new(sure, blame, facts).in_container(container.name);
    let mode = user.map(|user| s.from_spec("securityContext.runAsUser", &user.to_string()));
    found.because_all(mode)
}

/// The volume in which a path of the container lies, and whether a ConfigMap or Secret fills it.
fn volume_of(s: &Snapshot, container: &ContainerView<'_>, path: &str) -> Option<(String, bool)> {
    let mounts = container.spec?.volume_mounts.as_ref()?;
    let below = |mount: &str| {
        path.strip_prefix(mount.trim_end_matches('/'))
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mount = mounts.iter().filter(|m| below(&m.mount_path)).max_by_key(|m| m.mount_path.len())?;
    let volume = s.spec()?.volumes.as_ref()?.iter().find(|v| v.name == mount.name)?;
    let config = volume.config_map.is_some() || volume.secret.is_some() || volume.projected.is_some();
    Some((volume.name.clone(), config))
}
