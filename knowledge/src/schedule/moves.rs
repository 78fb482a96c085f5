//! Which pods would have to go for the waiting one to fit.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;

use super::affinity::node_label;
use super::change::{Change, Moved};
use super::filters::{Filters, is_cordoned};
use super::message::Class;
use super::pods::Clash;
use super::room::{ports_held, shortages, too_many_pods};
use super::scene::Scene;
use super::spreading::Skew;
use super::taint::{is_condition, passing};
use super::wanted::{Asked, Wanted};
use crate::brief::PodBrief;
use crate::quantity::Milli;

/// To move more pods than this for one is a plan, not a change.
const MAX_MOVED: usize = 5;

/// Whose pods are never offered: the cluster stands on them.
const SYSTEM: &str = "kube-system";

/// Whether pods that go can take the reason away.
pub fn is_movable(class: &Class) -> bool {
    matches!(
        class,
        Class::Resource(_)
            | Class::TooManyPods
            | Class::HostPort
            | Class::PodAntiAffinity
            | Class::TopologySpread
            | Class::VolumeLimit
    )
}

/// How many pods, and how much they ask of what is lacking in thousandths of what the waiting pod asks.
pub type Size = (usize, i128);

/// The fewest, then smallest pods that must go for the pod to fit on the node; `None` where pods alone are not it.
pub fn move_pods(scene: &Scene<'_>, wanted: &Wanted, node: &str) -> Option<(Size, Change)> {
    let lacking = lacking(scene, wanted, node);
    let mut moved: Vec<usize> = Vec::new();
    let mut now = scene.clone();
    loop {
        let filters = Filters::of(&now, wanted);
        let failing = filters.failing(node);
        if failing.is_empty() {
            break;
        }
        let next = failing.iter().find_map(|class| next(&now, wanted, &filters, node, class))?;
        if moved.len() == MAX_MOVED {
            return None;
        }
        moved.push(next);
        now = now.without(next);
    }
    // an earlier choice may have become needless by a later one
    for place in moved.clone() {
        let fewer: Vec<usize> = moved.iter().copied().filter(|other| *other != place).collect();
        let without = fewer.iter().fold(scene.clone(), |scene, place| scene.without(*place));
        if Filters::of(&without, wanted).fits(node) {
            moved = fewer;
        }
    }
    // whoever goes has to find a place, or an outage is moved and not ended
    if !moved.iter().all(|place| scene.pod(*place).is_some_and(|pod| may_land(&now, pod, node))) {
        return None;
    }
    let pods: Vec<Moved> = moved.iter().filter_map(|place| named(scene, *place)).collect();
    let size =
        pods.iter().filter_map(|pod| scene.pod(pod.place)).map(|pod| weight(pod, &lacking, wanted)).sum();
    (!pods.is_empty()).then(|| ((pods.len(), size), Change::MovePods { node: node.to_string(), pods }))
}

/// Whether another node may take the pod: what is known of it in brief must fit there. What it selects is not known.
fn may_land(scene: &Scene<'_>, pod: &PodBrief, from: &str) -> bool {
    let asked = Asked { requests: pod.requests.clone(), ports: pod.host_ports.clone() };
    let open = |node: &Node| {
        let taints = node.spec.as_ref().and_then(|s| s.taints.as_deref()).unwrap_or_default();
        !is_cordoned(node) && !taints.iter().any(|taint| is_condition(taint) || passing(&taint.key).is_some())
    };
    let mut others = scene.nodes().filter(|(name, node)| *name != from && open(node));
    others.any(|(name, _)| {
        shortages(scene, &asked, name).is_empty()
            && too_many_pods(scene, name).is_none()
            && ports_held(scene, &asked, name).is_empty()
    })
}

fn named(scene: &Scene<'_>, place: usize) -> Option<Moved> {
    let pod = scene.pod(place)?;
    let node = pod.node.clone().unwrap_or_default();
    Some(Moved { namespace: pod.namespace.clone(), name: pod.name.clone(), node, place })
}

/// Whether a person may have it go: not one that comes back, is going anyway, or that the cluster stands on. Nor a
/// replica of the very pod that waits: the one made in its place would wait instead.
fn may_go(pod: &PodBrief, wanted: &Wanted) -> bool {
    !pod.stays && !pod.alone && !pod.deleting && pod.namespace != SYSTEM && !is_replica(pod, wanted)
}

/// Labels by which controllers tell the pods of one template apart.
/// <https://kubernetes.io/docs/reference/labels-annotations-taints/>
const OWN_LABELS: &[&str] = &[
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "batch.kubernetes.io/job-completion-index",
    // of an older revision: during a rollout its controller would make it anew where it was
    "pod-template-hash",
    "controller-revision-hash",
    "pod-template-generation",
];

fn is_replica(pod: &PodBrief, wanted: &Wanted) -> bool {
    let shared = |labels: &'_ BTreeMap<String, String>| -> BTreeMap<String, String> {
        let shared = labels.iter().filter(|(key, _)| !OWN_LABELS.contains(&key.as_str()));
        shared.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let own = shared(&wanted.labels);
    pod.namespace == wanted.namespace && !own.is_empty() && shared(&pod.labels) == own
}

/// The next pod that must go for this reason.
fn next(
    scene: &Scene<'_>,
    wanted: &Wanted,
    filters: &Filters<'_, '_>,
    node: &str,
    class: &Class,
) -> Option<usize> {
    let place = match class {
        Class::HostPort => ports_held(scene, &wanted.asked, node).first()?.1,
        Class::PodAntiAffinity => {
            filters.around().clashes(scene.node(node)?).iter().find_map(|clash| match clash {
                Clash::TooNear(.., place) | Clash::KeptOff(.., place) => Some(*place),
                Clash::NoDomain(_) | Clash::NobodyNear(_) => None,
            })?
        }
        Class::TopologySpread => one_of_the_domain(scene, wanted, filters, node)?,
        Class::VolumeLimit => {
            scene.pods_on(node).find(|(_, pod)| may_go(pod, wanted) && !pod.claims.is_empty())?.0
        }
        Class::Resource(_) | Class::TooManyPods => one_that_makes_room(scene, wanted, node)?,
        _ => return None,
    };
    may_go(scene.pod(place)?, wanted).then_some(place)
}

/// A pod that counts in the node's domain, on the node itself if there is one.
fn one_of_the_domain(
    scene: &Scene<'_>,
    wanted: &Wanted,
    filters: &Filters<'_, '_>,
    node: &str,
) -> Option<usize> {
    let here = scene.node(node)?;
    let ahead = filters.spreads().iter().find(|spread| {
        // no pod that goes gives the node a label
        matches!(spread.skew(here), Some(Skew::TooMany { .. }))
    })?;
    let value = node_label(here, &ahead.key)?;
    let counted = scene.selected(std::iter::once(wanted.namespace.as_str()), &ahead.selector);
    let in_domain = counted.filter(|(_, pod)| {
        let on = pod.node.as_deref().and_then(|name| scene.node(name));
        may_go(pod, wanted) && on.and_then(|on| node_label(on, &ahead.key)) == Some(value)
    });
    in_domain
        .min_by_key(|(_, pod)| (pod.node.as_deref() != Some(node), pod.name.clone()))
        .map(|(place, _)| place)
}

/// The smallest pod that makes room enough; where none does, the one that makes most.
fn one_that_makes_room(scene: &Scene<'_>, wanted: &Wanted, node: &str) -> Option<usize> {
    let lacking = lacking(scene, wanted, node);
    let missing_places = too_many_pods(scene, node).map_or(0, |(running, limit)| running as i128 + 1 - limit);
    let held = |pod: &PodBrief, resource: &str| {
        pod.requests.get(resource).map(|amount| amount.whole(resource)).unwrap_or_default()
    };
    let enough = |pod: &PodBrief| {
        missing_places <= 1 && lacking.iter().all(|(resource, amount)| held(pod, resource) >= *amount)
    };
    let candidates: Vec<(usize, &PodBrief)> =
        scene.pods_on(node).filter(|(_, pod)| may_go(pod, wanted)).collect();
    let size = |pod: &PodBrief| (weight(pod, &lacking, wanted), pod.namespace.clone(), pod.name.clone());
    let one = candidates.iter().filter(|(_, pod)| enough(pod)).min_by_key(|(_, pod)| size(pod));
    let most = || candidates.iter().max_by_key(|(_, pod)| size(pod));
    one.or_else(most).map(|(place, _)| *place)
}

fn lacking(scene: &Scene<'_>, wanted: &Wanted, node: &str) -> BTreeMap<String, Milli> {
    let short = shortages(scene, &wanted.asked, node).into_iter();
    // what the node has at all, less what is taken, may be below nothing
    short
        .map(|short| {
            let over = Milli((short.taken.0 - short.allocatable.0).max(0));
            (short.resource.clone(), short.lacks() + over)
        })
        .collect()
}

/// How much a pod asks of what is lacking, in thousandths of what the waiting pod asks.
fn weight(pod: &PodBrief, lacking: &BTreeMap<String, Milli>, wanted: &Wanted) -> i128 {
    let share = |resource: &String| {
        let held = pod.requests.get(resource).copied().unwrap_or_default();
        let asked = wanted.asked.requests.get(resource).copied().unwrap_or_default();
        held.0.saturating_mul(1000) / asked.0.max(1)
    };
    lacking.keys().map(share).sum()
}
