//! The grace period is over, and the runtime does not get a container, or the sandbox, stopped.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::{from_agent, unheard_since};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::terminating::{Deletion, event_since, evidence, kubelets_turn, running, without_a_plugin};
use crate::wording::{Wording, first_match};

/// `container-unkillable`
pub const CAUSE: Cause = Cause {
    id: "container-unkillable",
    stage: Some(Stage::Terminate),
    since: "0.1.0",
    hides: &["pod-disrupted", "volume-busy"],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-plugin"),
        RemedyKind::words("find-process"),
        RemedyKind::words("free-it"),
        RemedyKind::words("force-delete"),
    ],
    wordings: &[
        Wording::hint(
            r#"KillContainerError: "[^\n]*(DeadlineExceeded|deadline exceeded|timed? ?out|unkillable|did not exit|not yet exited|ttrpc: closed|tried to kill container)"#,
            r#"error killing pod: failed to "KillContainer" for "redis" with KillContainerError: "rpc error: code = Unknown desc = operation timeout: context deadline exceeded""#,
            "kubelet 1.6–1.37",
        ),
        Wording::hint(
            r#"KillPodSandboxError: "[^\n]*(DeadlineExceeded|deadline exceeded|timed? ?out|device or resource busy|is not yet stopped|failed to kill|unkillable)"#,
            r#"failed to "KillPodSandbox" for "9f118966-e9c7" with KillPodSandboxError: "rpc error: code = DeadlineExceeded desc = context deadline exceeded""#,
            "kubelet 1.6–1.37",
        ),
        Wording::telling(
            r"an error occurs during waiting for container \S+ to be killed|tried to kill container, but did not receive an exit event|Container \S+ failed to exit within \d+ ?s\w* of (kill|signal 9)",
            "rpc error: code = Unknown desc = tried to kill container, but did not receive an exit event",
            "containerd 1.2–2.1, docker 17.06–29",
        ),
        Wording::hint(
            r#"KillPodSandboxError: "[^\n]*(destroy network|network plugin|teardown pod|\bCNI\b|plugin type=)"#,
            r#"failed to "KillPodSandbox" for "9f11" with KillPodSandboxError: "rpc error: code = Unknown desc = failed to destroy network for sandbox \"ab12\": plugin type=\"calico\" failed (delete)""#,
            "kubelet 1.6–1.37",
        ),
        Wording::hint(
            r"(StopContainer |Kill container failed).*(DeadlineExceeded|deadline exceeded)|FailedKillPod|did not kill the pod within specified grace period",
            "Warning  FailedKillPod  error killing pod",
            "kubelet 1.6–1.37",
        ),
        Wording::telling(
            r#"Kill(Container|PodSandbox)Error: "[^\n]*(unkillable|did not exit|not yet exited|tried to kill container|is not yet stopped|device or resource busy)"#,
            r#"error killing pod: failed to "KillContainer" for "redis" with KillContainerError: "rpc error: code = Unknown desc = container 5f1c PID 4123 is zombie and not yet exited: unkillable""#,
            "dockerd 17–28, containerd 1.x–2.x",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// The place among the wordings of the one about the sandbox's network.
const NETWORK: usize = 3;

#[derive(Serialize)]
struct Facts {
    node: String,
    since: String,
    grace: i64,
    containers: Vec<String>,
    words: Option<String>,
    /// Only the sandbox is left: the containers have ended.
    sandbox_only: bool,
    /// It is the network of the sandbox that cannot be taken down.
    network: bool,
    /// That alone: no process is left that could be looked for.
    plugin: bool,
    /// NFS volumes, as `server:/path`.
    nfs: Vec<String>,
    docker: bool,
    stateful: bool,
    /// The runtime itself shows a container that runs.
    seen: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(deletion) = kubelets_turn(s) else { return without_network(s).into_iter().collect() };
    let Some(node) = s.node_name() else { return Vec::new() };
    let names: Vec<String> = running(s).iter().map(|c| c.name.to_string()).collect();
    let event =
        event_since(s, &deletion, |e| first_match(&CAUSE.wordings[..NETWORK + 1], &e.message).is_some());
    // a container that could not be killed and has ended since is no longer what is left
    let event = event.filter(|e| !names.is_empty() || e.message.contains("KillPodSandbox"));
    let network = event.is_some_and(|e| CAUSE.wordings[NETWORK].matches(&e.message));
    let seen = in_runtime(s, &deletion);
    let confidence = match (&seen, event) {
        // the runtime was asked, and has nothing of it that runs
        (Some(seen), _) if seen.is_empty() => return Vec::new(),
        // its plugin is the one to look at, and may have a cause of its own
        (None, Some(_)) if network => Confidence::Likely,
        (Some(_), _) | (None, Some(_)) => Confidence::Certain,
        (None, None) if !names.is_empty() && s.node().is_some() && unheard_since(s, node).is_none() => {
            Confidence::Likely
        }
        (None, None) => return Vec::new(),
    };
    let containers = seen.clone().filter(|seen| !seen.is_empty()).unwrap_or_else(|| names.clone());
    let facts = Facts {
        node: node.to_string(),
        since: s.taken_at().age(deletion.ends),
        grace: deletion.grace,
        sandbox_only: containers.is_empty(),
        plugin: network && containers.is_empty(),
        containers,
        network,
        words: event.map(|e| e.message.clone()),
        nfs: nfs(s),
        docker: runtime(s).starts_with("docker"),
        stateful: s.top_owner().kind == "StatefulSet",
        seen: seen.is_some(),
    };
    let at = s.agent().and_then(|facts| facts.reported_at);
    let found = Match::new(confidence, Blame::global("Node", node), facts)
        .because_all(event.map(Evidence::event))
        .because_all(
            seen.map(|seen| from_agent(node, at, format!("the runtime has running: {}", seen.join(", ")))),
        )
        .because(evidence(s, &deletion))
        .because_all(
            running(s)
                .iter()
                .map(|c| s.from_status(c.running_since(), format!("{}.state.running", c.status_path()))),
        );
    vec![found]
}

/// Nothing of the pod runs any more, and its node has no network plugin that could take the sandbox's network down.
fn without_network(s: &Snapshot) -> Option<Match> {
    let (deletion, condition) = without_a_plugin(s)?;
    let node = s.node_name()?;
    let ended = s.containers().iter().any(|c| c.terminated().is_some()) && running(s).is_empty();
    let facts = Facts {
        node: node.to_string(),
        since: s.taken_at().age(deletion.ends),
        grace: deletion.grace,
        containers: Vec::new(),
        words: Some(condition.text.clone()),
        sandbox_only: true,
        network: true,
        plugin: true,
        nfs: nfs(s),
        docker: runtime(s).starts_with("docker"),
        stateful: s.top_owner().kind == "StatefulSet",
        seen: false,
    };
    let found = Match::new(Confidence::Likely, Blame::global("Node", node), facts);
    ended.then(|| found.because(condition).because(evidence(s, &deletion)))
}

/// The pod's containers that the runtime has running, past the end of the grace period; `None` where it was not asked.
fn in_runtime(s: &Snapshot, deletion: &Deletion) -> Option<Vec<String>> {
    let facts = s.agent()?;
    facts.reported_at.filter(|at| *at > deletion.ends)?;
    let uid = s.pod()?.metadata.uid.as_deref().unwrap_or_default();
    let all = facts.containers_of(s.namespace(), s.name(), uid)?;
    Some(all.iter().filter(|c| c.state == "running").map(|c| c.name.clone()).collect())
}

fn nfs(s: &Snapshot) -> Vec<String> {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let mut found = Vec::new();
    for volume in volumes {
        let of_claim = || {
            let claim = &volume.persistent_volume_claim.as_ref()?.claim_name;
            let key = (s.namespace().to_string(), claim.clone());
            let name = s.world.claims.get(&key)?.spec.as_ref()?.volume_name.as_ref()?;
            s.world.volumes.get(name)?.spec.as_ref()?.nfs.as_ref().map(|n| format!("{}:{}", n.server, n.path))
        };
        let own = volume.nfs.as_ref().map(|n| format!("{}:{}", n.server, n.path));
        found.extend(own.or_else(of_claim));
    }
    found
}

fn runtime(s: &Snapshot) -> &str {
    let info = s.node().and_then(|node| node.status.as_ref()?.node_info.as_ref());
    info.map(|info| info.container_runtime_version.as_str()).unwrap_or_default()
}
