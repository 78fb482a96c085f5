//! The scheduler chose a node and waits for lower-priority pods to leave it.

use serde::Serialize;

use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::wording::Wording;

/// `preemption-pending`
pub const CAUSE: Cause = Cause {
    id: "preemption-pending",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[
        "host-port-conflict",
        "insufficient-cpu",
        "insufficient-ephemeral-storage",
        "insufficient-extended-resource",
        "insufficient-memory",
        "node-pod-limit-reached",
        "pod-anti-affinity-conflict",
        "topology-spread-unsatisfiable",
    ],
    expected: true,
    remedies: &[RemedyKind::words("wait")],
    wordings: &[Wording::telling(
        r"not eligible due to (a )?terminating pods? on the nominated node",
        "preemption: not eligible due to a terminating pod on the nominated node",
        "kube-scheduler 1.19–1.37",
    )],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Facts {
    node: String,
    victims: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let nominated =
        s.status().and_then(|status| status.nominated_node_name.as_deref()).filter(|n| !n.is_empty());
    let Some(node) = nominated.filter(|_| s.is_unscheduled()) else {
        return Vec::new();
    };
    let victims: Vec<String> = s
        .world
        .pods_on(node)
        .filter(|pod| pod.deleting)
        .map(|pod| format!("{}/{}", pod.namespace, pod.name))
        .collect();
    let told =
        s.scheduler_message().is_some_and(|(text, ..)| CAUSE.wordings.iter().any(|w| w.matches(&text)));
    // a nomination outlives its victims, and since 1.35 a pod that waits for its volumes has one too: only a
    // terminating victim, or the scheduler's word, shows that it waits for room
    if victims.is_empty() && !told {
        return Vec::new();
    }
    let mut found = Match::new(
        Confidence::Certain,
        Blame::global("Node", node),
        Facts { node: node.to_string(), victims: victims.clone() },
    )
    .because(s.from_status(None, format!("status.nominatedNodeName {node}")))
    .because_all(s.from_scheduler());
    for victim in &victims {
        let (namespace, name) = victim.split_once('/').unwrap_or_default();
        found = found.because(Evidence::new(
            Source::Object,
            object_name("Pod", namespace, name),
            None,
            "terminating on the nominated node",
        ));
    }
    vec![found]
}
