//! The kernel killed a process of the container because its memory limit, or the node's memory, was used up.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerStateTerminated, PodSpec};
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::event::{Event, Identity};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::quantity::Milli;
use crate::remedy::RemedyKind;
use crate::snapshot::{Snapshot, lived};
use crate::usage::{limit_for, memory};
use crate::wording::Wording;

/// `oom-killed`
pub const CAUSE: Cause = Cause {
    id: "oom-killed",
    stage: Some(Stage::Run),
    since: "0.1.0",
    hides: &["app-exited", "liveness-probe-killing"],
    expected: false,
    remedies: &[
        RemedyKind::words("measure"),
        RemedyKind::words("raise-limit"),
        RemedyKind::words("look-at-log"),
    ],
    wordings: &[
        Wording::telling(
            r"\bOOM[- ]?Killed\b\W*($|[^\Wf]|f[^a])",
            "Last State: Terminated  Reason: OOMKilled  Exit Code: 137",
            "kubelet 1.0–1.37",
        ),
        Wording::telling(
            r"System OOM encountered, victim process|Memory cgroup out of memory|oom-kill:constraint=CONSTRAINT_|invoked oom-killer|killed as a result of limit of /|memory: usage \d+kB, limit \d+kB",
            "Memory cgroup out of memory: Killed process 4123 (java) total-vm:3000000kB",
            "Linux",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    limit: Option<String>,
    pod_limit: Option<String>,
    request: Option<String>,
    exit_code: i32,
    /// The node itself had run out, whatever the limit is.
    system_oom: bool,
    /// 137 is the container's own process; another code means that a child of it was killed.
    child: bool,
    restarts: i32,
    ago: Option<String>,
    lived: Option<String>,
    node: String,
    owner: String,
    /// `kubectl set resources` cannot change it.
    owner_is_pod: bool,
    /// The template has no such container: something puts it into each pod.
    injected: bool,
    /// The limit is more than the node has: it cannot have been reached.
    above_node: bool,
    /// It has a limit, and the kubelet says that the node had run out.
    doubt: bool,
    /// The runtime says nothing of memory, as one with cgroup v1 when the node has run out.
    unmarked: bool,
    /// The spec asks for another limit than the one in force: a resize that is not done yet.
    resize_to: Option<String>,
    /// What it used when it was measured, and how long ago that was.
    usage: Option<String>,
    measured: Option<String>,
    /// A limit that the measurement speaks for.
    suggested: Option<String>,
}

/// The kernel's kill and the kubelet's word about it are no further apart, in seconds.
const SAME_KILL_SECONDS: i64 = 15;

fn detect(s: &Snapshot) -> Vec<Match> {
    if s.ended_as_a_whole() {
        return Vec::new();
    }
    s.containers()
        .iter()
        .filter(|container| container.kind != ContainerKind::Ephemeral)
        .filter_map(|container| {
            let end = container.last_end()?;
            let reason = end.reason.as_deref().unwrap_or_default();
            if !matches!(reason, "OOMKilled" | "OOM Killed") && !died_with_the_node(s, container, end) {
                return None;
            }
            let finished = end.finished_at.as_ref().map(|t| t.0);
            // one that happened long ago, to a container that runs since, is history; one that comes again and again is
            // not, until it has run for much longer than before
            let long_ago = container.is_running() && finished.is_some_and(|at| !s.is_recent(at));
            let outlived =
                finished.is_some_and(|at| s.taken_at().seconds_since(at) > 2 * lived(end).unwrap_or(0));
            let comes_again = container.restarts() >= 3 && !outlived;
            let over = !comes_again && (long_ago || s.has_settled(container));
            (!over).then(|| matched(s, container))
        })
        .collect()
}

fn matched(s: &Snapshot, container: &ContainerView<'_>) -> Match {
    let end = container.last_end();
    let resources = container.spec.and_then(|c| c.resources.as_ref());
    let request = resources.and_then(|r| r.requests.as_ref()?.get("memory")).map(|q| q.0.clone());
    let limit = container.memory_limit();
    let pod_limit = s
        .spec()
        .and_then(|spec| spec.resources.as_ref()?.limits.as_ref()?.get("memory"))
        .map(|q| q.0.clone());
    let finished = end.and_then(|e| e.finished_at.as_ref()).map(|t| t.0);
    let owner = s.top_owner();
    let above_node = limit.is_some_and(|(_, limit)| is_above_node(s, limit));
    let by_limit = end.is_some_and(|end| end.reason.as_deref() != Some("Error"));
    let limited = by_limit && (limit.is_some() || pod_limit.is_some()) && !above_node;
    // with a limit both are told: by the kubelet's word alone nobody knows which it was
    let (system, doubt) = match kernel(s, finished) {
        Kernel::Unread if limited => (None, said_of_system(s, finished)),
        kernel => (kernel.or_kubelet(s, finished), None),
    };
    let resize_to = resized(s, container);
    let largest = limit.map(|(_, amount)| amount).or_else(|| pod_limit.as_deref().and_then(Milli::parse));
    let usage = memory(s, container);
    let facts = Facts {
        limit: limit.map(|(text, _)| text.to_string()),
        pod_limit: pod_limit.clone(),
        request,
        system_oom: system.is_some() || above_node,
        above_node,
        doubt: doubt.is_some(),
        unmarked: !by_limit,
        resize_to: resize_to.as_ref().map(|(to, _)| to.clone()),
        injected: is_injected(s, container),
        exit_code: end.map_or(137, |e| e.exit_code),
        child: end.is_some_and(|e| e.exit_code != 137),
        restarts: container.restarts(),
        ago: finished.map(|at| s.taken_at().age(at)),
        lived: end.and_then(lived).map(crate::moment::show_seconds),
        node: s.node_name().unwrap_or_default().to_string(),
        owner_is_pod: !SETTABLE.contains(&owner.kind.as_str()),
        owner: format!("{}/{}", owner.kind.to_lowercase(), owner.name),
        usage: usage.as_ref().map(|usage| usage.amount.show("memory")),
        measured: usage.as_ref().and_then(|usage| usage.at).map(|at| s.taken_at().age(at)),
        suggested: usage
            .as_ref()
            .and_then(|usage| limit_for(usage.amount, largest?))
            .map(|amount| amount.show("memory")),
    };
    // which of its processes the kernel takes when the node has run out is hardly the pod's own fault
    let blame = match &system {
        None if above_node => Blame::global("Node", s.node_name().unwrap_or_default()),
        Some(_) => Blame::global("Node", s.node_name().unwrap_or_default()),
        None => owner,
    };
    let unsure = above_node && system.is_none() || doubt.is_some() || !by_limit;
    let confidence = if unsure { Confidence::Likely } else { Confidence::Certain };
    let mut found = Match::new(confidence, blame, facts).in_container(container.name);
    found = found.because_all(end.map(|end| s.from_end(container, end)));
    found = found.because_all(system).because_all(doubt);
    let path = format!("{}.resources.limits.memory", container.spec_path());
    found = match (&limit, &pod_limit) {
        (Some((text, _)), _) => found.because(s.from_spec(&path, text)),
        (None, Some(text)) => found.because(s.from_spec("spec.resources.limits.memory", text)),
        (None, None) => found.because(s.from_spec(&path, "none")),
    };
    found = found.because_all(resize_to.and_then(|(_, pending)| pending));
    found = found.because_all(usage.map(|usage| usage.evidence));
    let tells = |event: &Event| {
        event.reason.contains("OOM")
            || event.message.split(|c: char| !c.is_ascii_alphabetic()).any(|word| {
                let word = word.to_ascii_lowercase();
                word == "oom" || word.starts_with("oomkill")
            })
    };
    let event = s.events.iter().rev().find(|e| tells(e));
    found.because(s.from_restarts(container)).because_all(event.map(|e| Evidence::event(e)))
}

/// Whether it was killed in the moment in which the node ran out, and nobody else says that they killed it: of cgroup v1 the runtime hears
/// of limits only.
fn died_with_the_node(s: &Snapshot, container: &ContainerView<'_>, end: &ContainerStateTerminated) -> bool {
    let finished = end.finished_at.as_ref().map(|at| at.0);
    let killed = s.container_events(container.name).any(|event| event.reason == "Killing");
    let plain = end.exit_code == 137 && end.reason.as_deref() == Some("Error");
    plain && !killed && kernel(s, finished).or_kubelet(s, finished).is_some()
}

/// Whose template `kubectl set resources` changes: a Job's cannot be, and of other kinds it does not know where the template stands.
/// <https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_resources/>
const SETTABLE: [&str; 6] =
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "CronJob"];

/// Whether the template that was read has no such container: an admission webhook adds it, as a mesh's proxy.
fn is_injected(s: &Snapshot, container: &ContainerView<'_>) -> bool {
    let templates = || s.owners.iter().filter_map(|owner| owner.template.as_deref());
    let has = |template: &PodSpec| {
        let init = template.init_containers.iter().flatten();
        template.containers.iter().chain(init).any(|known| known.name == container.name)
    };
    templates().next().is_some() && !templates().any(has)
}

fn is_above_node(s: &Snapshot, limit: Milli) -> bool {
    let status = s.node().and_then(|node| node.status.as_ref());
    let has =
        status.and_then(|status| status.capacity.as_ref().or(status.allocatable.as_ref())?.get("memory"));
    has.and_then(|amount| Milli::parse(&amount.0)).is_some_and(|has| limit > has)
}

/// The limit that waits to be set, and the kubelet's word of why.
fn resized(s: &Snapshot, container: &ContainerView<'_>) -> Option<(String, Option<Evidence>)> {
    let (_, in_force) = container.memory_limit()?;
    let asked = container.asked_memory_limit()?;
    let differs = Milli::parse(asked).is_some_and(|asked| asked != in_force);
    let pending = || s.from_condition("PodResizePending").or_else(|| s.from_condition("PodResizeInProgress"));
    differs.then(|| (asked.to_string(), pending()))
}

/// What the agent read of the kernel's own line: the kernel writes "Memory cgroup" where a limit was reached and leaves it out where none
/// was.
enum Kernel {
    /// The node as a whole had run out.
    Global(Evidence),
    /// A limit was reached.
    Limit,
    /// Nobody read it.
    Unread,
}

impl Kernel {
    /// The word that the node as a whole had run out: the kernel's, or the kubelet's where nobody read that.
    fn or_kubelet(self, s: &Snapshot, finished: Option<Timestamp>) -> Option<Evidence> {
        match self {
            Kernel::Global(line) => Some(line),
            Kernel::Limit => None,
            Kernel::Unread => said_of_system(s, finished),
        }
    }
}

fn kernel(s: &Snapshot, finished: Option<Timestamp>) -> Kernel {
    let (Some(name), Some(finished)) = (s.node_name(), finished) else { return Kernel::Unread };
    let errors = s.agent().and_then(|agent| agent.errors("oom-kill"));
    match errors.filter(|errors| is_same_kill(errors.last, finished)) {
        None => Kernel::Unread,
        Some(errors)
            if errors.excerpt.contains("Out of memory") && !errors.excerpt.contains("Memory cgroup") =>
        {
            let object = format!("Node {name}");
            Kernel::Global(Evidence::new(Source::Agent, object, errors.last, errors.excerpt.clone()))
        }
        Some(_) => Kernel::Limit,
    }
}

fn is_same_kill(at: Option<Timestamp>, finished: Timestamp) -> bool {
    at.is_some_and(|at| (at.as_second() - finished.as_second()).abs() <= SAME_KILL_SECONDS)
}

/// The kubelet's event of the node, of the same moment. Where it cannot read the kernel's line to its end, it takes a limit for the
/// system.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/kubelet/oom/oom_watcher_linux.go>
fn said_of_system(s: &Snapshot, finished: Option<Timestamp>) -> Option<Evidence> {
    let (name, finished) = (s.node_name()?, finished?);
    let events = s.world.events_about(&Identity::of_node(name));
    let told = |e: &&std::sync::Arc<Event>| e.reason == "SystemOOM" && is_same_kill(e.at, finished);
    events.iter().rev().find(told).map(|event| Evidence::event(event))
}
