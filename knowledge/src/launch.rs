//! What was said when a container could not be created or started: the kubelet's and the runtime's words, gathered from
//! wherever each version leaves them.

use regex::Regex;

use crate::container::{ContainerKind, ContainerView};
use crate::event::Event;
use crate::finding::{Blame, Confidence, Evidence};
use crate::sandbox::lacks_sandbox;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// One refusal, with where it stands.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// In the component's words.
    pub text: String,
    /// Where it was read.
    pub evidence: Evidence,
    /// How sure it is that it still holds.
    pub sure: Confidence,
}

/// Clocks are cut to seconds: an event and the end it speaks of may differ by this much.
const SAME_MOMENT_SECONDS: i64 = 2;

/// What was said of a container that is not running now, most telling first; nothing for one that runs or recovered.
///
/// dockershim leaves a failed start in `lastState` (`ContainerCannotRun`), containerd too (`StartError`, code 128);
/// CRI-O, and whatever fails before the start, in `state.waiting` (`CreateContainerError`, `RunContainerError`). The
/// kubelet's event `Failed` says the same for an hour.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/kuberuntime/kuberuntime_container.go>
pub fn refusals(s: &Snapshot, container: &ContainerView<'_>) -> Vec<Refusal> {
    if container.is_running() || container.kind == ContainerKind::Ephemeral || s.is_deleting() {
        return Vec::new();
    }
    if s.phase() == "Succeeded" || container.terminated().is_some_and(|end| end.exit_code == 0) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Some((reason, message)) = container.waiting()
        && !is_of_another_step(reason)
        && let Some(evidence) = s.from_waiting(container)
    {
        // a kubelet before 1.10 may have put the whole sentence into the reason
        found.push(Refusal { text: format!("{reason}: {message}"), evidence, sure: Confidence::Certain });
    }
    if let Some(end) = container.last_end() {
        let reason = end.reason.as_deref().unwrap_or_default();
        let by_the_runtime =
            !matches!(reason, "Error" | "Completed" | "OOMKilled" | "ContainerStatusUnknown");
        // what a program itself leaves behind as its last words stands in the same field
        if by_the_runtime && let Some(message) = end.message.as_deref().filter(|m| !m.is_empty()) {
            let (text, evidence) = (format!("{reason}: {message}"), s.from_end(container, end));
            found.push(Refusal { text, evidence, sure: Confidence::Certain });
        }
    }
    found.extend(told_by_events(s, container));
    found
}

fn is_of_another_step(reason: &str) -> bool {
    matches!(reason, "" | "CrashLoopBackOff" | "ContainerCreating" | "PodInitializing")
        || reason.contains("Image")
        || reason.contains("Registry")
}

/// Whether the container's state tells of a failed start in other words: what it says now holds.
fn denied_by_state(container: &ContainerView<'_>, message: &str) -> bool {
    let Some((reason, now)) =
        container.waiting().filter(|(reason, now)| !now.is_empty() && !is_of_another_step(reason))
    else {
        return false;
    };
    let told = message.trim_start_matches("Error: ");
    !told.contains(now) && !now.contains(told) && !message.contains(reason)
}

/// The kubelet's event about an image has the same reason.
fn is_about_pull(message: &str) -> bool {
    let message = message.trim_start_matches("Error: ");
    message.starts_with("Failed to pull image") || is_of_another_step(message)
}

/// Whether the container's state leaves room for a start that failed: not while it waits for a node, a sandbox, an init
/// container, an image, or for what its environment is made of. Events of a start are then of an earlier life: before
/// the image was changed in place, or before the node was started anew.
fn may_have_been_tried(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    let Some((reason, message)) = container.waiting() else { return s.node_name().is_some() };
    let image = is_of_another_step(reason) && (reason.contains("Image") || reason.contains("Registry"));
    let creating = reason == "ContainerCreating" && (lacks_sandbox(s) || container.last_end().is_none());
    let lacks = message.contains("\" not found") || message.contains("couldn't find key");
    let unconfigured = reason == "CreateContainerConfigError" && lacks;
    s.node_name().is_some() && !image && !creating && !unconfigured && reason != "PodInitializing"
}

/// The kubelet's own events about the start, newest first, but none from before the container last ran.
fn told_by_events(s: &Snapshot, container: &ContainerView<'_>) -> Vec<Refusal> {
    if !may_have_been_tried(s, container) {
        return Vec::new();
    }
    let last_ran = container.last_end().and_then(|end| end.finished_at.as_ref()).map(|t| t.0.as_second());
    let alone = s.spec().is_some_and(|spec| spec.containers.len() == 1 && spec.init_containers.is_none());
    // a container that ended for good was started, and is not tried again
    let over = s.phase() == "Failed" && container.terminated().is_some_and(|end| end.exit_code != 0);
    let events = s.events.iter().rev().filter(|e| {
        // before 1.8 the kubelet summed it up about the pod, the container named in the sentence
        let summed =
            e.reason == "FailedSync" && e.message.contains(&format!("for \"{}\" with ", container.name));
        let about =
            e.container.as_deref() == Some(container.name) || (e.container.is_none() && alone) || summed;
        let fresh = match (e.at, last_ran) {
            (Some(at), Some(ran)) => at.as_second() + SAME_MOMENT_SECONDS >= ran,
            _ => true,
        };
        about && fresh && !over && (summed || e.reason == "Failed")
    });
    // the last try is the one that holds: what an earlier one failed at is over
    let mut last = None;
    let of_last = events.filter(|e| !is_about_pull(&e.message)).take_while(|e| {
        let last = *last.get_or_insert(e.at);
        last.zip(e.at).is_none_or(|(last, at)| last.as_second() - at.as_second() <= SAME_MOMENT_SECONDS)
    });
    // dockershim and containerd leave a failed start in the state: a run that ended there by itself speaks against it
    let ran = container
        .last_end()
        .is_some_and(|end| matches!(end.reason.as_deref(), None | Some("Error" | "Completed" | "OOMKilled")));
    let sure = if ran
        && container.waiting().is_none_or(|(reason, _)| is_of_another_step(reason))
        && runtime(s) != "cri-o"
    {
        Confidence::Likely
    } else {
        Confidence::Certain
    };
    of_last
        .filter(|e| !denied_by_state(container, &e.message))
        .map(|e| Refusal { text: e.message.clone(), evidence: Evidence::event(e), sure })
        .collect()
}

/// Whether the pod had not come to its images when this was said, nor has since: then an event about its sandbox or
/// its volumes is not of an earlier, healed phase.
pub fn before_images(s: &Snapshot, event: &Event) -> bool {
    let waits = |c: &ContainerView<'_>| {
        c.status.is_none()
            || c.waiting()
                .is_some_and(|(reason, _)| matches!(reason, "" | "ContainerCreating" | "PodInitializing"))
    };
    let later = |e: &Event| {
        let further =
            matches!(e.reason.as_str(), "Pulling" | "Pulled" | "Created" | "Started" | "Failed" | "BackOff");
        further && e.at > event.at
    };
    s.containers().iter().filter(|c| c.kind != ContainerKind::Ephemeral).all(waits)
        && !s.events.iter().any(|e| later(e))
}

/// Who would be edited for a fault of the pod's own making, and how `kubectl` names it.
pub fn owner_of(s: &Snapshot) -> (Blame, String) {
    let owner = s.top_owner();
    let shown = format!("{}/{}", owner.kind.to_lowercase(), owner.name);
    (owner, shown)
}

/// The first refusal that one of the wordings matches.
pub fn told<'r, 'w>(refusals: &'r [Refusal], wordings: &'w [Wording]) -> Option<(&'r Refusal, &'w Wording)> {
    refusals.iter().find_map(|r| wordings.iter().find(|w| w.matches(&r.text)).map(|w| (r, w)))
}

/// What a runtime, or its forerunner, says just before it names what the container itself was to run.
const BEFORE_THE_START: [&str; 9] =
    ["", "process", "caused", "init", "error", "create failed", "daemon", "message", "containercannotrun"];

/// What the first of the patterns to match says of the container's own start: a runtime writes the same sentence,
/// `exec: "x": …`, of programs of its own on the node, such as hooks, shims and parsers of profiles.
pub fn of_the_start<'t>(patterns: &[Regex], text: &'t str) -> Option<&'t str> {
    patterns.iter().find_map(|pattern| {
        let found = pattern.captures(text)?;
        let whole = found.get(0)?;
        let lead =
            text[..whole.start()].trim_end_matches(|c: char| c.is_whitespace() || "\"'\\:`".contains(c));
        let lead = lead.to_ascii_lowercase();
        let program = whole.as_str().to_ascii_lowercase().starts_with("exec");
        let fits = |end: &str| if end.is_empty() { lead.is_empty() } else { lead.ends_with(end) };
        (!program || BEFORE_THE_START.iter().any(|end| fits(end)))
            .then(|| found.name("key").map(|key| key.as_str()))?
    })
}

/// The runtime of the pod's node, without its version: `docker`, `containerd`, `cri-o`; empty where it was not read.
pub fn runtime(s: &Snapshot) -> &str {
    let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    let version = info.map(|i| i.container_runtime_version.as_str()).unwrap_or_default();
    version.split("://").next().unwrap_or_default()
}
