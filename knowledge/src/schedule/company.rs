//! The pods a pod must stand beside or apart from: what affinity terms and spread constraints select, and where those
//! pods are. <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity>

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Node, PodAffinityTerm, TopologySpreadConstraint};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde_json::Value;

use crate::brief::PodBrief;
use crate::world::World;

type Labels = BTreeMap<String, String>;

/// Which pods a term or constraint speaks of, and by which node label it tells places apart.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The topology key.
    pub key: String,
    /// The selector as people write it: `app=cache, tier in (a, b)`.
    pub asked: String,
    /// `None`: no selector, which selects no pod.
    needs: Option<Vec<LabelSelectorRequirement>>,
    /// `None`: every namespace.
    scope: Option<BTreeSet<String>>,
}

impl Rule {
    /// A term of a pod in this namespace with these labels.
    pub fn of_term(world: &World, namespace: &str, labels: &Labels, term: &PodAffinityTerm) -> Rule {
        let mut needs = term.label_selector.as_ref().map(requirements);
        let own = |keys: &Option<Vec<String>>, operator: &str| -> Vec<LabelSelectorRequirement> {
            let keys = keys.iter().flatten();
            keys.filter_map(|key| Some(requirement(key, operator, labels.get(key)?))).collect()
        };
        if let Some(needs) = &mut needs {
            needs.extend(own(&term.match_label_keys, "In"));
            needs.extend(own(&term.mismatch_label_keys, "NotIn"));
        }
        let scope = scope(world, namespace, term);
        Rule { key: term.topology_key.clone(), asked: show(needs.as_deref()), needs, scope }
    }

    /// A spread constraint of a pod in this namespace with these labels: it looks at its own namespace only.
    pub fn of_spread(namespace: &str, labels: &Labels, constraint: &TopologySpreadConstraint) -> Rule {
        let mut needs = constraint.label_selector.as_ref().map(requirements);
        if let Some(needs) = &mut needs {
            let keys = constraint.match_label_keys.iter().flatten();
            needs.extend(keys.filter_map(|key| Some(requirement(key, "In", labels.get(key)?))));
        }
        let scope = Some(BTreeSet::from([namespace.to_string()]));
        Rule { key: constraint.topology_key.clone(), asked: show(needs.as_deref()), needs, scope }
    }

    /// Whether a pod of this namespace with these labels is meant.
    pub fn selects(&self, namespace: &str, labels: &Labels) -> bool {
        self.reaches(namespace) && self.wants(labels)
    }

    /// The namespaces looked at; `None` for all.
    pub fn namespaces(&self) -> Option<Vec<&str>> {
        self.scope.as_ref().map(|scope| scope.iter().map(String::as_str).collect())
    }

    /// Whether the namespace is looked at.
    pub fn reaches(&self, namespace: &str) -> bool {
        self.scope.as_ref().is_none_or(|scope| scope.contains(namespace))
    }

    /// Whether the labels are meant, wherever the pod is.
    pub fn wants(&self, labels: &Labels) -> bool {
        self.needs.as_ref().is_some_and(|needs| needs.iter().all(|need| holds(need, labels)))
    }

    /// The label of a pod in reach that comes nearest to what no pod has: (pod, key, value, key wanted, value wanted).
    pub fn nearest(&self, world: &World) -> Option<Near> {
        let needs = self.needs.as_ref()?;
        let mut best: Option<(f64, Near)> = None;
        for need in needs.iter().filter(|need| need.operator == "In") {
            let rest = |labels: &Labels| needs.iter().all(|n| n == need || holds(n, labels));
            let pods = world.briefs.iter().filter(|p| self.reaches(&p.namespace) && rest(&p.labels));
            for pod in pods {
                for (score, near) in near_labels(need, pod) {
                    let better = best.as_ref().is_none_or(|(known, first)| {
                        score > *known || (score == *known && near.pod < first.pod)
                    });
                    if better {
                        best = Some((score, near));
                    }
                }
            }
        }
        best.map(|(_, near)| near)
    }
}

/// A label that was surely meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// `shop/cache-0`
    pub pod: String,
    /// The label's key on that pod.
    pub key: String,
    /// Its value there.
    pub value: String,
    /// The key the selector asks for.
    pub wanted_key: String,
    /// The value the selector asks for.
    pub wanted: String,
}

/// The labels of one pod that look like the one asked for: the same key with a similar value, or another key with the
/// very value.
fn near_labels(need: &LabelSelectorRequirement, pod: &PodBrief) -> Vec<(f64, Near)> {
    let near = |key: &str, value: &str, wanted: &str| Near {
        pod: format!("{}/{}", pod.namespace, pod.name),
        key: key.to_string(),
        value: value.to_string(),
        wanted_key: need.key.clone(),
        wanted: wanted.to_string(),
    };
    let mut found = Vec::new();
    for wanted in need.values.iter().flatten() {
        for (key, value) in &pod.labels {
            let alike = strsim::jaro_winkler(wanted, value);
            if *key == need.key && value != wanted && alike >= 0.8 {
                found.push((alike, near(key, value, wanted)));
            }
            if *key != need.key && value == wanted {
                found.push((0.9, near(key, value, wanted)));
            }
        }
    }
    found
}

/// One place: the nodes that share a value of a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// The label's value.
    pub value: String,
    /// Its nodes.
    pub nodes: Vec<String>,
    /// The pods counted there, as `namespace/name`.
    pub pods: Vec<String>,
}

/// The places a key tells apart, among the nodes that count, with the pods that count.
pub fn domains(
    world: &World,
    key: &str,
    node_counts: impl Fn(&Node) -> bool,
    pod_counts: impl Fn(&PodBrief) -> bool,
) -> Vec<Domain> {
    let mut found: BTreeMap<String, Domain> = BTreeMap::new();
    for (name, node) in world.nodes.iter().filter(|(_, node)| node_counts(node)) {
        let Some(value) = place(node, key) else { continue };
        let domain = found.entry(value.to_string()).or_insert_with(|| Domain {
            value: value.to_string(),
            nodes: Vec::new(),
            pods: Vec::new(),
        });
        domain.nodes.push(name.clone());
        let pods = world.pods_on(name).filter(|pod| pod_counts(pod));
        domain.pods.extend(pods.map(|pod| format!("{}/{}", pod.namespace, pod.name)));
    }
    found.into_values().collect()
}

/// Where a node stands by this key; `None` when it lacks the label.
pub fn place<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

fn scope(world: &World, namespace: &str, term: &PodAffinityTerm) -> Option<BTreeSet<String>> {
    let mut named: BTreeSet<String> = term.namespaces.iter().flatten().cloned().collect();
    let Some(selector) = &term.namespace_selector else {
        if named.is_empty() {
            named.insert(namespace.to_string());
        }
        return Some(named);
    };
    let needs = requirements(selector);
    if needs.is_empty() {
        return None;
    }
    for name in world.namespaces() {
        let object = world.others.get(&("Namespace".to_string(), String::new(), name.to_string()));
        let mut labels = object.map(|o| labels_of(o)).unwrap_or_default();
        // the API server gives every namespace this one
        labels.insert("kubernetes.io/metadata.name".to_string(), name.to_string());
        if needs.iter().all(|need| holds(need, &labels)) {
            named.insert(name.to_string());
        }
    }
    Some(named)
}

fn labels_of(object: &Value) -> Labels {
    let labels = object.pointer("/metadata/labels").and_then(Value::as_object);
    labels.into_iter().flatten().filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_string()))).collect()
}

fn requirement(key: &str, operator: &str, value: &str) -> LabelSelectorRequirement {
    LabelSelectorRequirement {
        key: key.to_string(),
        operator: operator.to_string(),
        values: Some(vec![value.to_string()]),
    }
}

/// What a selector asks, one requirement a label.
pub fn requirements(selector: &LabelSelector) -> Vec<LabelSelectorRequirement> {
    let labels = selector.match_labels.iter().flatten().map(|(key, value)| requirement(key, "In", value));
    labels.chain(selector.match_expressions.iter().flatten().cloned()).collect()
}

/// Whether labels meet a requirement.
pub fn holds(need: &LabelSelectorRequirement, labels: &Labels) -> bool {
    let has = labels.get(&need.key);
    let listed = has.is_some_and(|has| need.values.iter().flatten().any(|value| value == has));
    match need.operator.as_str() {
        "In" => listed,
        "NotIn" => !listed,
        "Exists" => has.is_some(),
        "DoesNotExist" => has.is_none(),
        _ => false,
    }
}

fn show(needs: Option<&[LabelSelectorRequirement]>) -> String {
    let one = |need: &LabelSelectorRequirement| {
        let values = need.values.as_deref().unwrap_or_default();
        match (need.operator.as_str(), values) {
            ("In", [value]) => format!("{}={value}", need.key),
            ("In", _) => format!("{} in ({})", need.key, values.join(", ")),
            ("NotIn", [value]) => format!("{}!={value}", need.key),
            ("NotIn", _) => format!("{} notin ({})", need.key, values.join(", ")),
            ("DoesNotExist", _) => format!("!{}", need.key),
            _ => need.key.clone(),
        }
    };
    match needs {
        Some(needs) => needs.iter().map(one).collect::<Vec<_>>().join(","),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn world() -> World {
        let mut world = World::default();
        for (name, zone) in [("n1", "a"), ("n2", "b")] {
            let node = json!({"kind": "Node", "apiVersion": "v1", "metadata": {"name": name, "labels": {"zone": zone}}});
            world.add(node).unwrap();
        }
        for (namespace, name, app) in [("shop", "cache-0", "caches"), ("infra", "cache-1", "cache")] {
            let pod = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, "namespace": namespace,
                "labels": {"app": app}}, "spec": {"nodeName": "n1", "containers": []}});
            world.add(pod).unwrap();
        }
        world.finish(None);
        world
    }

    fn rule(term: Value) -> Rule {
        let term: PodAffinityTerm = serde_json::from_value(term).unwrap();
        Rule::of_term(&world(), "shop", &Labels::new(), &term)
    }

    #[test]
    fn a_term_looks_at_its_own_namespace_unless_told_otherwise() {
        let own = rule(json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "cache"}}}));
        assert!(!world().briefs.iter().any(|p| own.selects(&p.namespace, &p.labels)));
        assert_eq!(own.nearest(&world()).unwrap().value, "caches");
        let all = rule(json!({"topologyKey": "zone", "namespaceSelector": {},
            "labelSelector": {"matchLabels": {"app": "cache"}}}));
        let at = domains(&world(), "zone", |_| true, |p| all.selects(&p.namespace, &p.labels));
        assert_eq!((at[0].value.as_str(), at[0].pods.len(), at[1].pods.len()), ("a", 1, 0));
        let named = rule(json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "cache"}},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "infra"}}}));
        assert!(named.reaches("infra") && !named.reaches("shop"));
    }

    #[test]
    fn no_selector_selects_nothing_and_an_empty_one_everything() {
        let labels = Labels::from([("app".to_string(), "x".to_string())]);
        assert!(!rule(json!({"topologyKey": "zone"})).wants(&labels));
        assert!(rule(json!({"topologyKey": "zone", "labelSelector": {}})).wants(&labels));
    }
}
