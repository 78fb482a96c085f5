//! One script of requests over randomly made objects, against the playground and against a real API server: the same
//! answers, but for what each server numbers and dates by itself.

mod objects;
mod transcript;

use podwhy_playground::Playground;
use podwhy_tests::bridge::{FakeKubelet, Server};
use podwhy_tests::control_plane::{Options, control_plane_or_say};
use serde_json::{Value, json};

use transcript::{Side, Step};

const TABLE: &str = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const JSON: &str = "application/json-patch+json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";

/// Everything that only reads, for every kind.
fn reading() -> Vec<Step> {
    let mut steps = Vec::new();
    for list in objects::LISTS {
        steps.push(Step::get(list));
        for include in ["None", "Metadata", "Object"] {
            steps.push(Step::get(&format!("{list}?includeObject={include}")).accept(TABLE));
        }
        steps.push(Step::get(list).accept(METADATA));
        steps.push(Step::get(&format!("{list}?limit=2")));
        steps.push(Step::next());
        steps.push(Step::next());
        steps.push(Step::get(&format!("{list}?labelSelector=tier%3Dfront&limit=1")));
        steps.push(Step::next());
        steps.push(Step::get(&format!("{list}?fieldSelector=metadata.name%3Dc-03")));
        steps.push(Step::get(&format!("{list}?fieldSelector=spec.nothing%3Dx")));
        steps.push(Step::get(&format!("{list}/c-03")));
        steps.push(Step::get(&format!("{list}/none-like-it")));
        steps.push(Step::get(&format!("{list}/c-03")).accept(TABLE));
    }
    let pods = "/api/v1/namespaces/conf-a/pods";
    for selector in [
        "labelSelector=tier%20in%20(front,back)",
        "labelSelector=tier%20notin%20(front)",
        "labelSelector=!tier",
        "labelSelector=tier,team!=a",
        "labelSelector=tier%3D%3D%3Dx",
        "fieldSelector=status.phase%3DRunning",
        "fieldSelector=status.phase!%3DRunning,spec.nodeName%3Dc-02",
        "fieldSelector=spec.nodeName%3D",
        "fieldSelector=status.phase",
    ] {
        steps.push(Step::get(&format!("{pods}?{selector}")).accept(METADATA));
    }
    steps.push(Step::get("/api/v1/pods").accept(METADATA));
    steps.push(Step::get("/api/v1/events?fieldSelector=involvedObject.name%3Dc-01,type%3DWarning"));
    steps.push(Step::get(&format!("{pods}/c-01/log")));
    steps.push(Step::get(&format!("{pods}/c-01/log?container=nobody")));
    steps.push(Step::get("/api/v1/namespaces/conf-a/widgets"));
    steps.push(Step::get("/apis/apps/v7/deployments"));
    steps.push(Step::of("PUT", pods, "application/json", &json!({})));
    steps.push(Step::of("PUT", "/api/v1/namespaces/conf-a/pods/c-01/log", "application/json", &json!({})));
    steps
}

/// Who may do what: reviews, and what an impersonated user is told.
fn asking() -> Vec<Step> {
    let review = |kind: &str, spec: Value| {
        let path = format!("/apis/authorization.k8s.io/v1/{}s", kind.to_lowercase());
        let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
        Step::of("POST", &path, "application/json", &body)
    };
    let subject = |spec: Value| review("SubjectAccessReview", spec);
    let nodes = json!({"verb": "list", "resource": "nodes"});
    let api = json!({"verb": "get", "path": "/api"});
    let nobody = json!({"verb": "get", "path": "/metrics"});
    vec![
        subject(json!({"user": "jane", "resourceAttributes": nodes})),
        subject(json!({"user": "jane", "groups": ["system:masters"], "resourceAttributes": nodes})),
        subject(json!({"user": "jane", "groups": ["system:authenticated"], "nonResourceAttributes": api})),
        subject(json!({"user": "jane", "groups": ["system:authenticated"], "nonResourceAttributes": nobody})),
        review("SelfSubjectAccessReview", json!({"resourceAttributes": nodes})).by_user("jane"),
        subject(json!({"user": "jane", "resourceAttributes": nodes})).by_user("jane"),
        Step::get("/api/v1/namespaces/conf-a/pods/c-01").by_user("jane"),
        Step::get("/api/v1/namespaces/conf-a/pods?watch=true").by_user("jane"),
        Step::get("/api/v1/namespaces/conf-a").by_user("jane"),
        Step::get("/api/v1/nodes").by_user("system:serviceaccount:conf-a:default"),
        Step::get("/apis/apps/v1/namespaces/conf-a/widgets/x").by_user("jane"),
        Step::get("/metrics").by_user("jane"),
        Step::of("DELETE", "/api/v1/namespaces/conf-a/pods/c-01", "application/json", &json!({}))
            .by_user("jane"),
        Step::of("DELETE", "/api/v1/namespaces/conf-a/pods", "application/json", &json!({})).by_user("jane"),
        Step::of("POST", "/api/v1/namespaces/conf-a/pods/c-01/eviction", "application/json", &json!({}))
            .by_user("jane"),
    ]
}

/// Dry runs, and what has a strategy; before anything is written, as nothing is.
fn trying() -> Vec<Step> {
    let pod = |name: &str| format!("/api/v1/namespaces/conf-a/pods/{name}");
    let dry = |method: &str, path: &str, content: &str, body: Value| {
        Step::of(method, &format!("{path}?dryRun=All"), content, &body)
    };
    let deployment = "/apis/apps/v1/namespaces/conf-a/deployments/c-03";
    let restart = json!({"spec": {"template": {"metadata": {"annotations": {"restarted": "now"}}}}});
    let image = json!({"spec": {"template": {"spec": {"$setElementOrder/containers": [{"name": "app"}],
        "containers": [{"name": "app", "image": "example.org/app:2"}]}}}});
    let evict = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "bound"}});
    let other = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "other"}});
    vec![
        dry("PATCH", &pod("c-01"), MERGE, json!({"metadata": {"labels": {"tier": "tried"}}})),
        dry("PATCH", &pod("c-01"), STRATEGIC, json!({"metadata": {"labels": {"tier": null}}})),
        dry("PATCH", "/api/v1/nodes/c-01", STRATEGIC, json!({"spec": {"unschedulable": true}})),
        dry("PATCH", deployment, STRATEGIC, restart),
        dry("PATCH", deployment, STRATEGIC, image),
        dry("PATCH", &pod("c-02"), JSON, json!([{"op": "test", "path": "/metadata/name", "value": "no"}])),
        dry("PATCH", &pod("none-like-it"), MERGE, json!({})),
        Step::of("DELETE", &pod("bound"), "application/json", &json!({"dryRun": ["All"]})),
        Step::of("DELETE", &pod("unbound"), "application/json", &json!({"dryRun": ["All"]})),
        Step::of(
            "DELETE",
            "/api/v1/namespaces/conf-a/configmaps/c-01",
            "application/json",
            &json!({"dryRun": ["All"]}),
        ),
        dry("POST", &format!("{}/eviction", pod("bound")), "application/json", evict),
        dry("POST", &format!("{}/eviction", pod("bound")), "application/json", other),
        Step::get("/api/v1/namespaces/conf-a/pods").accept(METADATA),
        Step::get(deployment),
    ]
}

/// What changes something, in an order in which each step means something.
fn writing() -> Vec<Step> {
    let pod = |name: &str| format!("/api/v1/namespaces/conf-a/pods/{name}");
    let deployment = "/apis/apps/v1/namespaces/conf-a/deployments/c-01";
    let labels = |labels: Value| json!({"metadata": {"labels": labels}});
    let delete = |path: &str, options: Value| Step::of("DELETE", path, "application/json", &options);
    vec![
        Step::of("PATCH", &pod("c-01"), MERGE, &labels(json!({"tier": "moved", "team": null}))),
        Step::of("PATCH", &pod("c-01"), MERGE, &labels(json!({"tier": "moved"}))),
        Step::of(
            "PATCH",
            &pod("c-02"),
            JSON,
            &json!([{"op": "add", "path": "/metadata/annotations",
            "value": {"note": "x"}}]),
        ),
        Step::of(
            "PATCH",
            &pod("c-02"),
            JSON,
            &json!([{"op": "test", "path": "/metadata/name", "value": "no"}]),
        ),
        Step::of("PATCH", &pod("c-02"), MERGE, &json!({"metadata": {"resourceVersion": "1"}})),
        Step::of("PATCH", &pod("none-like-it"), MERGE, &json!({})),
        Step::of("PATCH", &pod("c-02"), "text/plain", &json!({})),
        Step::of(
            "PATCH",
            &format!("{}/status", pod("c-02")),
            MERGE,
            &json!({"status": {"message": "told"},
            "metadata": {"labels": {"not": "here"}}}),
        ),
        Step::of("PATCH", &pod("c-02"), MERGE, &json!({"status": {"message": "not here"}})),
        Step::of("PATCH", deployment, MERGE, &json!({"spec": {"replicas": 7}})),
        Step::of(
            "PATCH",
            deployment,
            JSON,
            &json!([{"op": "add", "path": "/spec/paused", "value": true},
            {"op": "remove", "path": "/spec/replicas"}, {"op": "add", "path": "/spec/replicas", "value": 2}]),
        ),
        Step::of("PATCH", &format!("{deployment}/status"), MERGE, &json!({"status": {"replicas": 2}})),
        Step::of("PATCH", "/api/v1/nodes/c-01", MERGE, &json!({"spec": {"unschedulable": true}})),
        delete(&pod("c-03"), json!({"preconditions": {"uid": "00000000-0000-0000-0000-000000000000"}})),
        delete(&pod("c-03"), json!({"preconditions": {"resourceVersion": "1"}})),
        delete(&pod("bound"), json!({"gracePeriodSeconds": 77})),
        delete(&pod("bound"), json!({"gracePeriodSeconds": 90})),
        delete(&pod("bound"), json!({"gracePeriodSeconds": 40})),
        Step::get(&pod("bound")).accept(TABLE),
        delete(&pod("unbound"), json!({})),
        delete(&pod("held"), json!({})),
        Step::get(&pod("held")),
        Step::of("PATCH", &pod("held"), MERGE, &json!({"metadata": {"finalizers": null}})),
        Step::get(&pod("held")),
        delete("/api/v1/namespaces/conf-a/configmaps/c-01", json!({})),
        delete("/api/v1/namespaces/conf-a/configmaps/c-01", json!({})),
        delete(
            "/apis/apps/v1/namespaces/conf-a/deployments/c-02",
            json!({"propagationPolicy": "Background"}),
        ),
        delete(&pod("bound"), json!({"gracePeriodSeconds": 0})),
        Step::get("/api/v1/namespaces/conf-a/pods").accept(METADATA),
    ]
}

/// What a watch tells of all that, from before it.
fn watching() -> Vec<Step> {
    let pods = "/api/v1/namespaces/conf-a/pods";
    let mut steps: Vec<Step> = [
        "",
        "&labelSelector=tier%3Dfront",
        "&labelSelector=tier%3Dmoved",
        "&fieldSelector=metadata.name%3Dheld",
    ]
    .iter()
    .map(|selector| Step::watch(&format!("{pods}?watch=true&timeoutSeconds=1{selector}")))
    .collect();
    steps.push(Step::watch("/apis/apps/v1/deployments?watch=1&timeoutSeconds=1"));
    steps.push(Step::watch(&format!("{pods}?watch=true&timeoutSeconds=1")).accept(TABLE));
    steps.push(
        Step::watch(&format!("{pods}?watch=true&timeoutSeconds=1"))
            .accept("application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"),
    );
    // from the beginning: what there is, as added
    steps.push(Step::get(&format!("{pods}?watch=true&timeoutSeconds=1")));
    steps.push(Step::get(&format!("{pods}?watch=true&timeoutSeconds=1&resourceVersion=0")));
    steps.push(Step::get(&format!(
        "{pods}?watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    )));
    steps
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_playground_answers_as_a_real_server() {
    let Some(control_plane) = control_plane_or_say("the playground beside a real server", Options::default())
    else {
        return;
    };
    let real = control_plane.client(control_plane.admin()).unwrap();
    let kubelet = FakeKubelet::start().await.unwrap();
    let playground =
        Playground::start(podwhy_playground::Options { empty: true, ..Default::default() }).await.unwrap();
    let store = playground.store("playground").unwrap();
    let url = format!("http://{}/clusters/playground", playground.address());
    let simulated = kube::Client::try_from(kube::Config::new(url.parse().unwrap())).unwrap();
    let (mut real, mut simulated) = (Side::new(real), Side::new(simulated));
    objects::fill(&Server::new(real.client()), &real, &kubelet, &store).await;
    let mut differences = Vec::new();
    let mut compared = 0;
    for (number, steps) in [reading(), asking(), trying(), writing(), watching()].into_iter().enumerate() {
        if number == 3 {
            // the watches tell of what is written from here on
            real.mark().await;
            simulated.mark().await;
        }
        for step in steps {
            let (wanted, got) = (real.take(&step).await, simulated.take(&step).await);
            compared += 1;
            if wanted != got {
                differences.push(transcript::difference(&step, &wanted, &got));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "{} of {compared} differ:\n{}",
        differences.len(),
        differences.join("\n")
    );
    println!("{compared} requests were answered alike");
}
