//! Topology spread constraints that forbid (`DoNotSchedule`).
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go>

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, TopologySpreadConstraint};

use super::affinity::{matches, node_label};
use super::scene::Scene;
use super::selector::Selector;
use super::taint::untolerated;
use super::wanted::Wanted;

/// One constraint, and how the pods it means are spread now.
#[derive(Clone, Debug)]
pub struct Spread {
    /// The constraint's place in the pod's spec.
    pub index: usize,
    /// The label whose values are the domains.
    pub key: String,
    /// By how many pods a domain may be ahead of the emptiest.
    pub max_skew: usize,
    /// With fewer domains than this the emptiest counts as empty.
    pub min_domains: usize,
    /// The pods it means.
    pub selector: Selector,
    /// The pods in each domain that counts.
    pub domains: BTreeMap<String, usize>,
    /// The waiting pod is one of those it means.
    pub counts_itself: bool,
}

/// Why a node was refused for how pods are spread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Skew<'a> {
    /// The node lacks the label whose values are the domains.
    NoDomain(&'a str),
    /// The node's domain would be too far ahead.
    TooMany {
        /// The domain.
        key: &'a str,
        /// The domain's value.
        value: String,
        /// Pods there now.
        here: usize,
        /// Pods in the emptiest domain.
        least: usize,
        /// How far it may be ahead.
        max_skew: usize,
    },
}

/// The constraints of a pod, counted.
pub fn spreads(scene: &Scene<'_>, wanted: &Wanted) -> Vec<Spread> {
    let all = wanted.spec.topology_spread_constraints.iter().flatten().enumerate();
    let hard: Vec<(usize, &TopologySpreadConstraint)> =
        all.filter(|(_, c)| c.when_unsatisfiable == "DoNotSchedule").collect();
    // a node without the keys of all constraints is in no domain of any
    let keys: Vec<&str> = hard.iter().map(|(_, c)| c.topology_key.as_str()).collect();
    hard.iter().map(|(index, constraint)| counted(scene, wanted, *index, constraint, &keys)).collect()
}

fn counted(
    scene: &Scene<'_>,
    wanted: &Wanted,
    index: usize,
    constraint: &TopologySpreadConstraint,
    keys: &[&str],
) -> Spread {
    let honours = |policy: &Option<String>, default: &str| policy.as_deref().unwrap_or(default) == "Honor";
    let by_affinity = honours(&constraint.node_affinity_policy, "Honor");
    let by_taints = honours(&constraint.node_taints_policy, "Ignore");
    let mut selector = Selector::of(constraint.label_selector.as_ref());
    for key in constraint.match_label_keys.iter().flatten() {
        if let Some(value) = wanted.labels.get(key) {
            selector = selector.and(key, value);
        }
    }
    let key = constraint.topology_key.as_str();
    let mut domain_of: BTreeMap<&str, &str> = BTreeMap::new();
    let mut domains = BTreeMap::new();
    for (name, node) in scene.nodes() {
        let included = keys.iter().all(|key| node_label(node, key).is_some())
            && (!by_affinity || matches(&wanted.spec, node))
            && (!by_taints || untolerated(&wanted.spec, node).is_empty());
        if let Some(value) = node_label(node, key).filter(|_| included) {
            domain_of.insert(name, value);
            domains.entry(value.to_string()).or_insert(0);
        }
    }
    // a selector that asks nothing counts no pod
    if !selector.selects_all() {
        for (_, pod) in scene.selected(std::iter::once(wanted.namespace.as_str()), &selector) {
            let domain = pod.node.as_deref().and_then(|node| domain_of.get(node));
            if let Some(count) = domain.filter(|_| !pod.deleting).and_then(|value| domains.get_mut(*value)) {
                *count += 1;
            }
        }
    }
    Spread {
        index,
        key: key.to_string(),
        max_skew: usize::try_from(constraint.max_skew).unwrap_or(0),
        min_domains: constraint.min_domains.and_then(|n| usize::try_from(n).ok()).unwrap_or(1),
        counts_itself: selector.matches(&wanted.labels),
        selector,
        domains,
    }
}

impl Spread {
    /// What the emptiest domain counts as; zero where there are too few domains, or none.
    pub fn least(&self) -> usize {
        let enough = self.domains.len() >= self.min_domains;
        self.domains.values().min().copied().filter(|_| enough).unwrap_or(0)
    }

    /// How far a domain with so many pods would be ahead of the emptiest with the waiting pod in it.
    pub fn ahead(&self, here: usize) -> usize {
        (here + usize::from(self.counts_itself)).saturating_sub(self.least())
    }

    /// What speaks against the node.
    pub fn skew(&self, node: &Node) -> Option<Skew<'_>> {
        let Some(value) = node_label(node, &self.key) else {
            return Some(Skew::NoDomain(&self.key));
        };
        let here = self.domains.get(value).copied().unwrap_or(0);
        (self.ahead(here) > self.max_skew).then(|| Skew::TooMany {
            key: &self.key,
            value: value.to_string(),
            here,
            least: self.least(),
            max_skew: self.max_skew,
        })
    }
}
