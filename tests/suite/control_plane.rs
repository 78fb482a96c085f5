//! The tests' own control plane: that it is a real one, and that it sees and refuses what a cluster would.

use std::time::{Duration, Instant};

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{Namespace, Node, Pod};
use kube::api::{Api, ListParams, Patch, PatchParams, PostParams};
use kube::{Client, Resource};
use podwhy_tests::control_plane::{
    Binaries, ControlPlane, Options, Request, control_plane_or_say, eventually,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn started(test: &str, options: Options) -> Option<ControlPlane> {
    let begin = Instant::now();
    let control_plane = control_plane_or_say(test, options)?;
    println!("{test}: started after {:.1?}", begin.elapsed());
    Some(control_plane)
}

async fn create<K>(api: &Api<K>, object: Value) -> K
where
    K: Resource + Clone + std::fmt::Debug + Serialize + DeserializeOwned,
{
    api.create(&PostParams::default(), &serde_json::from_value(object).unwrap()).await.unwrap()
}

async fn create_namespace(client: &Client, name: &str) {
    create::<Namespace>(&Api::all(client.clone()), json!({"metadata": {"name": name}})).await;
}

async fn create_node(client: &Client, name: &str) {
    create::<Node>(&Api::all(client.clone()), json!({"metadata": {"name": name}})).await;
}

fn seen<'a>(requests: &'a [Request], user: &str, verb: &str, uri: &str) -> Vec<&'a Request> {
    requests.iter().filter(|r| r.user == user && r.verb == verb && r.uri.starts_with(uri)).collect()
}

#[tokio::test]
async fn a_status_is_kept_a_stranger_is_refused_and_both_are_logged() {
    let test = "a status, a refusal and the audit log";
    let Some(control_plane) = started(test, Options { audit: true, ..Options::default() }) else { return };
    let admin = control_plane.client(control_plane.admin()).unwrap();
    create_namespace(&admin, "shop").await;
    create_node(&admin, "node-1").await;
    let pods: Api<Pod> = Api::namespaced(admin.clone(), "shop");
    let containers = json!([{"name": "app", "image": "example.org/app:1"}]);
    let pod = json!({"metadata": {"name": "app"}, "spec": {"nodeName": "node-1", "containers": containers}});
    create(&pods, pod).await;

    let waiting = json!({"reason": "ImagePullBackOff", "message": "Back-off pulling image"});
    let container = json!({"name": "app", "image": "example.org/app:1", "imageID": "", "ready": false,
        "restartCount": 0, "state": {"waiting": waiting}});
    let status = json!({"status": {"phase": "Pending", "containerStatuses": [container]}});
    pods.patch_status("app", &PatchParams::default(), &Patch::Merge(&status)).await.unwrap();
    let read = serde_json::to_value(pods.get("app").await.unwrap()).unwrap();
    assert_eq!(read.pointer("/status/containerStatuses/0/state/waiting"), Some(&waiting));

    let stranger = control_plane.client_certificate("stranger", &["visitors", "guests"]).unwrap();
    let theirs: Api<Pod> = Api::namespaced(control_plane.client(&stranger).unwrap(), "shop");
    match theirs.get("app").await {
        Err(kube::Error::Api(refusal)) => assert_eq!(refusal.code, 403, "{refusal:?}"),
        other => panic!("a stranger got {other:?}"),
    }

    let path = "/api/v1/namespaces/shop/pods";
    let requests = eventually("the refusal in the audit log", Duration::from_secs(5), async || {
        let requests = control_plane.requests()?;
        Ok((!seen(&requests, "stranger", "get", path).is_empty()).then_some(requests))
    })
    .await
    .unwrap();
    let codes = |user, verb, uri: &str| -> Vec<u16> {
        seen(&requests, user, verb, uri).iter().map(|request| request.code).collect()
    };
    assert_eq!(codes("admin", "create", path), [201]);
    assert_eq!(codes("admin", "patch", &format!("{path}/app/status")), [200]);
    assert_eq!(codes("admin", "get", &format!("{path}/app")), [200]);
    assert_eq!(codes("stranger", "get", &format!("{path}/app")), [403]);
}

#[tokio::test]
async fn groups_of_a_certificate_count_and_impersonation_is_logged() {
    let test = "groups and impersonation";
    let options = Options { audit: true, kubectl: true, ..Options::default() };
    let Some(control_plane) = started(test, options) else { return };
    // only the second group lets a user act as another
    let second = control_plane.client_certificate("operator", &["crew", "system:masters"]).unwrap();
    let output = control_plane
        .kubectl(&second)
        .unwrap()
        .args(["get", "pods", "--namespace", "default", "--as", "alice"])
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && error.contains("User \"alice\" cannot list"), "{error}");
    let request = eventually("alice in the audit log", Duration::from_secs(5), async || {
        let requests = control_plane.requests()?;
        Ok(requests.into_iter().find(|r| r.verb == "list" && r.user == "operator"))
    })
    .await
    .unwrap();
    assert_eq!((request.impersonated_user.as_deref(), request.code), (Some("alice"), 403));
    assert!(request.user_agent.starts_with("kubectl/"), "{}", request.user_agent);
}

#[tokio::test]
async fn a_deployment_runs_on_a_node_that_kwok_plays() {
    let test = "a Deployment on a kwok node";
    let options = Options { service_account_admission: true, ..Options::cluster() };
    let Some(control_plane) = started(test, options) else { return };
    let begin = Instant::now();
    let admin = control_plane.client(control_plane.admin()).unwrap();
    create_namespace(&admin, "shop").await;
    create_node(&admin, "node-1").await;
    let labels = json!({"app": "web"});
    let template = json!({"metadata": {"labels": labels},
        "spec": {"containers": [{"name": "web", "image": "example.org/web:1"}]}});
    let spec = json!({"replicas": 2, "selector": {"matchLabels": labels}, "template": template});
    let deployments: Api<Deployment> = Api::namespaced(admin.clone(), "shop");
    create(&deployments, json!({"metadata": {"name": "web"}, "spec": spec})).await;

    eventually("two ready replicas", Duration::from_secs(60), async || {
        let deployment = deployments.get("web").await?;
        let ready = deployment.status.and_then(|status| status.ready_replicas);
        Ok((ready == Some(2)).then_some(()))
    })
    .await
    .unwrap();
    println!("{test}: two replicas ready after {:.1?}", begin.elapsed());

    let pods: Api<Pod> = Api::namespaced(admin.clone(), "shop");
    for pod in pods.list(&ListParams::default()).await.unwrap() {
        assert_eq!(pod.spec.unwrap().node_name.as_deref(), Some("node-1"));
        assert_eq!(pod.status.unwrap().phase.as_deref(), Some("Running"));
    }
}

#[test]
fn a_server_that_does_not_start_says_why() {
    if Binaries::find().is_err() {
        // the other tests say so, or fail where it must be here
        return;
    }
    let apiserver_arguments = vec!["--no-such-flag".to_string()];
    let outcome = ControlPlane::start(Options { apiserver_arguments, ..Options::default() });
    let error = outcome.map(drop).unwrap_err().to_string();
    assert!(
        error.contains("kube-apiserver ended") && error.contains("unknown flag: --no-such-flag"),
        "{error}"
    );
}
