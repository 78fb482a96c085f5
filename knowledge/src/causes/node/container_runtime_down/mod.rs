//! The kubelet speaks, and says that its container runtime does not.

use serde::Serialize;

use super::EFFECTS;
use crate::agent::Unit;
use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::{condition, from_agent, lease, ready};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::{Wording, first_match};

/// `container-runtime-down`
pub const CAUSE: Cause = Cause {
    id: "container-runtime-down",
    stage: Some(Stage::Node),
    since: "0.1.0",
    hides: EFFECTS,
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-runtime"),
        RemedyKind::button("restart-runtime"),
        RemedyKind::words("relieve-node"),
    ],
    wordings: &[
        Wording::telling(
            r"container runtime is down|container runtime status check may not have completed",
            "container runtime is down",
            "kubelet 1.3–1.37",
        ),
        Wording::telling(
            r"PLEG is not healthy",
            "PLEG is not healthy: pleg was last seen active 3m12.5s ago; threshold is 3m0s",
            "kubelet 1.3–1.37",
        ),
        Wording::telling(
            r"container runtime not ready: RuntimeReady=false|RuntimeReady=false",
            "container runtime not ready: RuntimeReady=false reason:DockerDaemonNotReady message:docker: failed to get docker version",
            "kubelet 1.7–1.37",
        ),
        Wording::telling(
            r"Cannot connect to the Docker daemon",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "docker 1.12–29",
        ),
        Wording::telling(
            r"CRI v1 (runtime|image) API is not implemented|unknown service runtime\.v1(alpha2)?\.(Runtime|Image)Service",
            r#"validate CRI v1 runtime API for endpoint "unix:///run/containerd/containerd.sock": rpc error: code = Unimplemented desc = unknown service runtime.v1.RuntimeService"#,
            "kubelet 1.23–1.37, crictl, kubeadm",
        ),
        Wording::telling(
            r"dial unix \S*(containerd|docker|dockershim|cri-dockerd|crio)\S*\.sock: connect: (no such file or directory|connection refused)",
            r#"rpc error: code = Unavailable desc = connection error: desc = "transport: Error while dialing: dial unix /run/containerd/containerd.sock: connect: no such file or directory""#,
            "kubelet 1.14–1.37",
        ),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    since: Option<String>,
    words: String,
    pods: usize,
    waiting: usize,
    docker: bool,
    containerd: bool,
    crio: bool,
    /// systemd's unit of the runtime.
    unit: String,
    /// The agent's word on it.
    unit_state: Option<String>,
    /// The runtime answers, too slowly.
    pleg: bool,
    many_pods: bool,
}

/// This many pods on one node are many for a runtime to list every second.
const MANY_PODS: usize = 110;

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some(name), Some(node)) = (s.node_name(), s.node()) else { return Vec::new() };
    if matches!(s.phase(), "Succeeded" | "Failed") {
        return Vec::new();
    }
    let Some(("False", words)) = ready(node) else { return Vec::new() };
    let stopped = stopped_unit(s);
    if first_match(CAUSE.wordings, words).is_none() && stopped.is_none() {
        return Vec::new();
    }
    let since = condition(node, "Ready").and_then(|c| c.last_transition_time.as_ref()).map(|t| t.0);
    let runtime = node.status.as_ref().and_then(|status| status.node_info.as_ref());
    let runtime = runtime.map(|info| info.container_runtime_version.as_str()).unwrap_or_default();
    let pods = s.world.pods_on(name).count();
    let unit = runtime_unit(s);
    let docker = runtime.starts_with("docker");
    let facts = Facts {
        node: name.to_string(),
        since: since.map(|at| s.taken_at().age(at)),
        words: words.to_string(),
        pods,
        waiting: s.world.pods_on(name).filter(|pod| pod.deleting).count(),
        docker,
        containerd: runtime.starts_with("containerd"),
        crio: runtime.starts_with("cri-o"),
        unit: match unit {
            Some(unit) => unit.name.trim_end_matches(".service").to_string(),
            None if docker => "docker".to_string(),
            None if runtime.starts_with("cri-o") => "crio".to_string(),
            None => "containerd".to_string(),
        },
        unit_state: unit.map(|unit| unit.active.clone()),
        pleg: words.contains("PLEG") && !words.contains("runtime is down"),
        many_pods: pods > MANY_PODS,
    };
    // the kubelet's own report of what it sees is the proof
    let found = Match::new(Confidence::Certain, Blame::global("Node", name), facts)
        .because_all(Evidence::node_condition(node, "Ready"))
        .because_all(lease(s, name))
        .because_all(stopped.map(|(unit, at)| {
            from_agent(name, at, format!("{} is {} ({})", unit.name, unit.active, unit.result))
        }));
    vec![found]
}

/// The runtime's unit, if the agent found it stopped since the node is not ready.
fn stopped_unit(s: &Snapshot) -> Option<(&Unit, Option<jiff::Timestamp>)> {
    let since = condition(s.node()?, "Ready")?.last_transition_time.as_ref()?.0;
    let facts = s.agent().filter(|facts| facts.reported_at.is_some_and(|at| at >= since))?;
    let unit = runtime_unit(s).filter(|unit| matches!(unit.active.as_str(), "inactive" | "failed"))?;
    Some((unit, facts.reported_at))
}

/// The unit of the runtime that the node uses: another one may be installed and idle.
fn runtime_unit(s: &Snapshot) -> Option<&Unit> {
    let info = s.node()?.status.as_ref()?.node_info.as_ref()?;
    let used = info.container_runtime_version.split(':').next().filter(|used| !used.is_empty())?;
    // `cri-o://1.31.2` is run by crio.service
    let start = if used == "cri-o" { "cri" } else { used };
    s.agent()?.units.iter().find(|unit| unit.is_runtime() && unit.name.starts_with(start))
}
