//! Topology spread: how many pods stand in each place, and how uneven one more would make it.
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/>

use k8s_openapi::api::core::v1::{Node, PodSpec, TopologySpreadConstraint};

use super::affinity::matches;
use super::company::{Domain, Rule, domains, place};
use super::taint::{tolerates_cordon, untolerated};
use crate::brief::PodBrief;
use crate::snapshot::Snapshot;

/// One constraint over the nodes as they are.
#[derive(Clone, Debug)]
pub struct Spread {
    /// What it counts and by which label.
    pub rule: Rule,
    /// `maxSkew`
    pub max_skew: i64,
    /// `minDomains`, where it is set.
    pub min_domains: Option<i64>,
    /// The places that count, with their pods.
    pub domains: Vec<Domain>,
    /// The fewest pods in a place, or 0 where there are fewer places than `minDomains`.
    pub least: i64,
    /// Whether the pod itself is counted.
    pub counts_itself: bool,
}

impl Spread {
    /// How uneven it gets with the pod in this place.
    pub fn skew(&self, domain: &Domain) -> i64 {
        count(domain) + i64::from(self.counts_itself) - self.least
    }

    /// The place a node is in; `None` when it lacks the label or does not count.
    pub fn domain_of(&self, node: &str) -> Option<&Domain> {
        self.domains.iter().find(|domain| domain.nodes.iter().any(|name| name == node))
    }

    /// Whether the pod may go there as far as this constraint is concerned.
    pub fn allows(&self, node: &str) -> bool {
        self.domain_of(node).is_some_and(|domain| self.skew(domain) <= self.max_skew)
    }
}

fn count(domain: &Domain) -> i64 {
    i64::try_from(domain.pods.len()).unwrap_or(i64::MAX)
}

/// The pod's constraints that forbid, with their place in the spec.
pub fn strict(spec: &PodSpec) -> Vec<(usize, &TopologySpreadConstraint)> {
    let all = spec.topology_spread_constraints.iter().flatten().enumerate();
    all.filter(|(_, c)| c.when_unsatisfiable == "DoNotSchedule").collect()
}

/// One constraint of the waiting pod. `honor_taints` puts another node policy in the place of the constraint's own.
///
/// Only nodes that carry the labels of all strict constraints count, and by default those that the pod's selector
/// matches, whatever their taints. Pods that are being deleted do not count.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/podtopologyspread/filtering.go>
pub fn spread(
    s: &Snapshot,
    spec: &PodSpec,
    c: &TopologySpreadConstraint,
    honor_taints: Option<bool>,
) -> Spread {
    let labels = super::interpod::labels(s);
    let rule = Rule::of_spread(s.namespace(), &labels, c);
    let keys: Vec<&str> = strict(spec).iter().map(|(_, c)| c.topology_key.as_str()).collect();
    let by_taints = honor_taints.unwrap_or(c.node_taints_policy.as_deref() == Some("Honor"));
    let by_selector = c.node_affinity_policy.as_deref() != Some("Ignore");
    let open = |node: &Node| {
        let cordoned =
            node.spec.as_ref().is_some_and(|n| n.unschedulable == Some(true)) && !tolerates_cordon(spec);
        untolerated(spec, node).is_empty() && !cordoned
    };
    let node_counts = |node: &Node| {
        keys.iter().all(|key| place(node, key).is_some())
            && (!by_selector || matches(spec, node))
            && (!by_taints || open(node))
    };
    let pod_counts = |pod: &PodBrief| !pod.deleting && rule.selects(&pod.namespace, &pod.labels);
    let domains = domains(&s.world, &rule.key, node_counts, pod_counts);
    let min_domains = c.min_domains.map(i64::from);
    let places = i64::try_from(domains.len()).unwrap_or(i64::MAX);
    let too_few = min_domains.is_some_and(|min| places < min);
    let least = if too_few { 0 } else { domains.iter().map(count).min().unwrap_or(0) };
    let counts_itself = rule.wants(&labels);
    Spread { max_skew: i64::from(c.max_skew), min_domains, domains, least, counts_itself, rule }
}
