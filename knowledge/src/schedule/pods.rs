//! Required pod affinity and anti-affinity, the pod's own and its neighbours'.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Node;

use super::affinity::node_label;
use super::message::Class;
use super::scene::Scene;
use super::wanted::{Term, Wanted};

/// Topology domains, by a label's key and its value, each with the place of a pod in it.
type Domains = BTreeMap<String, BTreeMap<String, usize>>;

/// Where the pods are that the waiting pod wants near or far, or that want it far: gone through once for all nodes.
#[derive(Clone, Debug, Default)]
pub struct Around {
    near: Vec<Term>,
    /// Each domain with a pod that matches all terms.
    with_friends: Domains,
    /// The pod matches its own terms, so the first of its kind may go anywhere.
    starts_a_series: bool,
    /// Each domain with a pod that its own terms forbid.
    with_foes: Domains,
    /// Each domain with a pod whose terms forbid this one.
    closed: Domains,
}

/// Why a node was refused for the pods around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clash<'a> {
    /// The node lacks the label whose values are the domains.
    NoDomain(&'a Term),
    /// No pod that the term means is in the node's domain.
    NobodyNear(&'a Term),
    /// The pod's own anti-affinity: in the node's domain, a label's key and value, is the pod at this place.
    TooNear(&'a str, &'a str, usize),
    /// The anti-affinity of the pod at this place, which is in the node's domain.
    KeptOff(&'a str, &'a str, usize),
}

impl Clash<'_> {
    /// The class the scheduler counts it under.
    pub fn class(&self) -> Class {
        match self {
            Clash::NoDomain(_) | Clash::NobodyNear(_) => Class::PodAffinity,
            Clash::TooNear(..) | Clash::KeptOff(..) => Class::PodAntiAffinity,
        }
    }
}

impl Around {
    /// Looks around for a pod.
    pub fn of(scene: &Scene<'_>, wanted: &Wanted) -> Around {
        let own_labels = || scene.namespace_labels(&wanted.namespace);
        let means_itself = |term: &Term| {
            term.means_namespace(&wanted.namespace, own_labels) && term.selector.matches(&wanted.labels)
        };
        let mut around = Around {
            near: wanted.affinity.clone(),
            starts_a_series: !wanted.affinity.is_empty() && wanted.affinity.iter().all(means_itself),
            ..Around::default()
        };
        if let Some((first, others)) = wanted.affinity.split_first() {
            // one pod must match every term
            let others: Vec<(&Term, Vec<&str>)> =
                others.iter().map(|term| (term, namespaces(scene, term))).collect();
            let meant = namespaces(scene, first);
            for (place, pod) in scene.selected(meant.into_iter(), &first.selector) {
                let all = others.iter().all(|(term, meant)| {
                    meant.contains(&pod.namespace.as_str()) && term.selector.matches(&pod.labels)
                });
                if all {
                    for term in &wanted.affinity {
                        note(scene, &mut around.with_friends, &term.key, place);
                    }
                }
            }
        }
        for term in &wanted.anti_affinity {
            for (place, _) in scene.selected(namespaces(scene, term).into_iter(), &term.selector) {
                note(scene, &mut around.with_foes, &term.key, place);
            }
        }
        around.closed = closed_by_others(scene, wanted);
        around
    }

    /// What speaks against the node; the scheduler names the first only.
    pub fn clashes<'a>(&'a self, node: &Node) -> Vec<Clash<'a>> {
        let mut clashes = Vec::new();
        clashes.extend(self.nobody_near(node));
        let foes = here(&self.with_foes, node);
        clashes.extend(foes.map(|(key, value, place)| Clash::TooNear(key, value, place)));
        let others = here(&self.closed, node);
        clashes.extend(others.map(|(key, value, place)| Clash::KeptOff(key, value, place)));
        clashes
    }

    fn nobody_near(&self, node: &Node) -> Option<Clash<'_>> {
        if let Some(term) = self.near.iter().find(|term| node_label(node, &term.key).is_none()) {
            return Some(Clash::NoDomain(term));
        }
        let friends = |term: &Term| self.with_friends.get(&term.key)?.get(node_label(node, &term.key)?);
        let lonely = self.near.iter().find(|term| friends(term).is_none())?;
        // nobody matches anywhere: the first pod of a series that matches itself may start it
        let starts = self.with_friends.is_empty() && self.starts_a_series;
        (!starts).then_some(Clash::NobodyNear(lonely))
    }

    /// Whether running pods keep it off any place.
    pub fn is_kept_off(&self) -> bool {
        !self.closed.is_empty()
    }

    /// Whether every pod it must be near is near this node.
    pub fn is_near(&self, node: &Node) -> bool {
        let friends = |term: &Term| self.with_friends.get(&term.key)?.get(node_label(node, &term.key)?);
        self.near.iter().all(|term| friends(term).is_some())
    }

    /// The domains that have a pod the waiting one wants near.
    pub fn domains_of_friends(&self) -> impl Iterator<Item = (&str, &str)> {
        self.with_friends
            .iter()
            .flat_map(|(key, values)| values.keys().map(move |value| (key.as_str(), value.as_str())))
    }

    /// The terms of required pod affinity.
    pub fn near(&self) -> &[Term] {
        &self.near
    }
}

/// The namespaces of bound pods that a term means.
pub fn namespaces<'s>(scene: &'s Scene<'_>, term: &Term) -> Vec<&'s str> {
    let known = scene.world.neighbours().namespaces();
    known.filter(|name| term.means_namespace(name, || scene.namespace_labels(name))).collect()
}

/// Whether labels of namespaces decide which pods are meant, and were not read.
pub fn lacks_namespaces(scene: &Scene<'_>, wanted: &Wanted) -> bool {
    let neighbours = scene.world.neighbours();
    let unread = |name: &str| scene.namespace(name).is_none();
    let mut own = wanted.affinity.iter().chain(&wanted.anti_affinity);
    let mut others = neighbours.repelling().iter().map(|r| Term::of(&r.term, &r.namespace));
    (own.any(Term::asks_namespace_labels) && neighbours.namespaces().any(unread))
        || (unread(&wanted.namespace) && others.any(|term| term.asks_namespace_labels()))
}

/// Notes the domain of the node that the pod at this place is on.
fn note(scene: &Scene<'_>, domains: &mut Domains, key: &str, place: usize) {
    let node = scene.pod(place).and_then(|pod| scene.node(pod.node.as_deref()?));
    if let Some(value) = node.and_then(|node| node.metadata.labels.as_ref()?.get(key)) {
        if !domains.contains_key(key) {
            domains.insert(key.to_string(), BTreeMap::new());
        }
        if let Some(values) = domains.get_mut(key).filter(|values| !values.contains_key(value)) {
            values.insert(value.clone(), place);
        }
    }
}

fn closed_by_others(scene: &Scene<'_>, wanted: &Wanted) -> Domains {
    let mut closed = Domains::new();
    for repelling in scene.world.neighbours().repelling() {
        let term = Term::of(&repelling.term, &repelling.namespace);
        let own_labels = || scene.namespace_labels(&wanted.namespace);
        if term.means_namespace(&wanted.namespace, own_labels) && term.selector.matches(&wanted.labels) {
            for place in &repelling.places {
                note(scene, &mut closed, &term.key, *place);
            }
        }
    }
    closed
}

/// The domains of these that the node is in: key, value, the place of a pod there.
fn here<'d>(domains: &'d Domains, node: &Node) -> impl Iterator<Item = (&'d str, &'d str, usize)> {
    domains.iter().filter_map(|(key, values)| {
        let (value, place) = values.get_key_value(node_label(node, key)?)?;
        Some((key.as_str(), value.as_str(), *place))
    })
}
