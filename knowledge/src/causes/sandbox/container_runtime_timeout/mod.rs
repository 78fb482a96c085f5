//! Making or starting a sandbox or container took longer than the kubelet waits.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::container::{ContainerKind, ContainerView};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::sandbox::{NodeWords, Trouble, failure};
use crate::snapshot::Snapshot;
use crate::wording::{Wording, first_match};

/// `container-runtime-timeout`
pub const CAUSE: Cause = Cause {
    id: "container-runtime-timeout",
    stage: Some(Stage::Sandbox),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-node"),
        RemedyKind::words("look-at-runtime"),
        RemedyKind::words("lighten-pod"),
    ],
    wordings: &[
        Wording::telling(
            r#"name \\*"?\S+ is reserved for|error reserving (ctr|pod) name|failed to reserve (sandbox|container) name"#,
            r#"Error: failed to reserve container name "app_web-0_shop_1_0": name "app_web-0_shop_1_0" is reserved for "5c1f""#,
            "containerd 1.x–2.x, CRI-O",
        ),
        Wording::telling(
            r"timing out in CRI-O due to system load",
            "Error: kubelet may be retrying requests that are timing out in CRI-O due to system load. Currently at stage container volume configuration: context deadline exceeded",
            "CRI-O 1.20–1.37",
        ),
        Wording::telling(
            r"(start|create|run)\w* container[^\n]*operation timeout: context deadline exceeded",
            "Error: failed to start container \"app\": operation timeout: context deadline exceeded",
            "kubelet 1.5–1.23 with dockershim, cri-dockerd",
        ),
        Wording::hint(
            r"(?m)(Error:?|error determining status:) (rpc error: code = (DeadlineExceeded|Unknown) desc = )?(operation timeout: )?context deadline exceeded\s*$",
            "Error: context deadline exceeded",
            "kubelet 1.6–1.37",
        ),
        Wording::hint(
            r"sandbox.{0,200}(context deadline exceeded|DeadlineExceeded)",
            "Failed to create pod sandbox: rpc error: code = DeadlineExceeded desc = context deadline exceeded",
            "kubelet 1.8–1.37",
        ),
        Wording::hint(
            r#"container name \\*"?/?k8s_\S+ is already in use by"#,
            r#"Conflict. The container name "/k8s_app_web-0_shop_1_0" is already in use by container "5c1f". You have to remove (or rename) that container"#,
            "dockerd 1.12–28",
        ),
        Wording::hint(
            r#"Kill(Container|PodSandbox)Error: "[^\n]*(DeadlineExceeded|deadline exceeded|operation timeout)"#,
            r#"failed to "KillPodSandbox" for "9f11" with KillPodSandboxError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded""#,
            "kubelet 1.6–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Default, Serialize)]
struct Facts {
    node: String,
    runtime: String,
    /// `sandbox`, or the container's name.
    what: Option<String>,
    times: i64,
    /// CRI-O says how far it got.
    stage: Option<String>,
    crio: bool,
    containerd: bool,
    docker: bool,
    /// The node agent's account of the node, if there is one.
    witness: Option<String>,
    fs_group: Option<i64>,
    volumes: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let blame = |node: &NodeWords| Blame::global("Node", &node.node);
    let node = NodeWords::of(s);
    if let Some(failure) = failure(s, Trouble::Timeout) {
        let facts = facts(s, &node, None, failure.words, failure.times);
        let found = Match::new(failure.confidence(s).min(of_words(failure.words)), blame(&node), facts);
        return vec![found.because_all(failure.evidence(s)).because_all(witness(s))];
    }
    if s.is_deleting() || s.node_name().is_none() || s.ended_as_a_whole() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for container in s.containers().iter().filter(|c| c.kind != ContainerKind::Ephemeral && waits(c)) {
        let Some((evidence, words, times)) = told(s, container) else { continue };
        let facts = facts(s, &node, Some(container.name), &words, times);
        found.push(
            Match::new(of_words(&words), blame(&node), facts)
                .in_container(container.name)
                .because_all(evidence)
                .because_all(witness(s)),
        );
    }
    found
}

/// Docker keeps the name of what it made too late; a container left behind by anything else has it as well.
fn of_words(words: &str) -> Confidence {
    if words.contains("is already in use by") { Confidence::Likely } else { Confidence::Certain }
}

/// The states in which a container stands between its image and its first process.
fn waits(container: &ContainerView<'_>) -> bool {
    let states = ["CreateContainerError", "RunContainerError", "ContainerCannotRun"];
    container.waiting().is_some_and(|(reason, _)| states.contains(&reason))
}

/// The kubelet's word, in the container's state or in its latest event, that the runtime did not answer in time.
fn told(s: &Snapshot, container: &ContainerView<'_>) -> Option<(Vec<Evidence>, String, i64)> {
    let slow = |text: &str| {
        first_match(CAUSE.wordings, text).is_some()
            || text.trim_end().ends_with("context deadline exceeded")
            || text.contains("code = DeadlineExceeded")
    };
    let (_, message) = container.waiting()?;
    let own = |e: &&std::sync::Arc<crate::event::Event>| {
        e.warning && e.reason == "Failed" && e.container.as_deref().is_none_or(|name| name == container.name)
    };
    let event = s.events.iter().rev().find(|e| own(e)).filter(|e| slow(&e.message));
    let words = match message {
        "" => event?.message.clone(),
        message if slow(message) => message.to_string(),
        _ => return None,
    };
    let times = event.map_or(1, |e| e.count);
    let evidence = s.from_waiting(container).into_iter().chain(event.map(|e| Evidence::event(e))).collect();
    Some((evidence, words, times))
}

/// What the node agent saw that makes a node slow.
fn witness(s: &Snapshot) -> Option<Evidence> {
    let agent = s.agent()?;
    let name = format!("Node {}", s.node_name().unwrap_or_default());
    let text = spoken(s)?;
    Some(Evidence::new(Source::Agent, name, agent.reported_at, text))
}

fn spoken(s: &Snapshot) -> Option<String> {
    let agent = s.agent()?;
    let runtime = agent.runtime_unit().filter(|unit| !unit.is_active());
    let down = runtime.map(|unit| format!("{} {}", unit.name, unit.active));
    let error = ["disk-io", "pleg", "read-only", "oom-kill"].iter().find_map(|class| agent.errors(class));
    let journal = error.map(|e| format!("{} ×{} ({})", e.class, e.count, e.unit));
    let full = agent.disks.iter().find(|d| d.capacity > 0 && d.free < d.capacity / 50);
    let disk = full.map(|d| format!("{} free {}%", d.path, d.free.saturating_mul(100) / d.capacity));
    down.or(journal).or(disk)
}

fn facts(s: &Snapshot, node: &NodeWords, container: Option<&str>, words: &str, times: i64) -> Facts {
    let stage = words.split_once("Currently at stage ").map(|(_, rest)| rest);
    let spec = s.spec();
    Facts {
        node: node.node.clone(),
        runtime: node.runtime.clone(),
        what: container.map(str::to_string),
        times,
        stage: stage.and_then(|rest| rest.split(':').next()).map(|stage| stage.trim().to_string()),
        crio: node.may_run("cri-o"),
        containerd: node.may_run("containerd"),
        docker: node.may_run("docker"),
        witness: spoken(s),
        fs_group: spec.and_then(|spec| spec.security_context.as_ref()?.fs_group),
        volumes: spec
            .and_then(|spec| spec.volumes.as_ref())
            .is_some_and(|all| all.iter().any(|v| v.persistent_volume_claim.is_some())),
    }
}
