//! The scheduler chose a node and waits for lower-priority pods to leave it.

use serde::Serialize;

use crate::brief::PodBrief;
use crate::cause::{Cause, Match};
use crate::evidence::object_name;
use crate::finding::{Blame, Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::snapshot::Snapshot;
use crate::terminating::SLACK_SECONDS;
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
    remedies: &[RemedyKind::words("wait"), RemedyKind::words("look-at-victim")],
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
    /// The pods that are to leave.
    victims: Vec<String>,
    /// Those of them that should be gone by now.
    stuck: Vec<Stuck>,
    expected: bool,
}

/// A pod that is past its grace period and does not go.
#[derive(Serialize)]
struct Stuck {
    namespace: String,
    name: String,
    since: String,
    finalizers: Vec<String>,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let nominated =
        s.status().and_then(|status| status.nominated_node_name.as_deref()).filter(|n| !n.is_empty());
    let Some(node) = nominated.filter(|_| s.is_unscheduled()) else {
        return Vec::new();
    };
    let told =
        s.scheduler_message().is_some_and(|(text, ..)| CAUSE.wordings.iter().any(|w| w.matches(&text)));
    let victims: Vec<&PodBrief> =
        s.world.pods_on(node).filter(|pod| pod.deleting && (told || may_be_for(s, pod))).collect();
    // a nomination outlives its victims, and since 1.35 a pod that waits for its volumes has one too: only a
    // terminating victim, or the scheduler's word, shows that it waits for room
    if victims.is_empty() && !told {
        return Vec::new();
    }
    let stuck: Vec<Stuck> = victims.iter().filter_map(|pod| stuck(s, pod)).collect();
    // what does not end by itself may as well have been deleted by someone else
    let confidence = if stuck.is_empty() || told { Confidence::Certain } else { Confidence::Likely };
    let facts = Facts {
        node: node.to_string(),
        victims: victims.iter().map(|pod| format!("{}/{}", pod.namespace, pod.name)).collect(),
        expected: stuck.is_empty(),
        stuck,
    };
    let found = Match::new(confidence, Blame::global("Node", node), facts)
        .because(s.from_status(None, format!("status.nominatedNodeName {node}")))
        .because_all(s.from_scheduler())
        .because_all(victims.iter().map(|pod| terminating(pod)));
    vec![found]
}

/// Whether a deletion can be for this pod's sake: not one that was asked for before the pod was there.
fn may_be_for(s: &Snapshot, victim: &PodBrief) -> bool {
    let created = s.pod().and_then(|pod| pod.metadata.creation_timestamp.as_ref()).map(|at| at.0);
    match (&victim.leaving, created) {
        (Some(leaving), Some(created)) => leaving.asked >= created,
        _ => true,
    }
}

fn stuck(s: &Snapshot, victim: &PodBrief) -> Option<Stuck> {
    let leaving = victim.leaving.as_ref()?;
    (s.taken_at().seconds_since(leaving.ends) > SLACK_SECONDS).then(|| Stuck {
        namespace: victim.namespace.clone(),
        name: victim.name.clone(),
        since: s.taken_at().age(leaving.ends),
        finalizers: leaving.finalizers.clone(),
    })
}

fn terminating(victim: &PodBrief) -> Evidence {
    let ends = victim.leaving.as_ref().map(|leaving| leaving.ends);
    let until = ends.map(|at| format!(", metadata.deletionTimestamp {at}")).unwrap_or_default();
    let held = victim.leaving.as_ref().map(|leaving| leaving.finalizers.join(", ")).unwrap_or_default();
    let held = if held.is_empty() { held } else { format!(", finalizers {held}") };
    let object = object_name("Pod", &victim.namespace, &victim.name);
    Evidence::new(Source::Object, object, ends, format!("terminating on the nominated node{until}{held}"))
}
