//! The kubelet is stopped while its machine lives.

use serde::Serialize;

use crate::agent::{NodeFacts, Unit};
use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::node_state::{from_agent, last_heard, lease, outlived_by_agent, outlived_by_leader, ready};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `kubelet-down`
pub const CAUSE: Cause = Cause {
    id: "kubelet-down",
    stage: Some(Stage::Node),
    since: "0.1.0",
    hides: &[
        "app-exited",
        "cni-not-ready",
        "completed-but-restarted",
        "config-key-missing",
        "config-map-missing",
        "container-runtime-timeout",
        "container-status-lost",
        "dependency-refused",
        "dns-lookup-failed",
        "grace-period-long",
        "liveness-probe-killing",
        "node-lost",
        "nodes-not-ready",
        "oom-killed",
        "pod-disrupted",
        "pod-ip-exhausted",
        "pull-timeout",
        "readiness-probe-failing",
        "registry-unreachable",
        "sandbox-image-unavailable",
        "sandbox-network-failed",
        "secret-missing",
        "startup-probe-failing",
        "taint-not-tolerated",
        "volume-attach-failed",
        "volume-mount-failed",
        "volume-multi-attach",
    ],
    expected: false,
    remedies: &[RemedyKind::words("read-journal"), RemedyKind::button("restart-kubelet")],
    wordings: &[
        Wording::telling(
            r"kubelet\.service: (Main process exited|Failed with result|Start request repeated|Scheduled restart job)",
            "kubelet.service: Main process exited, code=exited, status=1/FAILURE",
            "systemd 232–257",
        ),
        Wording::telling(
            r"kubelet is not running|The kubelet is not healthy|kubelet(\.service)?[^\n]*\b(inactive \(dead\)|failed \(Result)",
            "kubelet.service - kubelet: The Kubernetes Node Agent  Active: inactive (dead)",
            "systemctl, kubeadm 1.8–1.37",
        ),
        Wording::telling(
            r"failed to run Kubelet|failed to load kubelet config(uration)? file|failed to construct kubelet dependencies|running with swap on is not supported|(localhost|127\.0\.0\.1):10248(/healthz)?\W[^\n]*refused",
            r#"E0310 server.go:292] "Failed to run kubelet" err="failed to run Kubelet: running with swap on is not supported, please disable swap! or set --fail-swap-on flag to false""#,
            "kubelet 1.8–1.37, kubeadm",
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
    pods: usize,
    heard: Option<String>,
    unit: String,
    /// systemd's word for how it stands: `failed`.
    state: Option<String>,
    result: Option<String>,
    stopped: Option<String>,
    runtime_up: bool,
    /// What proves that the machine lives, where there is no agent.
    alive: Option<String>,
    excerpt: Option<String>,
    deleting: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(name) = s.node_name() else { return Vec::new() };
    let silent = s.node().and_then(ready).is_some_and(|(status, _)| status == "Unknown");
    if !silent || matches!(s.phase(), "Succeeded" | "Failed") {
        return Vec::new();
    }
    if let Some((facts, at)) = outlived_by_agent(s, name) {
        let Some(unit) = facts.kubelet_unit().filter(|unit| !unit.is_active()) else { return Vec::new() };
        let text = format!("{} is {} ({})", unit.name, unit.active, unit.result);
        let found = of(s, name, Confidence::Certain, Some((facts, unit)), None)
            .because(from_agent(name, Some(at), text))
            .because_all(
                facts
                    .runtime_unit()
                    .map(|u| from_agent(name, Some(at), format!("{} is {}", u.name, u.active))),
            )
            .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
            .because_all(lease(s, name));
        return vec![found];
    }
    // a pod of this node still gets through to the API server: the machine and its network live
    let Some((lease_name, pod, at)) = outlived_by_leader(s, name) else { return Vec::new() };
    let text = format!("renewed {} ago by {pod}, a pod of node {name}", s.taken_at().age(at));
    let found = of(s, name, Confidence::Possible, None, Some(format!("Lease {lease_name}: {text}")))
        .because(Evidence::new(Source::Object, format!("Lease {lease_name}"), Some(at), text))
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
        .because_all(lease(s, name));
    vec![found]
}

fn of(
    s: &Snapshot,
    name: &str,
    confidence: Confidence,
    agent: Option<(&NodeFacts, &Unit)>,
    alive: Option<String>,
) -> Match {
    let unit = agent.map(|(_, unit)| unit);
    let said = |text: &String| (!text.is_empty()).then(|| text.clone());
    let words = agent.and_then(|(facts, _)| facts.errors("kubelet-exit")).map(|class| &class.excerpt);
    let facts = Facts {
        node: name.to_string(),
        pods: s.world.pods_on(name).count(),
        heard: last_heard(s, name).map(|at| s.taken_at().age(at)),
        unit: unit.map_or("kubelet".to_string(), |unit| unit.name.clone()),
        state: unit.map(|unit| unit.active.clone()),
        result: unit.and_then(|unit| said(&unit.result)),
        stopped: unit.and_then(|unit| unit.since).map(|at| s.taken_at().age(at)),
        runtime_up: agent.and_then(|(facts, _)| facts.runtime_unit()).is_some_and(Unit::is_active),
        alive,
        excerpt: words.and_then(said),
        deleting: s.is_deleting(),
    };
    Match::new(confidence, Blame::global("Node", name), facts)
}
