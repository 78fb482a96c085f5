//! Every place the pod could have holds a pod it must stand apart from.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;

use crate::cause::{Cause, Match};
use crate::finding::{Confidence, Evidence, Source, Stage};
use crate::remedy::RemedyKind;
use crate::schedule::Class;
use crate::schedule::change::Change;
use crate::schedule::explain::Rerun;
use crate::schedule::insufficient::refused;
use crate::schedule::interpod::{Side, choice, conflict};
use crate::schedule::pods::Around;
use crate::schedule::proof::template_of;
use crate::schedule::scene::Scene;
use crate::schedule::table::{Row, Table, shorten};
use crate::schedule::wanted::{Term, Wanted};
use crate::snapshot::Snapshot;
use crate::target::Kind;

/// `pod-anti-affinity-conflict`
pub const CAUSE: Cause = Cause {
    id: "pod-anti-affinity-conflict",
    stage: Some(Stage::Schedule),
    since: "0.1.0",
    hides: &[],
    expected: false,
    remedies: &[
        RemedyKind::words("smallest-change"),
        RemedyKind::words("fewer-replicas"),
        RemedyKind::words("free-place-in-rollout"),
        RemedyKind::words("more-nodes"),
        RemedyKind::words("prefer-instead"),
    ],
    // the scheduler's sentences are read by schedule::message
    wordings: &[],
    detect,
    en: include_str!("en.md"),
    zh: include_str!("zh.md"),
    case: include_str!("cases/typical.yaml"),
};

#[derive(Serialize)]
struct Held {
    node: String,
    /// `None` where each node is a place of its own.
    place: Option<String>,
    /// The label by which the two places are one.
    key: String,
    pod: String,
    own: bool,
}

#[derive(Serialize)]
struct Facts {
    asked: Option<String>,
    key: String,
    held: Vec<Held>,
    more: Option<usize>,
    /// Another pod's term keeps this one away.
    by_other: bool,
    replicas: Option<i64>,
    /// The places the workload's pods can have at once.
    places: usize,
    too_many: bool,
    /// The old pods of a rollout hold the places.
    rollout: bool,
    /// How the owner is named in commands, where it can be scaled.
    scalable: Option<String>,
    /// How the owner is named in commands, where a rollout can be told to make room first.
    deployment: Option<String>,
    #[serde(flatten)]
    rerun: Rerun,
}

fn detect(s: &Snapshot) -> Vec<Match> {
    let (Some((table, choice)), Some(pod)) = (choice(s, Side::AntiAffinity), s.pod()) else {
        return Vec::new();
    };
    let (scene, wanted) = (Scene::of(&s.world), Wanted::of(pod));
    let around = Around::of(&scene, &wanted);
    let facts = facts(s, table, &choice.nodes, &wanted.anti_affinity, &around);
    let mut sure = choice.confidence;
    // a node that is only cordoned or sick and holds no such pod would do as well
    let would_fit = |row: &Row| {
        let only = |c: &Class| matches!(c, Class::Unschedulable | Class::NotReady);
        !row.failing.is_empty()
            && row.failing.iter().all(only)
            && conflict(&scene, &around, &row.node).is_none()
    };
    if table.rows.iter().any(would_fit) {
        sure = sure.min(Confidence::Likely);
    }
    let evidence: Vec<Evidence> = facts
        .held
        .iter()
        .map(|h| {
            let term = if h.own {
                "selected by this pod's anti-affinity"
            } else {
                "its anti-affinity selects this pod"
            };
            let text = format!("{term}, in {}={}", h.key, h.place.as_ref().unwrap_or(&h.node));
            Evidence::new(Source::Object, format!("Pod {}", h.pod), None, text)
        })
        .collect();
    let asked = facts.asked.as_ref().map(|asked| {
        s.from_spec("spec.affinity.podAntiAffinity.required", &format!("{asked} by {}", facts.key))
    });
    let held: Vec<String> = facts.held.iter().map(|h| h.node.clone()).collect();
    vec![
        Match::new(sure, s.top_owner(), facts)
            .because_all(s.from_placing())
            .because_all(asked)
            .because_all(evidence)
            .because_all(refused(s, table, &held)),
    ]
}

fn facts(s: &Snapshot, table: &Table, chosen: &[String], own: &[Term], around: &Around) -> Facts {
    let scene = Scene::of(&s.world);
    let mut held = Vec::new();
    let mut places = BTreeSet::new();
    let mut key: Option<String> = None;
    let mut by_other = false;
    for row in &table.rows {
        let conflict = conflict(&scene, around, &row.node);
        let usable = chosen.contains(&row.node) || row.failing.is_empty();
        if let Some(conflict) = conflict.filter(|_| usable) {
            places.insert(conflict.place.clone());
            by_other |= !conflict.own;
            key.get_or_insert(conflict.key.clone());
            let shared = Some(conflict.place).filter(|place| *place != row.node);
            held.push(Held {
                node: row.node.clone(),
                place: shared,
                key: conflict.key,
                pod: conflict.pod,
                own: conflict.own,
            });
        }
    }
    // of several terms the one that is told of is one that a pod stands against
    let told = |term: &&Term| key.as_ref().is_none_or(|key| *key == term.key);
    let term = own.iter().find(told).or(own.first());
    let replicas = desired(s);
    let rollout = is_rollout(s, &held);
    let owner = s.top_owner();
    let template = template_of(&owner).map(|(name, _)| name);
    let scalable = template
        .clone()
        .filter(|_| matches!(owner.kind.as_str(), "Deployment" | "StatefulSet" | "ReplicaSet"));
    let too_many = replicas.is_some_and(|n| n > i64::try_from(places.len()).unwrap_or(i64::MAX)) && !by_other;
    let named: Vec<String> = held.iter().map(|h| h.node.clone()).collect();
    let rerun = Rerun::of(s, table, &named, |change| matches!(change, Change::MovePods { .. }));
    let more = shorten(&mut held);
    Facts {
        asked: term.map(|term| term.selector.show()),
        key: key
            .or(term.map(|term| term.key.clone()))
            .unwrap_or_else(|| "kubernetes.io/hostname".to_string()),
        held,
        more,
        by_other,
        replicas,
        too_many: too_many && !places.is_empty(),
        rollout: rollout && !too_many,
        deployment: template.filter(|_| owner.kind == "Deployment" && rollout && !too_many),
        scalable: scalable.filter(|_| too_many && !places.is_empty()),
        places: places.len(),
        rerun,
    }
}

fn desired(s: &Snapshot) -> Option<i64> {
    let top = s.owners.last()?;
    (top.kind != Kind::Job).then_some(top.desired).flatten()
}

/// Whether the pods that hold the places are of the same Deployment and of another revision.
fn is_rollout(s: &Snapshot, held: &[Held]) -> bool {
    let hash = |labels: Option<&std::collections::BTreeMap<String, String>>| {
        labels.and_then(|l| l.get("pod-template-hash")).cloned()
    };
    let Some(own) = hash(s.pod().and_then(|pod| pod.metadata.labels.as_ref())) else {
        return false;
    };
    let owner = json!(s.top_owner());
    held.iter().any(|h| {
        let (namespace, name) = h.pod.split_once('/').unwrap_or_default();
        let other = Snapshot::of_pod(&s.world, namespace, name);
        other.is_some_and(|other| {
            let theirs = hash(other.pod().and_then(|pod| pod.metadata.labels.as_ref()));
            theirs.is_some_and(|theirs| theirs != own) && json!(other.top_owner()) == owner
        })
    })
}
