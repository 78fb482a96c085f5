//! Evictions and disruption budgets.

use serde_json::{Value, json};

use super::{Cluster, node, pod};

const PATH: &str = "/api/v1/namespaces/shop/pods/web-1/eviction";

fn budget(name: &str, allowed: i64, current: i64, desired: i64) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": name, "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": "web"}}},
        "status": {"disruptionsAllowed": allowed, "currentHealthy": current, "desiredHealthy": desired, "expectedPods": current}})
}

fn eviction(options: Value) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "web-1", "namespace": "shop"},
        "deleteOptions": options})
}

fn unready(mut pod: Value) -> Value {
    pod["status"]["conditions"][0]["status"] = json!("False");
    pod
}

fn pending(mut pod: Value) -> Value {
    pod["status"]["phase"] = json!("Pending");
    pod
}

fn always(mut budget: Value) -> Value {
    budget["spec"]["unhealthyPodEvictionPolicy"] = json!("AlwaysAllow");
    budget
}

/// The disruptions that are still allowed of the first budget.
async fn allowed(cluster: &Cluster) -> i64 {
    let budgets = cluster.items("/apis/policy/v1/namespaces/shop/poddisruptionbudgets").await;
    budgets.first().map_or(-1, |budget| budget["status"]["disruptionsAllowed"].as_i64().unwrap())
}

#[tokio::test]
async fn a_budget_is_asked_as_on_a_real_server() {
    for (what, pod, budgets, code, left) in [
        ("no budget", pod("web-1"), vec![], 201, -1),
        ("one is allowed", pod("web-1"), vec![budget("x", 1, 3, 2)], 201, 0),
        ("none is allowed", pod("web-1"), vec![budget("x", 0, 2, 2)], 429, 0),
        ("two budgets", pod("web-1"), vec![budget("x", 1, 3, 2), budget("y", 1, 3, 2)], 500, 1),
        (
            "an unhealthy pod, the others are enough",
            unready(pod("web-1")),
            vec![budget("x", 0, 2, 2)],
            201,
            0,
        ),
        ("an unhealthy pod, the others are not", unready(pod("web-1")), vec![budget("x", 0, 1, 2)], 429, 0),
        ("an unhealthy pod may always go", unready(pod("web-1")), vec![always(budget("x", 0, 1, 2))], 201, 0),
        ("a healthy pod may not", pod("web-1"), vec![always(budget("x", 0, 1, 2))], 429, 0),
        ("one that never ran", pending(pod("web-1")), vec![budget("x", 0, 2, 2)], 201, 0),
    ] {
        let cluster = Cluster::with(budgets.into_iter().chain([pod])).await;
        for dry in [true, false] {
            let before = cluster.version();
            let asked = if dry { json!({"dryRun": ["All"]}) } else { json!({}) };
            let (got, told) = cluster.ask("POST", PATH, &[], eviction(asked)).await;
            assert_eq!(got, code, "{what}, dry run {dry}: {told}");
            if dry {
                assert_eq!(cluster.version(), before, "{what}: a dry run changed something");
            }
        }
        assert_eq!(allowed(&cluster).await, left, "{what}");
        let (_, pod) = cluster.get("/api/v1/namespaces/shop/pods/web-1").await;
        assert_eq!(pod["metadata"].get("deletionTimestamp").is_some(), code == 201, "{what}: {pod}");
    }
}

#[tokio::test]
async fn a_refusal_names_the_budget() {
    let cluster = Cluster::with([pod("web-1"), budget("x", 0, 2, 2)]).await;
    let (_, told) = cluster.ask("POST", PATH, &[], eviction(json!({}))).await;
    assert_eq!(
        told,
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "TooManyRequests", "code": 429,
            "message": "Cannot evict pod as it would violate the pod's disruption budget.",
            "details": {"causes": [{"reason": "DisruptionBudget", "message": "The disruption budget x needs 2 healthy pods and has 2 currently"}]}})
    );
    let mut late = budget("x", 1, 3, 2);
    late["metadata"]["generation"] = json!(2);
    late["status"]["observedGeneration"] = json!(1);
    cluster.store.put(late).unwrap();
    let answer = cluster.playground.ask("POST", PATH, &[], eviction(json!({}))).await;
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "10"));
}

#[tokio::test]
async fn the_pod_that_is_meant_is_evicted_and_no_other() {
    let cluster = Cluster::with([node("n1", "Unknown"), pod("web-1")]).await;
    let one = "/api/v1/namespaces/shop/pods/web-1";
    let before = cluster.get(one).await.1;
    let other = json!({"preconditions": {"uid": "another"}});
    let (code, told) = cluster.ask("POST", PATH, &[], eviction(other)).await;
    assert_eq!((code, &told["reason"]), (409, &json!("Conflict")));
    assert_eq!(cluster.get(one).await.1, before, "a refused eviction changed the pod");
    let metadata = &before["metadata"];
    let own = json!({"gracePeriodSeconds": 77,
        "preconditions": {"uid": metadata["uid"], "resourceVersion": metadata["resourceVersion"]}});
    let (code, told) = cluster.ask("POST", PATH, &[], eviction(own)).await;
    let wanted =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
    assert_eq!((code, &told), (201, &wanted));
    let after = cluster.get(one).await.1;
    assert_eq!(after["metadata"]["deletionGracePeriodSeconds"], 77);
    assert_eq!(after["status"]["conditions"][1]["reason"], "EvictionByEvictionAPI");
    let mut wrong = eviction(json!({}));
    wrong["metadata"]["name"] = json!("web-2");
    assert_eq!(cluster.ask("POST", PATH, &[], wrong).await.0, 400);
    let none = "/api/v1/namespaces/shop/pods/none/eviction";
    assert_eq!(cluster.ask("POST", none, &[], json!({})).await.0, 400);
    assert_eq!(cluster.ask("POST", none, &[], json!({"metadata": {"name": "none"}})).await.0, 404);
    let (code, _) = cluster.ask("POST", &format!("{PATH}?dryRun=Some"), &[], eviction(json!({}))).await;
    assert_eq!(code, 422);
}
