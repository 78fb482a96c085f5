//! nodeSelector and required node affinity.
//! <https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/>
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go>

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Node, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PodSpec};

/// The one field a node can be asked for by.
const NAME: &str = "metadata.name";

/// One thing the pod asks of a node's labels that the node does not give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The label's key.
    pub key: String,
    /// What the pod asks, as people write it: `disk=ssd`, `zone in (a, b)`.
    pub asked: String,
    /// The node's value; `None` when it lacks the label.
    pub has: Option<String>,
    /// The value that would do; `None` where no value, or any, would.
    pub set: Option<String>,
}

/// Whether the node has the labels the pod asks for.
pub fn matches(spec: &PodSpec, node: &Node) -> bool {
    let selected =
        spec.node_selector.iter().flatten().all(|(key, value)| node_label(node, key) == Some(value));
    let required = spec
        .affinity
        .as_ref()
        .and_then(|a| a.node_affinity.as_ref()?.required_during_scheduling_ignored_during_execution.as_ref());
    selected && required.is_none_or(|required| selects(required, node))
}

/// Whether one of a node selector's terms holds for the node. A term that asks nothing holds for none.
pub fn selects(selector: &NodeSelector, node: &Node) -> bool {
    selector.node_selector_terms.iter().any(|term| {
        let mut expressions = term.match_expressions.iter().flatten();
        let mut fields = term.match_fields.iter().flatten();
        let empty = term.match_expressions.iter().flatten().next().is_none()
            && term.match_fields.iter().flatten().next().is_none();
        !empty
            && expressions.all(|r| holds(r, node_label(node, &r.key)))
            && fields.all(|r| holds(r, field(node, &r.key)))
    })
}

/// The nodes the pod asks for by name: the scheduler looks at no other. `None` when it does not, in every term.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go> (`PreFilter`)
pub fn named(spec: &PodSpec) -> Option<BTreeSet<&str>> {
    let required = spec.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = required.required_during_scheduling_ignored_during_execution.as_ref()?;
    let mut all: Option<BTreeSet<&str>> = None;
    for term in &required.node_selector_terms {
        let by_name = term.match_fields.iter().flatten().filter(|r| r.key == NAME && r.operator == "In");
        let lists = by_name.map(|r| r.values.iter().flatten().map(String::as_str).collect::<BTreeSet<_>>());
        let named = lists.reduce(|a, b| a.intersection(&b).copied().collect())?;
        all.get_or_insert_default().extend(named);
    }
    all
}

/// What the pod asks of the node's labels and the node does not give: of several terms, the closest. Empty when the
/// node matches.
pub fn unmatched(spec: &PodSpec, node: &Node) -> Vec<Unmatched> {
    let mut missing: Vec<Unmatched> = Vec::new();
    for (key, value) in spec.node_selector.iter().flatten() {
        let has = node_label(node, key);
        if has != Some(value.as_str()) {
            missing.push(Unmatched {
                key: key.clone(),
                asked: format!("{key}={value}"),
                has: has.map(str::to_string),
                set: Some(value.clone()),
            });
        }
    }
    let required = spec
        .affinity
        .as_ref()
        .and_then(|a| a.node_affinity.as_ref()?.required_during_scheduling_ignored_during_execution.as_ref());
    if let Some(required) = required {
        let closest = required.node_selector_terms.iter().map(|t| term(t, node)).min_by_key(Vec::len);
        // a list without terms matches no node
        missing.extend(closest.unwrap_or_else(|| {
            vec![Unmatched {
                key: String::new(),
                asked: "a node affinity without terms".to_string(),
                has: None,
                set: None,
            }]
        }));
    }
    missing
}

/// What the pod asks of node labels, as people write it; of several terms, joined by "or". `None` when it asks nothing.
pub fn asked(spec: &PodSpec) -> Option<String> {
    let mut parts: Vec<String> =
        spec.node_selector.iter().flatten().map(|(k, v)| format!("{k}={v}")).collect();
    let required = spec
        .affinity
        .as_ref()
        .and_then(|a| a.node_affinity.as_ref()?.required_during_scheduling_ignored_during_execution.as_ref());
    if let Some(required) = required {
        let terms: Vec<String> = required
            .node_selector_terms
            .iter()
            .map(|t| {
                let expressions = t.match_expressions.iter().flatten();
                let fields = t.match_fields.iter().flatten();
                expressions.chain(fields).map(show).collect::<Vec<_>>().join(", ")
            })
            .collect();
        parts.push(terms.join(" or "));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn term(term: &NodeSelectorTerm, node: &Node) -> Vec<Unmatched> {
    let expressions = term.match_expressions.iter().flatten();
    let fields = term.match_fields.iter().flatten();
    let mut missing = Vec::new();
    let mut any = false;
    for requirement in expressions {
        any = true;
        let has = node_label(node, &requirement.key);
        if !holds(requirement, has) {
            missing.push(unmet(requirement, has));
        }
    }
    for requirement in fields {
        any = true;
        let has = field(node, &requirement.key);
        if !holds(requirement, has) {
            missing.push(unmet(requirement, has));
        }
    }
    if !any {
        missing.push(Unmatched {
            key: String::new(),
            asked: "an empty term, which no node matches".to_string(),
            has: None,
            set: None,
        });
    }
    missing
}

fn unmet(requirement: &NodeSelectorRequirement, has: Option<&str>) -> Unmatched {
    let first = || requirement.values.as_ref()?.first().cloned();
    Unmatched {
        key: requirement.key.clone(),
        asked: show(requirement),
        has: has.map(str::to_string),
        // a field is no label
        set: if requirement.operator == "In" && requirement.key != NAME { first() } else { None },
    }
}

fn holds(requirement: &NodeSelectorRequirement, has: Option<&str>) -> bool {
    let values = requirement.values.as_deref().unwrap_or_default();
    let listed = |value: &str| values.iter().any(|v| v == value);
    let compare = |test: fn(i64, i64) -> bool| {
        let (Some(has), [bound]) = (has, values) else {
            return false;
        };
        matches!((has.parse(), bound.parse()), (Ok(has), Ok(bound)) if test(has, bound))
    };
    match requirement.operator.as_str() {
        "In" => has.is_some_and(listed),
        "NotIn" => !has.is_some_and(listed),
        "Exists" => has.is_some(),
        "DoesNotExist" => has.is_none(),
        "Gt" => compare(|has, bound| has > bound),
        "Lt" => compare(|has, bound| has < bound),
        _ => false,
    }
}

fn show(requirement: &NodeSelectorRequirement) -> String {
    let (key, values) = (&requirement.key, requirement.values.as_deref().unwrap_or_default());
    match (requirement.operator.as_str(), values) {
        ("In", [value]) => format!("{key}={value}"),
        ("In", _) => format!("{key} in ({})", values.join(", ")),
        ("NotIn", _) => format!("{key} not in ({})", values.join(", ")),
        ("Exists", _) => key.clone(),
        ("DoesNotExist", _) => format!("no {key}"),
        ("Gt", [value]) => format!("{key} > {value}"),
        ("Lt", [value]) => format!("{key} < {value}"),
        (operator, _) => format!("{key} {operator} ({})", values.join(", ")),
    }
}

fn field<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.metadata.name.as_deref().filter(|_| key == NAME)
}

/// A node's label.
pub fn node_label<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(labels: serde_json::Value) -> Node {
        serde_json::from_value(json!({"metadata": {"name": "n1", "labels": labels}})).unwrap()
    }

    fn spec(expressions: serde_json::Value) -> PodSpec {
        serde_json::from_value(json!({"containers": [], "affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": expressions}]}}}}))
        .unwrap()
    }

    #[test]
    fn operators_hold_as_the_documents_say() {
        let node = node(json!({"disk": "ssd", "cores": "8"}));
        for (operator, key, values, matches) in [
            ("In", "disk", json!(["ssd", "nvme"]), true),
            ("In", "disk", json!(["hdd"]), false),
            ("NotIn", "disk", json!(["ssd"]), false),
            ("NotIn", "zone", json!(["a"]), true),
            ("Exists", "disk", json!([]), true),
            ("DoesNotExist", "disk", json!([]), false),
            ("Gt", "cores", json!(["4"]), true),
            ("Lt", "cores", json!(["4"]), false),
            ("Gt", "disk", json!(["4"]), false),
        ] {
            let spec = spec(json!([{"key": key, "operator": operator, "values": values}]));
            assert_eq!(unmatched(&spec, &node).is_empty(), matches, "{operator} {key} {values}");
            assert_eq!(super::matches(&spec, &node), matches, "{operator} {key} {values}");
        }
    }

    #[test]
    fn the_difference_is_named() {
        let pod: PodSpec =
            serde_json::from_value(json!({"containers": [], "nodeSelector": {"disk": "nvme", "gpu": "yes"}}))
                .unwrap();
        let missing = unmatched(&pod, &node(json!({"disk": "ssd"})));
        assert_eq!(missing[0].has.as_deref(), Some("ssd"));
        assert_eq!(missing[1].has, None);
        assert_eq!(asked(&pod).as_deref(), Some("disk=nvme, gpu=yes"));
    }

    #[test]
    fn an_empty_term_matches_nothing() {
        assert!(!unmatched(&spec(json!([])), &node(json!({}))).is_empty());
    }
}
