use http::Method;
use serde_json::json;

use super::*;
use crate::fake::{FakeApi, Fault};

/// Of each kind one.
const PARTS: &[ControllerPart] = &[
    ControllerPart::Definition("workloads.kueue.x-k8s.io"),
    ControllerPart::ApiService("v1beta1.visibility.kueue.x-k8s.io"),
    ControllerPart::Workload { names: &["kueue-controller-manager"], label: "kueue" },
    ControllerPart::Lease("c1f6bfd2.kueue.x-k8s.io"),
];

fn object(namespace: &str, name: &str) -> Value {
    json!({"metadata": {"namespace": namespace, "name": name}})
}

fn with(list: &str, object: &Value) -> FakeApi {
    let api = FakeApi::default();
    api.put(&format!("{list}/{}", object["metadata"]["name"].as_str().unwrap()), object.clone());
    api
}

async fn found(api: &FakeApi) -> Vec<String> {
    search(&api.requests(), PARTS).await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn what_is_nowhere_is_looked_for_in_the_whole_cluster() {
    let api = FakeApi::default();
    assert_eq!(found(&api).await, Vec::<String>::new());
    let mut asked = api.asked();
    asked.sort();
    assert_eq!(
        asked,
        [
            "GET /apis/apiextensions.k8s.io/v1/customresourcedefinitions?limit=500&fieldSelector=metadata.name%3Dworkloads.kueue.x-k8s.io",
            "GET /apis/apiregistration.k8s.io/v1/apiservices?limit=500&fieldSelector=metadata.name%3Dv1beta1.visibility.kueue.x-k8s.io",
            "GET /apis/apps/v1/daemonsets?limit=500",
            "GET /apis/apps/v1/deployments?limit=500",
            "GET /apis/apps/v1/statefulsets?limit=500",
            "GET /apis/coordination.k8s.io/v1/leases?limit=500",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn whatever_there_is_of_it_is_found_by_any_of_its_names() {
    let mut labelled = object("batch", "queues");
    labelled["metadata"]["labels"] = json!({"app.kubernetes.io/name": "kueue"});
    // that none of it is ready is not read at all
    for (list, object, told) in [
        (
            DEFINITIONS,
            object("", "workloads.kueue.x-k8s.io"),
            "CustomResourceDefinition workloads.kueue.x-k8s.io",
        ),
        (
            API_SERVICES,
            object("", "v1beta1.visibility.kueue.x-k8s.io"),
            "APIService v1beta1.visibility.kueue.x-k8s.io",
        ),
        (
            WORKLOADS[0].1,
            object("kueue-system", "kueue-controller-manager"),
            "Deployment kueue-system/kueue-controller-manager",
        ),
        (
            WORKLOADS[1].1,
            object("batch", "team-kueue-controller-manager"),
            "StatefulSet batch/team-kueue-controller-manager",
        ),
        (WORKLOADS[2].1, labelled, "DaemonSet batch/queues"),
        (
            LEASES,
            object("kueue-system", "c1f6bfd2.kueue.x-k8s.io"),
            "Lease kueue-system/c1f6bfd2.kueue.x-k8s.io",
        ),
        (
            LEASES,
            object("kueue-system", "c1f6bfd2.kueue.x-k8s.io-blue"),
            "Lease kueue-system/c1f6bfd2.kueue.x-k8s.io-blue",
        ),
    ] {
        assert_eq!(found(&with(list, &object)).await, [told]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_looks_alike_is_not_it() {
    for (list, name) in [
        (DEFINITIONS, "clusterqueues.kueue.x-k8s.io"),
        (API_SERVICES, "v1.apps"),
        (WORKLOADS[0].1, "notkueue-controller-manager"),
        (WORKLOADS[0].1, "kueue-controller-manager-proxy"),
        (LEASES, "c1f6bfd2.kueue.x-k8s.iox"),
    ] {
        let api = with(list, &object("x", name));
        assert_eq!(found(&api).await, Vec::<String>::new(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_page_is_read() {
    let api = FakeApi::default();
    for name in ["a", "b", "c", "d", "kueue-controller-manager"] {
        api.put(&format!("{}/{name}", WORKLOADS[0].1), object("kueue-system", name));
    }
    assert_eq!(found(&api).await, ["Deployment kueue-system/kueue-controller-manager"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_refused_not_served_or_not_answered_is_not_known() {
    for (fault, told) in [
        (Fault::Refuses(403), "refused with 403"),
        (Fault::Refuses(401), "refused with 401"),
        (Fault::Refuses(404), "does not serve one of the kinds"),
        (Fault::Refuses(500), "refused with 500"),
        (Fault::Hangs, "no answer in time"),
    ] {
        let api = FakeApi::default();
        api.fails(Method::GET, fault);
        let fail = search(&api.requests(), PARTS).await.unwrap_err();
        let why = error(fail, "prod").to_string();
        assert!(why.contains(told), "{fault:?}: {why}");
    }
    let denied = error(Fail::Forbidden("no".into()), "prod");
    assert!(matches!(denied, ClusterError::Forbidden { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_list_that_changed_too_much_is_begun_anew_once() {
    let definition = || vec![ControllerPart::Definition("workloads.kueue.x-k8s.io")];
    let api = with(DEFINITIONS, &object("", "workloads.kueue.x-k8s.io"));
    api.fails(Method::GET, Fault::Refuses(410));
    assert_eq!(search(&api.requests(), &definition()).await.unwrap().len(), 1);
    api.fails(Method::GET, Fault::Refuses(410));
    api.fails(Method::GET, Fault::Refuses(410));
    assert_eq!(search(&api.requests(), &definition()).await, Err(Fail::Gone));
}
