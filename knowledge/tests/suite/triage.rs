//! What counts as failing when a whole cluster is looked at.

use podwhy_knowledge::triage::{Triage, triage};

use crate::load::cases;

fn of(case: &str) -> Triage {
    let case = cases().into_iter().find(|c| c.shown == case).unwrap_or_else(|| panic!("no case {case}"));
    triage(&case.world(), |_| true)
}

#[test]
fn tries_that_a_later_one_made_good_are_not_failing() {
    let done = of("run/backoff_limit_reached/cases/near_miss_completed.yaml");
    assert_eq!((done.failing, done.expected), (0, 3));
    let running = of("status/healthy/cases/index-tried-again.yaml");
    assert_eq!((running.failing, running.expected), (0, 2));
}

#[test]
fn pods_of_a_job_that_gave_up_are_one_group() {
    let found = of("run/backoff_limit_reached/cases/typical.yaml");
    assert_eq!((found.failing, found.groups.len()), (3, 1));
    assert_eq!(found.groups[0].finding.cause, "backoff-limit-reached");
    assert_eq!(found.groups[0].count(), 3);
}

#[test]
fn an_eviction_of_long_ago_is_not_failing_once_the_workload_is_whole() {
    let shown = "evict/evicted_memory/cases/near_miss_replaced.yaml";
    let case = cases().into_iter().find(|c| c.shown == shown).unwrap();
    let at = |time: &str| {
        let mut later = case.clone();
        later.objects.push(serde_json::json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "clock", "namespace": "kube-node-lease"}, "spec": {"renewTime": time}}));
        triage(&later.world(), |_| true)
    };
    // minutes ago it still says something of the node
    let fresh = at("2026-06-09T07:40:00.000000Z");
    assert_eq!((fresh.failing, fresh.healthy), (1, 1));
    let old = at("2026-06-09T08:40:00.000000Z");
    assert_eq!((old.failing, old.expected, old.healthy), (0, 1, 1));
}

#[test]
fn a_namespace_that_does_not_go_is_failing() {
    let found = of("terminate/namespace_stuck_terminating/cases/dead-group.yaml");
    assert_eq!((found.failing, found.groups.len()), (1, 1));
    assert_eq!(found.groups[0].finding.cause, "namespace-stuck-terminating");
}

#[test]
fn without_conditions_a_dead_api_service_is_named() {
    let shown = "terminate/namespace_stuck_terminating/cases/dead-group.yaml";
    let mut case = cases().into_iter().find(|c| c.shown == shown).unwrap();
    case.objects[0]["status"] = serde_json::json!({"phase": "Terminating"});
    case.objects.push(serde_json::json!({"apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
        "metadata": {"name": "v1beta1.metrics.k8s.io"},
        "status": {"conditions": [{"type": "Available", "status": "False", "reason": "MissingEndpoints",
            "message": "endpoints for service/metrics-server have no addresses"}]}}));
    case.objects.push(serde_json::json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "clock", "namespace": "kube-node-lease"},
        "spec": {"renewTime": "2026-05-04T09:00:00.000000Z"}}));
    let found = triage(&case.world(), |_| true);
    assert_eq!(found.groups[0].finding.facts["api_service"], "v1beta1.metrics.k8s.io");
}
