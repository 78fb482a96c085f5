//! The node stopped reporting: what the API shows of its pods is what it last said.

use k8s_openapi::api::core::v1::Node;
use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::wording::Wording;

/// `node-lost`
pub const CAUSE: Cause = Cause {
    id: "node-lost",
    stage: Some(Stage::Node),
    since: "0.1.0",
    hides: &[
        "app-exited",
        "config-key-missing",
        "config-map-missing",
        "grace-period-long",
        "liveness-probe-killing",
        "oom-killed",
        "pod-disrupted",
        "secret-missing",
        "taint-not-tolerated",
    ],
    expected: false,
    remedies: &[
        RemedyKind::words("look-at-node"),
        RemedyKind::words("restore-node"),
        RemedyKind::two_approvals("force-delete"),
        RemedyKind::two_approvals("delete-node"),
    ],
    wordings: &[
        Wording::telling(
            r"Node (?P<name>\S+) which was running pod \S+ is unresponsive",
            "Node worker-3 which was running pod web-0 is unresponsive",
            "node controller 1.5–1.12",
        ),
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

#[derive(Serialize)]
struct Facts {
    node: String,
    since: String,
    lease_age: Option<String>,
    pods: usize,
    deleting: bool,
    stateful: bool,
    owner: String,
    claims: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let Some(name) = s.node_name() else {
        return Vec::new();
    };
    if matches!(s.phase(), "Succeeded" | "Failed") {
        return Vec::new();
    }
    let blame = Blame::global("Node", name);
    let facts = facts(s, name);
    match s.node().map(silent_since) {
        Some(Some(_)) => {
            let found = Match::new(Confidence::Certain, blame, facts)
                .because_all(s.node().and_then(|node| Evidence::node_condition(node, "Ready")))
                .because_all(lease(s, name))
                .because_all(deletion(s));
            vec![found]
        }
        // Ready is True or False: the kubelet speaks
        Some(None) => Vec::new(),
        None if s.status_reason() == "NodeLost" => {
            let message = s.status().and_then(|status| status.message.clone()).unwrap_or_default();
            let found = Match::new(Confidence::Certain, blame, facts)
                .because(s.from_status(None, format!("status.reason NodeLost: {message}")))
                .because_all(deletion(s));
            vec![found]
        }
        None => Vec::new(),
    }
}

/// When the node controller gave up waiting for the kubelet; `None` while it reports.
fn silent_since(node: &Node) -> Option<Option<jiff::Timestamp>> {
    let conditions = node.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|c| c.type_ == "Ready")?;
    (ready.status == "Unknown").then(|| ready.last_transition_time.as_ref().map(|t| t.0))
}

fn lease(s: &Snapshot, node: &str) -> Option<Evidence> {
    let renewed = renewed(s, node)?;
    let text = format!("renewed {} ago", s.taken_at().age(renewed));
    Some(Evidence::new(Source::Node, format!("Lease kube-node-lease/{node}"), Some(renewed), text))
}

fn renewed(s: &Snapshot, node: &str) -> Option<jiff::Timestamp> {
    let lease = s.world.leases.get(&("kube-node-lease".to_string(), node.to_string()))?;
    lease.spec.as_ref()?.renew_time.as_ref().map(|t| t.0)
}

fn deletion(s: &Snapshot) -> Option<Evidence> {
    let at = s.pod()?.metadata.deletion_timestamp.as_ref()?.0;
    Some(s.from_status(Some(at), format!("metadata.deletionTimestamp {at}: no kubelet to carry it out")))
}

fn facts(s: &Snapshot, name: &str) -> Facts {
    let since = s.node().and_then(silent_since).flatten();
    let claims = s.spec().and_then(|spec| spec.volumes.as_ref()).into_iter().flatten();
    Facts {
        node: name.to_string(),
        since: since.map(|at| s.taken_at().age(at)).unwrap_or_default(),
        lease_age: renewed(s, name).map(|at| s.taken_at().age(at)),
        pods: s.world.pods_on(name).count(),
        deleting: s.is_deleting(),
        stateful: s.owners.iter().any(|owner| owner.kind == Kind::StatefulSet)
            || s.top_owner().kind == "StatefulSet",
        owner: s.top_owner().to_string(),
        claims: claims.filter_map(|v| Some(v.persistent_volume_claim.as_ref()?.claim_name.clone())).collect(),
    }
}
