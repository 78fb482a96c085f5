//! Affinity between pods: which of its two sides the scheduler means, and what each term finds.
//!
//! Schedulers up to 1.8 say `MatchInterPodAffinity` for both, those up to 1.20 count one refusal under a general and a
//! particular reason: the pod's own spec tells which it is.
//! <https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>

use super::affinity::node_label;
use super::message::Class;
use super::pods::{Around, Clash, namespaces};
use super::scene::Scene;
use super::table::{Choice, Table};
use super::wanted::{Term, Wanted};
use super::{choices, evaluate};
use crate::brief::PodBrief;
use crate::snapshot::Snapshot;

/// The two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Required pod affinity.
    Affinity,
    /// Required anti-affinity, the pod's own or a neighbour's.
    AntiAffinity,
}

/// Schedulers up to 1.20 count one refusal under both.
pub fn is_interpod(class: &Class) -> bool {
    matches!(class, Class::PodAffinity | Class::PodAntiAffinity)
}

/// The choice for this side, if the scheduler's reason and the pod's spec point to it.
pub fn choice(s: &Snapshot, side: Side) -> Option<(&Table, Choice)> {
    let table = evaluate(s)?;
    let all = choices(table);
    let wanted = if side == Side::Affinity { Class::PodAffinity } else { Class::PodAntiAffinity };
    let mut chosen: Vec<&Choice> = all.iter().filter(|c| is_interpod(&c.class)).collect();
    if chosen.is_empty() || !means(s, side) {
        return None;
    }
    chosen.sort_by_key(|c| (c.class != wanted, std::cmp::Reverse(c.nodes.len())));
    chosen.first().map(|c| (table, Choice { class: wanted, ..(*c).clone() }))
}

/// Whether the scheduler's words, or else the pod's spec, are about this side.
fn means(s: &Snapshot, side: Side) -> bool {
    // until 1.22 a node refused for either kind had this besides its own reason, in 1.21 and 1.22 with "rules" at its end
    let both = "affinity/anti-affinity";
    let text =
        s.scheduler_message().map(|(text, ..)| text.to_lowercase().replace(both, "")).unwrap_or_default();
    let anti = text.contains("anti-affinity rules") || text.contains("podantiaffinity");
    let towards = text.contains("pod affinity rules");
    match (towards, anti) {
        (true, false) => side == Side::Affinity,
        (false, true) => side == Side::AntiAffinity,
        (true, true) => true,
        (false, false) => {
            let Some(pod) = s.pod() else { return false };
            let (scene, wanted) = (Scene::of(&s.world), Wanted::of(pod));
            let unmet = wanted.affinity.iter().any(|term| holders(&scene, term, &[]).is_empty());
            let apart = !wanted.anti_affinity.is_empty() || Around::of(&scene, &wanted).is_kept_off();
            let wants = !wanted.affinity.is_empty();
            match side {
                Side::Affinity => wants && (unmet || !apart),
                Side::AntiAffinity => !wants || (apart && !unmet),
            }
        }
    }
}

/// A bound pod that a term selects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `shop/db-0`
    pub pod: String,
    /// Its node.
    pub node: String,
    /// The value of the topology key there.
    pub place: String,
}

/// The bound pods that one term selects, and all of these others as well; without the label whose values are the
/// domains on its node a pod does not count.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>
/// (`updateWithAffinityTerms`)
pub fn holders(scene: &Scene<'_>, term: &Term, others: &[Term]) -> Vec<Holder> {
    let others: Vec<_> = others.iter().map(|term| (term, namespaces(scene, term))).collect();
    let all = |pod: &PodBrief| {
        let selects = |(term, reach): &(&Term, Vec<&str>)| {
            reach.contains(&pod.namespace.as_str()) && term.selector.matches(&pod.labels)
        };
        others.iter().all(selects)
    };
    let holder = |pod: &PodBrief| {
        let node = pod.node.clone()?;
        let place = node_label(scene.node(&node)?, &term.key)?.to_string();
        Some(Holder { pod: format!("{}/{}", pod.namespace, pod.name), node, place })
    };
    let selected = scene.selected(namespaces(scene, term).into_iter(), &term.selector);
    let mut found: Vec<Holder> =
        selected.filter(|(_, pod)| all(pod)).filter_map(|(_, pod)| holder(pod)).collect();
    found.sort_by(|a, b| (&a.place, &a.node, &a.pod).cmp(&(&b.place, &b.node, &b.pod)));
    found
}

/// Who keeps the pod off a node.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// `shop/db-0`
    pub pod: String,
    /// The place both would share.
    pub place: String,
    /// The label by which places are told apart.
    pub key: String,
    /// The waiting pod's own term, rather than the other's.
    pub own: bool,
}

/// The pod that keeps this one off a node.
pub fn conflict(scene: &Scene<'_>, around: &Around, node: &str) -> Option<Conflict> {
    let clashes = around.clashes(scene.node(node)?);
    clashes.into_iter().find_map(|clash| {
        let (key, value, place, own) = match clash {
            Clash::TooNear(key, value, place) => (key, value, place, true),
            Clash::KeptOff(key, value, place) => (key, value, place, false),
            Clash::NoDomain(_) | Clash::NobodyNear(_) => return None,
        };
        let pod = scene.pod(place)?;
        let pod = format!("{}/{}", pod.namespace, pod.name);
        Some(Conflict { pod, place: value.to_string(), key: key.to_string(), own })
    })
}
