//! Which pods a quota counts: one with scopes counts only those that all of them match.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/quota/v1/evaluator/core/pods.go> (`podMatchesScopeFunc`)

use k8s_openapi::api::core::v1::{Pod, PodAffinityTerm, PodSpec};
use serde_json::Value;

use crate::brief::container_requests;

/// Whether the quota counts the pod; one that was not read is taken to count all.
pub(super) fn counts(quota: Option<&Value>, pod: &Pod) -> bool {
    let Some(quota) = quota else { return true };
    let list = |pointer: &str| quota.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
    let plain =
        list("/spec/scopes").filter_map(Value::as_str).all(|scope| matches(scope, "Exists", &[], pod));
    plain
        && list("/spec/scopeSelector/matchExpressions").all(|term| {
            let text = |field: &str| term.get(field).and_then(Value::as_str).unwrap_or_default();
            let values: Vec<&str> = (term.get("values").and_then(Value::as_array).into_iter().flatten())
                .filter_map(Value::as_str)
                .collect();
            matches(text("scopeName"), text("operator"), &values, pod)
        })
}

fn matches(scope: &str, operator: &str, values: &[&str], pod: &Pod) -> bool {
    let empty = PodSpec::default();
    let spec = pod.spec.as_ref().unwrap_or(&empty);
    let class = spec.priority_class_name.as_deref().unwrap_or_default();
    match (scope, operator) {
        ("BestEffort", _) => is_best_effort(pod, spec),
        ("NotBestEffort", _) => !is_best_effort(pod, spec),
        ("Terminating", _) => spec.active_deadline_seconds.is_some(),
        ("NotTerminating", _) => spec.active_deadline_seconds.is_none(),
        ("PriorityClass", "In") => values.contains(&class),
        ("PriorityClass", "NotIn") => !values.contains(&class),
        ("PriorityClass", "DoesNotExist") => class.is_empty(),
        ("PriorityClass", _) => !class.is_empty(),
        ("CrossNamespacePodAffinity", _) => crosses_namespaces(spec),
        // a scope of later versions: whom it leaves out is not known
        _ => true,
    }
}

fn is_best_effort(pod: &Pod, spec: &PodSpec) -> bool {
    let told = pod.status.as_ref().and_then(|status| status.qos_class.as_deref());
    let asks = || {
        let all = spec.containers.iter().chain(spec.init_containers.iter().flatten());
        all.into_iter().any(|c| container_requests(c).keys().any(|name| name == "cpu" || name == "memory"))
    };
    told.map_or_else(|| !asks(), |class| class == "BestEffort")
}

fn crosses_namespaces(spec: &PodSpec) -> bool {
    let crosses = |term: &PodAffinityTerm| {
        term.namespace_selector.is_some() || term.namespaces.as_ref().is_some_and(|list| !list.is_empty())
    };
    let Some(affinity) = &spec.affinity else { return false };
    let (near, far) = (affinity.pod_affinity.as_ref(), affinity.pod_anti_affinity.as_ref());
    let hard = (near.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()))
        .into_iter()
        .chain(far.and_then(|a| a.required_during_scheduling_ignored_during_execution.as_ref()))
        .flatten();
    let soft = (near.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref()))
        .into_iter()
        .chain(far.and_then(|a| a.preferred_during_scheduling_ignored_during_execution.as_ref()))
        .flatten();
    hard.chain(soft.map(|wish| &wish.pod_affinity_term)).any(crosses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quota_with_scopes_counts_only_what_all_of_them_match() {
        let pod: Pod = serde_json::from_value(json!({
            "metadata": {"name": "a"},
            "spec": {"containers": [{"name": "a"}], "priorityClassName": "high"},
        }))
        .unwrap_or_default();
        let scopes = |spec: Value| counts(Some(&json!({ "spec": spec })), &pod);
        assert!(counts(None, &pod) && scopes(json!({})));
        assert!(scopes(json!({"scopes": ["BestEffort", "NotTerminating"]})));
        assert!(!scopes(json!({"scopes": ["NotBestEffort"]})) && !scopes(json!({"scopes": ["Terminating"]})));
        let of = |operator: &str, values: &[&str]| {
            scopes(json!({"scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": operator, "values": values}]}}))
        };
        assert!(of("In", &["high"]) && !of("In", &["low"]) && !of("NotIn", &["high"]) && of("Exists", &[]));
    }
}
