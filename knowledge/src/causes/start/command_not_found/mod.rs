//! The program the container is to run does not exist in its image.

mod words;

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::ContainerView;
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::launch::{self, owner_of};
use crate::logs;
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

use words::Missing;

/// `command-not-found`
pub const CAUSE: Cause = Cause {
    id: "command-not-found",
    stage: Some(Stage::Start),
    since: "0.1.0",
    hides: &["app-exited"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-inside"),
        RemedyKind::words("fix-command"),
        RemedyKind::two_approvals("roll-back"),
    ],
    wordings: &[
        Wording::telling(
            r#"(create failed|creation error|failed to start container|ContainerCannotRun|StartError|oci runtime error: container_linux|could not start container process|\[8\] System error)[^\n]*exec:? [\\"'`]*(?P<key>[^\s"'`\\]+)[\\"'`]*: (executable file not found|stat [^\n:]+: no such file|no such file or directory)"#,
            r#"Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/servr": stat /app/servr: no such file or directory"#,
            "docker 1.12–29, containerd 1.0–2.x with runc",
        ),
        Wording::telling(
            r"(create failed|crun)[^\n]*(executable file [`'](?P<key>[^`'\n]+)[`'] not found|open executable: No such file)",
            "container create failed: executable file `servr` not found in $PATH: No such file or directory",
            "CRI-O 1.20–1.34 with crun",
        ),
        Wording::telling(
            r"Container command '?(?P<key>[^'\n]+?)'? not found or does not exist",
            "Error response from daemon: Container command 'servr' not found or does not exist..",
            "docker 1.8–1.11",
        ),
        Wording::telling(
            r#"error finding executable \\?"(?P<key>[^"\\\n]+)\\?" in PATH"#,
            r#"starting container: starting root container: error finding executable "servr" in PATH [/usr/bin /bin]: no such file or directory"#,
            "gVisor",
        ),
        Wording::telling(
            r"No command specified",
            "Error response from daemon: No command specified",
            "docker 1.0–29, containerd 1.0–2.x",
        ),
        Wording::telling(
            r#"exec user process caused:? "?no such file or directory|^exec (?P<key>[./]\S+): no such file or directory"#,
            "standard_init_linux.go:228: exec user process caused: no such file or directory",
            "runc 1.0–1.3, in the log",
        ),
        Wording::hint(
            r#"executable file not found in (\$|%)PATH|exec: [\\"]*\S+?[\\"]*: stat \S+: no such file"#,
            r#"exec: "servr": executable file not found in $PATH"#,
            "Go",
        ),
        Wording::hint(
            r"(exit ?code:?|exited with( code)?|code) *127\b",
            "Exit Code: 127",
            "kubelet 1.0–1.37",
        ),
        Wording::hint(
            r"^\S*sh: (line )?(\d+: )?(?P<key>\S+): (command )?not found",
            "/bin/sh: servr: not found",
            "shells",
        ),
        Wording::hint(
            r#"^\s*(/\S+/)?env: (can't execute )?[‘']?(?P<key>[^'’:\n]+)[’']?: No such file or directory|bad interpreter: No such file or directory"#,
            r#"env: 'bash\r': No such file or directory"#,
            "coreutils, busybox, bash",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    command: Option<String>,
    /// The pod's own `command` or `args` name it; otherwise the image does.
    in_spec: bool,
    /// A shell or script looked for it.
    by_shell: bool,
    /// The file is there and what runs it is not: its `#!` line, or its loader.
    interpreter: bool,
    /// Neither image nor pod names a command.
    none_named: bool,
    exit_code: Option<i32>,
    image: String,
    owner: String,
    owner_is_pod: bool,
    is_deployment: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    s.containers().iter().filter_map(|container| of_container(s, container)).collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    if s.phase() == "Failed" && s.ended_as_a_whole() {
        return None;
    }
    let refusals = launch::refusals(s, container);
    if let Some((refusal, missing)) = refusals.iter().find_map(|r| Some((r, words::of_runtime(&r.text)?))) {
        let found = matched(s, container, &missing, refusal.sure);
        return Some(found.because(refusal.evidence.clone()).because_all(own(s, container)));
    }
    let end = container.last_end()?;
    if !s.crashing().iter().any(|c| c.name == container.name) || s.was_killed_at_start(container) {
        return None;
    }
    let reason = end.reason.as_deref().unwrap_or("Error");
    // docker gives the code for a mount that is no directory, too, and for all that a hook did not find: only without words is it trusted
    // https://github.com/moby/moby/blob/v26.1.4/daemon/errors.go (`translateContainerdStartErr`)
    let silent = end.message.as_deref().is_none_or(|words| words.trim().is_empty());
    let bare = end.exit_code == 127 && silent && matches!(reason, "ContainerCannotRun" | "StartError");
    if reason != "Error" && !bare {
        return None;
    }
    let log = logs::reading(s, container).map(|(_, reading)| reading.tail.as_str());
    let said = log.and_then(|text| words::of_log(text, end.exit_code));
    let missing = match (said, &log) {
        (Some(missing), _) => missing,
        // by a shell's convention; without the log, nothing says otherwise
        (None, None) if end.exit_code == 127 => Missing { by_shell: !bare, ..Missing::default() },
        _ => return None,
    };
    let found = matched(s, container, &missing, Confidence::Likely)
        .because_all(logs::last_words(s, container))
        .because(s.from_end(container, end))
        .because_all(own(s, container));
    Some(found)
}

/// What the pod asks to be run, and how often that was tried.
fn own(s: &Snapshot, container: &ContainerView<'_>) -> Vec<Evidence> {
    let mut evidence = Vec::new();
    if let Some(command) = container.spec.and_then(|c| c.command.as_ref()) {
        evidence.push(s.from_spec(&format!("{}.command", container.spec_path()), &format!("{command:?}")));
    }
    if let Some(args) = container.spec.and_then(|c| c.args.as_ref()) {
        evidence.push(s.from_spec(&format!("{}.args", container.spec_path()), &format!("{args:?}")));
    }
    evidence.push(s.from_restarts(container));
    evidence
}

fn matched(s: &Snapshot, container: &ContainerView<'_>, missing: &Missing, sure: Confidence) -> Match {
    let spec = container.spec;
    let asked: Vec<&String> =
        spec.into_iter().flat_map(|c| c.command.iter().chain(&c.args).flatten()).collect();
    let named = missing.command.as_ref().is_some_and(|name| asked.iter().any(|word| word.contains(name)));
    let overrides = spec.is_some_and(|c| c.command.as_ref().is_some_and(|words| !words.is_empty()));
    // a script of the image that calls what the image lacks is the image's fault
    let in_spec = named || (overrides && missing.command.is_none());
    let (owner, shown) = owner_of(s);
    let blame = if in_spec { owner.clone() } else { Blame::global("Image", container.image()) };
    let facts = Facts {
        command: missing.command.clone(),
        in_spec,
        by_shell: missing.by_shell,
        interpreter: missing.interpreter,
        none_named: missing.none_named,
        exit_code: container.last_end().map(|end| end.exit_code),
        image: container.image().to_string(),
        owner_is_pod: owner.kind == "Pod",
        is_deployment: owner.kind == "Deployment",
        owner: shown,
    };
    Match::new(sure, blame, facts).in_container(container.name)
}
