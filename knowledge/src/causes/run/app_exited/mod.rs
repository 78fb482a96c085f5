//! The program ended by itself with an error.

mod kind;

use k8s_openapi::api::core::v1::ContainerStateTerminated;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Confidence, Stage};
use crate::logs;
use crate::probes::may_have_ended_unheard;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

use kind::{Code, Kind, Party, code, kind, party};

/// `app-exited`
pub const CAUSE: Cause = Cause {
    id: "app-exited",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[RemedyKind::words("read-log"), RemedyKind::two_approvals("roll-back")],
    wordings: &[
        Wording::telling(
            r"back-off \S+ restarting failed container|Back-off restarting failed (docker )?container|CrashLoopBackOff",
            "back-off 5m0s restarting failed container=app pod=cart-0_shop(7f8061d3-3603-49d6-8e03-77cb4b1bbed4)",
            "kubelet 1.4–1.37",
        ),
        Wording::hint(
            r"exit code:? ?(?P<key>[1-9]\d{0,2})\b|exitCode[:=] ?[1-9]|ends? with code [1-9]|exited with (code|status) [1-9]|exit status [1-9]\d{0,2}$",
            "Last State: Terminated\n  Reason: Error\n  Exit Code: 137",
            "kubelet 1.0–1.37",
        ),
        Wording::hint(
            r"^(panic: |fatal error: |Traceback \(most recent call last\))",
            "panic: runtime error: index out of range",
            "Go, Python",
        ),
        Wording::hint(
            r#"Exception in thread "|java\.lang\.\w*Error\b|Unhandled exception\. |thread '[^'\n]*'[^\n]* panicked at|Cannot find module '|UnhandledPromiseRejection|ModuleNotFoundError|Unable to access jarfile|heap out of memory|bind: address already in use|listen EADDRINUSE|npm ERR! (code ELIFECYCLE|errno [1-9])|error while loading shared libraries"#,
            r#"Exception in thread "main" java.lang.OutOfMemoryError: Java heap space"#,
            "Java, .NET, Rust, Node.js, Python, Go, ld.so",
        ),
        Wording::hint(
            r"SIGSEGV|Segmentation fault|\(core dumped\)|SIGABRT|terminate called after throwing",
            "Segmentation fault (core dumped)",
            "glibc, shells, C++",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    exit_code: i32,
    /// The signal behind codes above 128, by name.
    signal: Option<&'static str>,
    killed: bool,
    /// It has a probe that may end it.
    liveness: bool,
    aborted: bool,
    segfault: bool,
    terminated: bool,
    restarts: i32,
    ago: Option<String>,
    lived: Option<String>,
    last_line: Option<String>,
    init: bool,
    /// `restartPolicy: Never`
    never: bool,
    owner: String,
    is_deployment: bool,
    previous: bool,
    #[serde(flatten)]
    kind: Kind,
    #[serde(flatten)]
    code: Code,
    #[serde(flatten)]
    party: Party,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    s.crashing()
        .iter()
        .filter_map(|container| {
            let end = container.last_end()?;
            logs::ended_by_itself(s, container, end).then(|| matched(s, container, end))
        })
        .collect()
}

fn matched(s: &Snapshot, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> Match {
    // that it exited is certain; that nothing deeper stands behind it is not
    let reading = logs::reading(s, container).map(|(_, reading)| reading);
    // a program that is told to stop ends with whatever code it likes; one that says what went wrong ended for that
    let told = reading.is_some_and(|r| r.sure && r.class.is_some()) && !matches!(end.exit_code, 137 | 143);
    let killed = end.exit_code == 137 && container.liveness().is_some();
    let confidence = if killed || !told && may_have_ended_unheard(s, container) {
        Confidence::Possible
    } else {
        Confidence::Likely
    };
    let finished = end.finished_at.as_ref().map(|t| t.0);
    let class = reading.and_then(|reading| reading.class);
    let owner = s.top_owner();
    let facts = Facts {
        exit_code: end.exit_code,
        signal: signal(end.exit_code),
        killed: end.exit_code == 137,
        liveness: container.liveness().is_some(),
        aborted: end.exit_code == 134,
        segfault: end.exit_code == 139,
        terminated: end.exit_code == 143,
        restarts: container.restarts(),
        ago: finished.map(|at| s.taken_at().age(at)),
        lived: lived(end).map(crate::moment::show_seconds),
        last_line: reading.map(|reading| reading.shown_line(160)),
        never: s.spec().is_some_and(|spec| spec.restart_policy.as_deref() == Some("Never")),
        init: container.kind == ContainerKind::Init,
        is_deployment: owner.kind == "Deployment",
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        previous: container.terminated().is_none(),
        // words that something graver came after are no last words
        kind: kind(class.filter(|_| reading.is_some_and(|reading| reading.sure))),
        code: code(end.exit_code, class),
        party: party(s, container, reading),
    };
    Match::new(confidence, owner, facts)
        .in_container(container.name)
        .because(s.from_end(container, end))
        .because_all(logs::last_words(s, container))
        .because_all(s.from_waiting(container))
        .because(s.from_restarts(container))
}

/// Codes above 128 are 128 plus the signal that ended the process.
fn signal(exit_code: i32) -> Option<&'static str> {
    match exit_code {
        129 => Some("SIGHUP"),
        130 => Some("SIGINT"),
        131 => Some("SIGQUIT"),
        132 => Some("SIGILL"),
        133 => Some("SIGTRAP"),
        134 => Some("SIGABRT"),
        135 => Some("SIGBUS"),
        136 => Some("SIGFPE"),
        137 => Some("SIGKILL"),
        139 => Some("SIGSEGV"),
        141 => Some("SIGPIPE"),
        143 => Some("SIGTERM"),
        _ => None,
    }
}
