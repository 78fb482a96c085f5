//! Affinity between pods: which of its two sides the scheduler means, and what each term finds.
//!
//! Schedulers up to 1.8 say `MatchInterPodAffinity` for both, those up to 1.20 count one refusal under a general and a
//! particular reason: the pod's own spec tells which it is.
//! <https://github.com/kubernetes/kubernetes/blob/v1.20.2/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go>

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodAffinityTerm, PodSpec};

use super::company::{Rule, domains, place};
use super::message::Class;
use super::table::{Choice, Table};
use super::{choices, evaluate};
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
    let text = s.scheduler_message().map(|(text, ..)| text.to_lowercase()).unwrap_or_default();
    let anti = text.contains("anti-affinity rules") || text.contains("podantiaffinity");
    let towards = text.contains("pod affinity rules");
    match (towards, anti) {
        (true, false) => side == Side::Affinity,
        (false, true) => side == Side::AntiAffinity,
        (true, true) => true,
        (false, false) => {
            let Some(spec) = s.spec() else { return false };
            let unmet = terms(s, spec).iter().any(|rule| holders(s, rule).is_empty());
            let apart = !anti_terms(s, spec).is_empty() || !repelled_by(s).is_empty();
            let wants = spec.affinity.as_ref().is_some_and(|a| a.pod_affinity.is_some());
            match side {
                Side::Affinity => wants && (unmet || !apart),
                Side::AntiAffinity => !wants || (apart && !unmet),
            }
        }
    }
}

fn rules(s: &Snapshot, terms: Option<&Vec<PodAffinityTerm>>) -> Vec<Rule> {
    let labels = labels(s);
    terms.into_iter().flatten().map(|term| Rule::of_term(&s.world, s.namespace(), &labels, term)).collect()
}

/// The pod's labels.
pub fn labels(s: &Snapshot) -> BTreeMap<String, String> {
    s.pod().and_then(|pod| pod.metadata.labels.clone()).unwrap_or_default()
}

/// What the pod must stand beside.
pub fn terms(s: &Snapshot, spec: &PodSpec) -> Vec<Rule> {
    let affinity = spec.affinity.as_ref().and_then(|a| a.pod_affinity.as_ref());
    rules(s, affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()))
}

/// What the pod must stand apart from.
pub fn anti_terms(s: &Snapshot, spec: &PodSpec) -> Vec<Rule> {
    let affinity = spec.affinity.as_ref().and_then(|a| a.pod_anti_affinity.as_ref());
    rules(s, affinity.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()))
}

/// The bound pods a rule selects: (pod, node, place). Without the place's label the pod does not count.
pub fn holders(s: &Snapshot, rule: &Rule) -> Vec<(String, String, String)> {
    let at = domains(&s.world, &rule.key, |_| true, |pod| rule.selects(&pod.namespace, &pod.labels));
    let mut found = Vec::new();
    for domain in at {
        for node in &domain.nodes {
            let pods = s.world.pods_on(node).filter(|pod| rule.selects(&pod.namespace, &pod.labels));
            found.extend(
                pods.map(|pod| {
                    (format!("{}/{}", pod.namespace, pod.name), node.clone(), domain.value.clone())
                }),
            );
        }
    }
    found
}

/// A pod that keeps this one away, by which rule, and where.
#[derive(Clone, Debug)]
pub struct Repeller {
    /// `shop/db-0`
    pub pod: String,
    /// Its node.
    pub node: String,
    /// Its term.
    pub rule: Rule,
}

/// The bound pods whose own required anti-affinity selects this pod.
pub fn repelled_by(s: &Snapshot) -> Vec<Repeller> {
    let labels = labels(s);
    let mut found = Vec::new();
    for pod in s.world.briefs.iter().filter(|pod| pod.holds_resources()) {
        for term in &pod.anti_affinity {
            let rule = Rule::of_term(&s.world, &pod.namespace, &pod.labels, term);
            if rule.selects(s.namespace(), &labels)
                && let Some(node) = &pod.node
            {
                let name = format!("{}/{}", pod.namespace, pod.name);
                found.push(Repeller { pod: name, node: node.clone(), rule });
            }
        }
    }
    found
}

/// Who keeps the pod apart from what, worked out once for all nodes.
#[derive(Clone, Debug, Default)]
pub struct Apart {
    /// By topology key: the places that are taken, by whom.
    taken: Vec<(String, BTreeMap<String, Conflict>)>,
}

impl Apart {
    /// The places the pod's own rules and the running pods' rules keep it out of.
    pub fn of(s: &Snapshot, own: &[Rule], others: &[Repeller]) -> Apart {
        let mut apart = Apart::default();
        for rule in own {
            for (pod, on, at) in holders(s, rule) {
                let conflict = Conflict { pod, on, place: at, key: rule.key.clone(), own: true };
                apart.add(conflict);
            }
        }
        for other in others {
            let at = s.world.nodes.get(&other.node).and_then(|node| place(node, &other.rule.key));
            if let Some(at) = at {
                let (pod, on, key) = (other.pod.clone(), other.node.clone(), other.rule.key.clone());
                apart.add(Conflict { pod, on, place: at.to_string(), key, own: false });
            }
        }
        apart
    }

    fn add(&mut self, conflict: Conflict) {
        let index = self.taken.iter().position(|(key, _)| *key == conflict.key);
        let index = index.unwrap_or_else(|| {
            self.taken.push((conflict.key.clone(), BTreeMap::new()));
            self.taken.len() - 1
        });
        if let Some((_, places)) = self.taken.get_mut(index) {
            places.entry(conflict.place.clone()).or_insert(conflict);
        }
    }

    /// The pod that keeps this one off a node.
    pub fn conflict_on(&self, s: &Snapshot, node: &str) -> Option<&Conflict> {
        let node = s.world.nodes.get(node)?;
        self.taken.iter().find_map(|(key, places)| places.get(place(node, key)?))
    }
}

/// Who keeps the pod off a node.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// `shop/db-0`
    pub pod: String,
    /// The node it is on.
    pub on: String,
    /// The place both would share.
    pub place: String,
    /// The label by which places are told apart.
    pub key: String,
    /// The waiting pod's own term, rather than the other's.
    pub own: bool,
}
