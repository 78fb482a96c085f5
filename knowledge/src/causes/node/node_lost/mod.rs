//! The node stopped reporting: what the API shows of its pods is what it last said.

mod gone;

use k8s_openapi::api::core::v1::Node;
use serde::Serialize;

use super::EFFECTS;
use crate::agent::Unit;
use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Stage};
use crate::node_state::{
    self, from_agent, known_off, lease, outlived_by_agent, outlived_by_leader, renewed, speaks_again,
    unheard_since,
};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;
use crate::world::Lookup;

/// `node-lost`
pub const CAUSE: Cause = Cause {
    id: "node-lost",
    stage: Some(Stage::Node),
    since: "0.1.0",
    hides: EFFECTS,
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-node"),
        RemedyKind::words("restore-node"),
        RemedyKind::words("name-another-node"),
        RemedyKind::two_approvals("force-delete"),
        RemedyKind::two_approvals("taint-out-of-service"),
        RemedyKind::two_approvals("delete-node"),
        RemedyKind::two_approvals("untaint-out-of-service"),
    ],
    wordings: &[
        Wording::telling(
            r"Node (?P<name>\S+) which was running pod \S+ is unresponsive",
            "Node worker-3 which was running pod web-0 is unresponsive",
            "node controller 1.5–1.12",
        )
        .blames("Node"),
        Wording::telling(
            r"\bNodeLost\b|NodeStatusUnknown",
            "Status: Unknown  Reason: NodeLost",
            "node controller 1.5–1.37",
        ),
        Wording::telling(
            r"Kubelet stopped posting node status",
            "Ready  Unknown  NodeStatusUnknown  Kubelet stopped posting node status.",
            "node controller 1.5–1.37",
        ),
        Wording::hint(
            r"node\.kubernetes\.io/unreachable|^\s*Node is not ready\s*$|NodeNotReady",
            "Node is not ready",
            "node controller 1.13–1.37",
        ),
        Wording::hint(r"\s\d+/\d+\s+Unknown\s", "web-0   1/1   Unknown   0   19d", "kubectl get pods"),
    ],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#node-kubernetes-io-out-of-service>
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

#[derive(Serialize)]
struct Facts {
    node: String,
    since: String,
    lease_age: Option<String>,
    pods: usize,
    /// How many of them are being deleted.
    waiting: usize,
    deleting: bool,
    stateful: bool,
    owner: String,
    /// Claims whose volume only one node may use.
    claims: Vec<String>,
    /// The taint by which someone says that the machine is off.
    off: Option<String>,
    /// What proves that the machine lives.
    alive: Option<String>,
    /// The kubelet's unit runs, the agent says: it does not get through.
    kubelet_runs: bool,
    /// The agent is installed and fell silent as well.
    agent_silent: Option<String>,
    /// The Node's own condition was read.
    proved: bool,
    /// Nothing shows that the machine lives: it may be off.
    removable: bool,
    /// It reports again, and is still marked out of service.
    back: bool,
    /// It is marked Unknown, and its Lease is renewed again.
    speaks: bool,
    /// It still counts as ready, and its Lease lags behind those of the others.
    unheard: bool,
    /// There is no such node.
    gone: bool,
    /// A kubelet has had the pod.
    started: bool,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(name) = s.node_name() else {
        return Vec::new();
    };
    if matches!(s.phase(), "Succeeded" | "Failed") {
        return Vec::new();
    }
    let blame = Blame::global("Node", name);
    match s.node().map(silent_since) {
        Some(Some(_)) if speaks_again(s, name) => vec![speaking(s, name, blame)],
        Some(Some(_)) => {
            let found = Match::new(Confidence::Certain, blame, facts(s, name, true))
                .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
                .because_all(lease(s, name))
                .because_all(sign_of_life(s, name))
                .because_all(deletion(s));
            vec![found]
        }
        // Ready is True or False: the kubelet speaks
        Some(None) => back(s, name, blame.clone()).or_else(|| unheard(s, name, blame)).into_iter().collect(),
        None if s.status_reason() == "NodeLost" => {
            let message = s.status().and_then(|status| status.message.clone()).unwrap_or_default();
            let found = Match::new(Confidence::Certain, blame, facts(s, name, true))
                .because(s.from_status(None, format!("status.reason NodeLost: {message}")))
                .because_all(deletion(s));
            vec![found]
        }
        None => match gone::is_gone(s, name) {
            Some(sure) => vec![not_there(s, name, blame, sure)],
            None => from_the_pod_alone(s, name, blame),
        },
    }
}

/// The node is asked about itself, reports again, and carries the mark that was put on it while it was gone: no pod stays on it.
fn back(s: &Snapshot, name: &str, blame: Blame) -> Option<Match> {
    let node = s.node().filter(|_| s.pod().is_none() && node_state::is_ready(s))?;
    let taints = node.spec.as_ref()?.taints.as_ref()?;
    let mark = taints.iter().find(|taint| taint.key == OUT_OF_SERVICE)?;
    let at = mark.time_added.as_ref().map(|time| time.0);
    let value = mark.value.as_deref().unwrap_or_default();
    let text = format!("spec.taints {OUT_OF_SERVICE}={value}:{}", mark.effect);
    let facts = Facts { back: true, ..facts(s, name, true) };
    let mark = Evidence::new(crate::finding::Source::Object, format!("Node {name}"), at, text);
    let found = Match::new(Confidence::Certain, blame, facts);
    Some(found.because(mark).because_all(Evidence::node_condition(node, "Ready")))
}

/// The pod is bound to a node that does not exist: the pod garbage collector takes such pods away.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/podgc/gc_controller.go> (`gcOrphaned`)
fn not_there(s: &Snapshot, name: &str, blame: Blame, sure: Confidence) -> Match {
    let started = gone::has_run(s);
    // why a pod that never ran was given this node, the node's absence does not say
    let confidence = if started { sure } else { sure.min(Confidence::Likely) };
    let facts = Facts {
        gone: true,
        started,
        proved: sure == Confidence::Certain,
        removable: false,
        ..facts(s, name, true)
    };
    Match::new(confidence, blame, facts).because_all(gone::evidence(s, name, sure)).because_all(deletion(s))
}

/// It was given up, and its kubelet renews the Lease again: it is just back, or it cannot write the Node's status.
fn speaking(s: &Snapshot, name: &str, blame: Blame) -> Match {
    let facts = Facts { speaks: true, ..facts(s, name, true) };
    Match::new(Confidence::Likely, blame, facts)
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
        .because_all(lease(s, name))
}

/// Nobody has marked it, and it says nothing while the others do. A clock that is behind looks the same.
fn unheard(s: &Snapshot, name: &str, blame: Blame) -> Option<Match> {
    let heard = unheard_since(s, name)?;
    let facts = Facts { unheard: true, since: s.taken_at().age(heard), ..facts(s, name, true) };
    let found = Match::new(Confidence::Possible, blame, facts)
        .because_all(lease(s, name))
        .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")));
    Some(found)
}

/// The Node was not read, and the node controller marked the pod: its node is not ready, for this or another reason.
fn from_the_pod_alone(s: &Snapshot, name: &str, blame: Blame) -> Vec<Match> {
    let told = s.events.iter().rev().find(|e| e.reason == "NodeNotReady");
    let tainted = s
        .condition("DisruptionTarget")
        .filter(|c| c.status == "True" && c.reason == "DeletionByTaintManager");
    let not_ready = s.condition("Ready").is_some_and(|c| c.status != "True");
    // only the node controller takes a pod's readiness away and leaves that of its containers
    let taken = not_ready
        && s.condition("ContainersReady").is_some_and(|c| c.status == "True")
        && s.spec().is_some_and(|spec| spec.readiness_gates.is_none());
    let recent = told.is_some_and(|e| e.at.is_none_or(|at| s.is_recent(at)));
    if !taken || !(recent || tainted.is_some()) {
        return Vec::new();
    }
    let found = Match::new(Confidence::Possible, blame, facts(s, name, false))
        .because_all(told.map(|e| Evidence::event(e)))
        .because_all(s.from_condition("DisruptionTarget"))
        .because_all(s.from_condition("Ready"))
        .because_all(deletion(s));
    vec![found]
}

/// When the node controller gave up waiting for the kubelet; `None` while it reports.
fn silent_since(node: &Node) -> Option<Option<jiff::Timestamp>> {
    let ready = node_state::condition(node, "Ready")?;
    (ready.status == "Unknown").then(|| ready.last_transition_time.as_ref().map(|t| t.0))
}

/// Something on the machine that outlived the kubelet's last word.
fn sign_of_life(s: &Snapshot, name: &str) -> Option<Evidence> {
    if let Some((facts, at)) = outlived_by_agent(s, name) {
        let unit = facts.kubelet_unit().map(|u| format!(", {} is {}", u.name, u.active)).unwrap_or_default();
        return Some(from_agent(name, Some(at), format!("reported {} ago{unit}", s.taken_at().age(at))));
    }
    let (lease, pod, at) = outlived_by_leader(s, name)?;
    let text = format!("renewed {} ago by {pod}, a pod of node {name}", s.taken_at().age(at));
    Some(Evidence::new(crate::finding::Source::Object, format!("Lease {lease}"), Some(at), text))
}

fn deletion(s: &Snapshot) -> Option<Evidence> {
    let at = s.pod()?.metadata.deletion_timestamp.as_ref()?.0;
    Some(s.from_status(Some(at), format!("metadata.deletionTimestamp {at}: no kubelet to carry it out")))
}

fn facts(s: &Snapshot, name: &str, proved: bool) -> Facts {
    let since = s.node().and_then(silent_since).flatten();
    let agent = s.agent().and_then(|facts| facts.reported_at);
    let outlived = outlived_by_agent(s, name);
    Facts {
        node: name.to_string(),
        since: since.map(|at| s.taken_at().age(at)).unwrap_or_default(),
        lease_age: renewed(s, name).map(|at| s.taken_at().age(at)),
        pods: s.world.pods_on(name).count(),
        waiting: s.world.pods_on(name).filter(|pod| pod.deleting).count(),
        deleting: s.is_deleting(),
        stateful: s.owners.iter().any(|owner| owner.kind == Kind::StatefulSet)
            || s.top_owner().kind == "StatefulSet",
        owner: s.top_owner().to_string(),
        claims: single_node_claims(s),
        off: s.node().and_then(known_off).map(str::to_string),
        alive: sign_of_life(s, name).map(|e| format!("{}: {}", e.object, e.text)),
        kubelet_runs: outlived.and_then(|(facts, _)| facts.kubelet_unit()).is_some_and(Unit::is_active),
        agent_silent: agent.filter(|_| outlived.is_none()).map(|at| s.taken_at().age(at)),
        removable: !speaks_again(s, name)
            && sign_of_life(s, name).is_none()
            && unheard_since(s, name).is_none(),
        proved,
        back: false,
        speaks: false,
        unheard: false,
        gone: false,
        started: true,
    }
}

/// The pod's claims, but for those that are known to allow several nodes.
fn single_node_claims(s: &Snapshot) -> Vec<String> {
    let volumes = s.spec().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    let names = volumes.filter_map(|v| Some(v.persistent_volume_claim.as_ref()?.claim_name.clone()));
    names
        .filter(|name| match s.world.claim(s.namespace(), name) {
            Lookup::Found(claim) => {
                let modes = claim.spec.as_ref().and_then(|spec| spec.access_modes.as_deref());
                modes.is_none_or(|modes| modes.iter().any(|m| m.starts_with("ReadWriteOnce")))
            }
            _ => true,
        })
        .collect()
}
