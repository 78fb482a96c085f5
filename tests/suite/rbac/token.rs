//! What podwhy's token is worth: who is configured, and nobody else.

use http::{Method, Request};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::{Config, KubeConfigOptions, Kubeconfig};
use podwhy_flow::act::record::Target;
use podwhy_flow::ports::{Claims, ClusterWrite, Ledger, Remediations};
use podwhy_kubernetes::{IncidentLedger, LeaseClaims, RemediationLedger};
use podwhy_tests::control_plane::eventually;
use serde_json::{Value, json};

use super::{NAMESPACE, PATIENCE, PODWHY, Site, person};
use crate::remediations::offer;

const REVIEW: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";

async fn client(site: &Site) -> kube::Client {
    let kubeconfig = Kubeconfig::read_from(&site.kubeconfig).unwrap();
    let mut config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await.unwrap();
    config.default_retry = false;
    config.try_into().unwrap()
}

async fn send(
    client: &kube::Client,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value) {
    let mut request = Request::builder().method(method).uri(path);
    let content = if method == Method::PATCH { "application/merge-patch+json" } else { "application/json" };
    request = request.header(http::header::CONTENT_TYPE, content);
    for (name, value) in headers {
        request = request.header(*name, value.as_bytes());
    }
    let request = request.body(Body::from(body.to_string().into_bytes())).unwrap();
    let response = client.send(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_worth_who_is_configured_and_nobody_else() {
    let people = person(1, "ann@example.com", &["sre"]) + &person(2, "小明@example.com", &["运维"]);
    let Some(site) = Site::of("what the token is worth", &people).await else { return };
    let client = client(&site).await;
    let who = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let (user, group) = ("Impersonate-User", "Impersonate-Group");
    eventually("podwhy is let be ann", PATIENCE, async || {
        let (status, _) = send(&client, &Method::POST, REVIEW, &[(user, "ann@example.com")], &who).await;
        Ok((status == 201).then_some(()))
    })
    .await
    .unwrap();
    for (headers, wanted) in [
        (vec![(user, "ann@example.com"), (group, "sre")], 201),
        (vec![(user, "小明@example.com"), (group, "运维")], 201),
        // the union: anybody in any of the groups
        (vec![(user, "ann@example.com"), (group, "运维"), (group, "sre")], 201),
        (vec![(user, "ann@example.com"), (group, "system:masters")], 403),
        (vec![(user, "ann@example.com"), (group, "sre"), (group, "system:masters")], 403),
        (vec![(user, "ann@example.com"), (group, "dev")], 403),
        // a user is no group, and a group no user
        (vec![(user, "ann@example.com"), (group, "ann@example.com")], 403),
        (vec![(user, "sre")], 403),
        (vec![(user, "bob@example.com")], 403),
        (vec![(user, "bob@example.com"), (group, "sre")], 403),
        (vec![(user, "ann@example.com.evil.example")], 403),
        (vec![(user, "admin")], 403),
        (vec![(user, "system:admin")], 403),
        (vec![(user, "system:kube-controller-manager")], 403),
        (vec![(user, "system:serviceaccount:kube-system:namespace-controller")], 403),
        (vec![(user, "system:serviceaccount:podwhy:podwhy")], 403),
        (vec![(user, "system:node:n1")], 403),
        (vec![(user, "ann@example.com"), ("Impersonate-Uid", "u-1")], 403),
        (vec![(user, "ann@example.com"), ("Impersonate-Extra-scopes", "everything")], 403),
    ] {
        let (status, answer) = send(&client, &Method::POST, REVIEW, &headers, &who).await;
        assert_eq!(status, wanted, "{headers:?}: {answer}");
        if wanted == 201 {
            assert_eq!(answer["status"]["userInfo"]["username"], headers[0].1, "{answer}");
        }
    }
    by_itself(&client).await;
}

/// Nothing that a button does, and nothing that would give it more.
async fn by_itself(client: &kube::Client) {
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    for (method, path) in [
        (Method::DELETE, "/api/v1/namespaces/shop/pods/web-a".to_string()),
        (Method::POST, "/api/v1/namespaces/shop/pods/web-a/eviction".to_string()),
        (Method::PATCH, "/api/v1/nodes/n1".to_string()),
        (Method::DELETE, "/api/v1/nodes/n1".to_string()),
        (Method::PATCH, "/apis/apps/v1/namespaces/shop/deployments/web".to_string()),
        (Method::GET, "/api/v1/namespaces/shop/secrets".to_string()),
        (Method::GET, "/api/v1/namespaces/podwhy/secrets".to_string()),
        (Method::POST, "/api/v1/namespaces/podwhy/pods".to_string()),
        (Method::POST, "/api/v1/namespaces/podwhy/serviceaccounts/podwhy/token".to_string()),
        (Method::POST, "/apis/podwhy.dev/v1alpha1/namespaces/shop/remediations".to_string()),
        (Method::PATCH, format!("{rbac}/clusterroles/podwhy-act")),
        (Method::POST, format!("{rbac}/clusterrolebindings")),
        (Method::POST, format!("{rbac}/namespaces/podwhy/rolebindings")),
    ] {
        let (status, answer) = send(client, &method, &path, &[], &json!({})).await;
        assert_eq!(status, 403, "{method} {path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_enough_for_all_that_podwhy_does_itself() {
    let Some(site) = Site::of("what podwhy does itself", &person(1, "ann@example.com", &[])).await else {
        return;
    };
    let definitions =
        ["deploy/crds/remediations.yaml", "deploy/crds/incidents.yaml", "deploy/policies/remediations.yaml"];
    site.control_plane.install(&definitions, &["remediations", "incidents"]).unwrap();
    site.may_review().await;
    let ledger = RemediationLedger::new(&site.bot, NAMESPACE, "podwhy-0");
    let made = ledger.create(&offer("a")).await.unwrap();
    let saved = ledger.save(&made).await.unwrap();
    assert_eq!(ledger.all().await.unwrap(), [saved]);
    eventually("its step is told as an event", PATIENCE, async || {
        Ok(site.kubectl(&["get", "events.events.k8s.io", "-n", NAMESPACE]).contains("Offered").then_some(()))
    })
    .await
    .unwrap();
    // one that is offered for an incident looks it up: it goes with it
    let mut for_one = offer("b");
    for_one.spec.incident = Some("none".to_string());
    ledger.create(&for_one).await.unwrap();
    podwhy_tests::rights::used(&site.control_plane, PODWHY, "get podwhy.dev/incidents");
    ledger.remove("a").await.unwrap();
    let incidents = IncidentLedger::new(&site.bot, NAMESPACE);
    assert_eq!(incidents.all().await.unwrap(), []);
    assert_eq!(LeaseClaims::new(&site.bot, NAMESPACE, "podwhy-0").claim("a question").await, Ok(true));
    for kind in ["Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Node"] {
        let namespace = if kind == "Node" { "" } else { "shop" };
        let [kind, namespace, name, uid] = [kind, namespace, "none", ""].map(str::to_string);
        let target = Target { kind, namespace, name, uid };
        assert_eq!(site.bot.look(&target).await, Ok(None), "{target:?}");
    }
}
