//! Who may do what, by impersonation and by reviews.

use serde_json::{Value, json};

use super::{Cluster, MERGE, node, pod};

const JANE: (&str, &str) = ("Impersonate-User", "jane");

fn group(name: &str) -> [(&str, &str); 2] {
    [JANE, ("Impersonate-Group", name)]
}

#[tokio::test]
async fn people_do_what_their_group_may() {
    let cluster = Cluster::with([node("n1", "True"), pod("web-1")]).await;
    let one = "/api/v1/namespaces/shop/pods/web-1";
    let patch = [MERGE];
    for (who, method, path, code) in [
        ("podwhy:viewers", "GET", one, 200),
        ("podwhy:viewers", "GET", "/api/v1/pods", 200),
        ("podwhy:viewers", "DELETE", one, 403),
        ("podwhy:viewers", "GET", "/api/v1/nodes", 403),
        ("podwhy:viewers", "GET", "/apis", 200),
        ("podwhy:viewers", "GET", "/metrics", 403),
        // whether there is such a thing is not told to whoever may not ask
        ("podwhy:viewers", "GET", "/api/v1/namespaces/shop/widgets/x", 403),
        ("podwhy:editors", "DELETE", "/api/v1/namespaces/shop/pods", 405),
        ("podwhy:editors", "PATCH", one, 200),
        ("podwhy:editors", "PATCH", "/api/v1/nodes/n1", 403),
        ("podwhy:admins", "PATCH", "/api/v1/nodes/n1", 200),
        ("system:masters", "GET", "/api/v1/namespaces/shop/widgets/x", 404),
        ("nobody", "GET", one, 403),
    ] {
        let headers: Vec<_> = group(who).into_iter().chain(patch).collect();
        let (got, told) = cluster.ask(method, path, &headers, json!({})).await;
        assert_eq!(got, code, "{who} {method} {path}: {told}");
    }
    assert_eq!(
        cluster.ask("PATCH", "/api/v1/nodes/n1", &[MERGE], json!({})).await.0,
        200,
        "the owner may all"
    );
}

#[tokio::test]
async fn a_refusal_has_the_servers_words() {
    let cluster = Cluster::with([]).await;
    let (code, told) = cluster.ask("DELETE", "/api/v1/namespaces/shop/pods/x", &[JANE], Value::Null).await;
    assert_eq!(code, 403);
    assert_eq!(
        told,
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden", "code": 403,
            "message": "pods \"x\" is forbidden: User \"jane\" cannot delete resource \"pods\" in API group \"\" in the namespace \"shop\"",
            "details": {"name": "x", "kind": "pods"}})
    );
    let path = "/apis/apps/v1/deployments";
    let (_, told) = cluster.ask("GET", path, &[JANE], Value::Null).await;
    assert_eq!(
        told["message"],
        "deployments.apps is forbidden: User \"jane\" cannot list resource \"deployments\" in API group \"apps\" at the cluster scope"
    );
    let (_, told) = cluster.ask("GET", "/metrics", &[JANE], Value::Null).await;
    assert_eq!(told["message"], "forbidden: User \"jane\" cannot get path \"/metrics\"");
    let (code, _) = cluster.ask("GET", path, &[("Impersonate-Group", "podwhy:admins")], Value::Null).await;
    assert_eq!(code, 400, "a group without a user");
}

#[tokio::test]
async fn a_review_says_what_a_request_would_be_told() {
    let cluster = Cluster::with([]).await;
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let review = |spec: Value| json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec});
    let wanted = json!({"verb": "create", "resource": "pods", "subresource": "eviction", "namespace": "shop", "name": "x"});
    for (groups, status) in [
        (json!(["podwhy:viewers"]), json!({"allowed": false})),
        (
            json!(["podwhy:editors"]),
            json!({"allowed": true,
            "reason": "RBAC: allowed by ClusterRoleBinding \"podwhy:editors\" of ClusterRole \"edit\" to Group \"podwhy:editors\""}),
        ),
    ] {
        let spec = json!({"user": "jane", "groups": groups, "resourceAttributes": wanted});
        let (code, told) = cluster.ask("POST", path, &[], review(spec.clone())).await;
        assert_eq!((code, &told["status"], &told["spec"]), (201, &status, &spec));
    }
    let (code, told) = cluster.ask("POST", path, &[], review(json!({"resourceAttributes": wanted}))).await;
    assert_eq!((code, &told["details"]["causes"][0]["field"]), (422, &json!("spec.user")), "{told}");
    let (code, told) = cluster.ask("POST", path, &[], review(json!({"user": "jane"}))).await;
    assert_eq!((code, &told["details"]["causes"][0]["field"]), (422, &json!("spec.resourceAttributes")));
    assert_eq!(cluster.ask("POST", path, &group("podwhy:editors"), review(json!({}))).await.0, 403);
    assert_eq!(cluster.get(path).await.0, 405);
}

#[tokio::test]
async fn everybody_may_ask_about_themselves() {
    let cluster = Cluster::with([]).await;
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let review = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"nonResourceAttributes": {"verb": "get", "path": "/metrics"}}});
    for (headers, allowed) in [
        (&[][..], true),
        (&[JANE][..], false),
        (&group("podwhy:admins")[..], true),
        (&group("podwhy:viewers")[..], false),
    ] {
        let (code, told) = cluster.ask("POST", path, headers, review.clone()).await;
        assert_eq!((code, &told["status"]["allowed"]), (201, &json!(allowed)), "{headers:?}: {told}");
    }
    let nobody = [("Impersonate-User", "system:anonymous")];
    assert_eq!(cluster.ask("POST", path, &nobody, review).await.0, 403);
}
