//! The container's `postStart` hook failed, so the kubelet killed the container; or it hangs, so nothing goes on.

use std::sync::Arc;

use k8s_openapi::api::core::v1::LifecycleHandler;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::{Confidence, Evidence, Stage};
use crate::launch::owner_of;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::wording::Wording;

/// `post-start-hook-failing`
pub const CAUSE: Cause = Cause {
    id: "post-start-hook-failing",
    stage: Some(Stage::Start),
    since: "0.1.0",
    hides: &["app-exited", "liveness-probe-killing", "readiness-probe-failing"],
    expected: false,
    remedies: &[
        RemedyKind::words("see-events"),
        RemedyKind::words("try-hook"),
        RemedyKind::words("change-hook"),
    ],
    wordings: &[
        Wording::telling(
            r#"\b(FailedPostStartHook|PostStartHookError)\b|PostStartHook (handler )?failed|PostStart handler: "#,
            r#"Warning  FailedPostStartHook  2m (x6)  kubelet  PostStartHook failed"#,
            "kubelet 1.2–1.37",
        ),
        Wording::hint(
            r#"(Exec|Http) lifecycle hook \([^\n]*\) for Container \\?"[^\n]* failed"#,
            r#"Exec lifecycle hook ([/bin/sh -c ./init.sh]) for Container "app" in Pod "web-0_shop(aa)" failed - error: command './init.sh' exited with 1: , message: """#,
            "kubelet 1.9–1.26",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// A hook that has not come back after this long hangs.
const HANGS_AFTER_SECONDS: i64 = 120;

/// Without a word of the kubelet, a kill this soon after the start is the hook's more often than another's.
const SOON_SECONDS: i64 = 120;

#[derive(Serialize)]
struct Facts {
    /// `/bin/sh -c …`, `GET :8080/register`
    hook: String,
    is_exec: bool,
    exit_code: Option<i32>,
    /// It has not failed: it does not come back.
    hangs: bool,
    since: Option<String>,
    /// The kubelet's own word was read.
    proved: bool,
    /// What the hook said, where the event repeats it.
    words: Option<String>,
    lived: Option<String>,
    restarts: i32,
    owner: String,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    let containers = s.containers();
    containers
        .iter()
        .filter(|c| c.kind != ContainerKind::Ephemeral)
        .filter_map(|c| of_container(s, c))
        .collect()
}

fn of_container(s: &Snapshot, container: &ContainerView<'_>) -> Option<Match> {
    let hook = container.spec?.lifecycle.as_ref()?.post_start.as_ref()?;
    if let Some(found) = hanging(s, container, hook) {
        return Some(found);
    }
    // while the kubelet still waits to try again it may say so in the state itself
    let waits = container
        .waiting()
        .filter(|(reason, message)| CAUSE.wordings[0].matches(&format!("{reason} {message}")));
    let crashes = s.crashing().iter().any(|c| c.name == container.name);
    if !crashes && waits.is_none() {
        return None;
    }
    let told = said(s, container);
    if waits.is_some() || told.is_some() {
        let found = matched(s, container, hook, told.as_deref(), false, Confidence::Certain);
        return Some(found.because_all(waits.and_then(|_| s.from_waiting(container))));
    }
    let end = container.last_end().filter(|end| matches!(end.exit_code, 137 | 143))?;
    let probed = container.spec.is_some_and(|c| c.liveness_probe.is_some() || c.startup_probe.is_some());
    let soon = lived(end).is_some_and(|seconds| seconds <= SOON_SECONDS);
    // with its events read and silent about it, a hook that failed is out of the question; that it backs off is said
    // again and again, and outlives what was said of the run
    let silent = s
        .container_events(container.name)
        .any(|e| e.warning && e.reason != "BackOff" && e.container.is_some());
    if end.reason.as_deref().unwrap_or("Error") != "Error" || !soon || silent {
        return None;
    }
    let sure = if probed { Confidence::Possible } else { Confidence::Likely };
    Some(matched(s, container, hook, None, false, sure))
}

/// The kubelet's word about the run that ended last.
fn said(s: &Snapshot, container: &ContainerView<'_>) -> Option<Arc<Event>> {
    let finished = container.last_end().and_then(|end| end.finished_at.as_ref()).map(|t| t.0.as_second());
    let speaks = |e: &&Arc<Event>| CAUSE.wordings[0].matches(&format!("{} {}", e.reason, e.message));
    let fresh = |e: &&Arc<Event>| match (e.at, finished) {
        (Some(at), Some(finished)) => (at.as_second() - finished).abs() <= SOON_SECONDS,
        (Some(at), None) => s.is_recent(at),
        (None, _) => true,
    };
    let own: Vec<&Arc<Event>> = s.container_events(container.name).filter(speaks).filter(fresh).collect();
    // the one that says why stands before the one that only says that it was killed for it
    own.iter().rev().find(|e| e.reason == "FailedPostStartHook").or(own.last()).map(|e| Arc::clone(e))
}

/// Started, and still said to be creating: the kubelet waits for the hook before it reports the container as running.
/// <https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/#hook-handler-execution>
fn hanging(s: &Snapshot, container: &ContainerView<'_>, hook: &LifecycleHandler) -> Option<Match> {
    let creating = container
        .waiting()
        .is_some_and(|(reason, _)| matches!(reason, "ContainerCreating" | "PodInitializing"));
    if !creating || container.last_end().is_some() {
        return None;
    }
    let started = s
        .events
        .iter()
        .rev()
        .find(|e| e.reason == "Started" && e.container.as_deref() == Some(container.name))?;
    let at = started.at?;
    if s.taken_at().seconds_since(at) < HANGS_AFTER_SECONDS {
        return None;
    }
    Some(matched(s, container, hook, Some(started), true, Confidence::Likely))
}

fn matched(
    s: &Snapshot,
    container: &ContainerView<'_>,
    hook: &LifecycleHandler,
    event: Option<&Event>,
    hangs: bool,
    sure: Confidence,
) -> Match {
    let (owner, shown) = owner_of(s);
    let end = container.last_end();
    let words = event.filter(|_| !hangs).and_then(|e| reason_in(&e.message));
    let facts = Facts {
        hook: show(hook),
        is_exec: hook.exec.is_some(),
        exit_code: end.map(|end| end.exit_code),
        hangs,
        since: event.filter(|_| hangs).and_then(|e| e.at).map(|at| s.taken_at().age(at)),
        proved: sure == Confidence::Certain,
        words: words.map(|text| crate::evidence::cut(&crate::redact::redact(text), 160)),
        lived: end.and_then(lived).map(crate::moment::show_seconds),
        restarts: container.restarts(),
        owner: shown,
    };
    let found = Match::new(sure, owner, facts).in_container(container.name);
    found
        .because_all(event.map(Evidence::event))
        .because_all(end.map(|end| s.from_end(container, end)))
        .because(s.from_spec(&format!("{}.lifecycle.postStart", container.spec_path()), &show(hook)))
        .because(s.from_restarts(container))
}

/// What the hook said, out of the kubelet's sentence: newer kubelets keep it in their own log.
fn reason_in(message: &str) -> Option<&str> {
    let (_, said) = message.split_once("failed - error: ").or_else(|| message.split_once("error: "))?;
    let said = said.split(", message: ").next().unwrap_or(said).trim();
    (!said.is_empty()).then_some(said)
}

/// What the hook does, short enough for a summary.
fn show(hook: &LifecycleHandler) -> String {
    let text = if let Some(exec) = &hook.exec {
        exec.command.as_deref().unwrap_or_default().join(" ")
    } else if let Some(http) = &hook.http_get {
        let port = match &http.port {
            IntOrString::Int(number) => number.to_string(),
            IntOrString::String(name) => name.clone(),
        };
        format!(
            "GET {}:{port}{}",
            http.host.as_deref().unwrap_or_default(),
            http.path.as_deref().unwrap_or("/")
        )
    } else if let Some(sleep) = &hook.sleep {
        format!("sleep {}s", sleep.seconds)
    } else {
        "no action".to_string()
    };
    crate::evidence::cut(&crate::redact::redact(&text), 100)
}
