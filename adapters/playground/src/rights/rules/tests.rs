//! Who may do what, as a table.

use serde_json::json;

use super::*;
use crate::rights::defaults;

fn store() -> Store {
    let store = Store::default();
    let more = [
        json!({"kind": "ClusterRole", "metadata": {"name": "kubelets"},
            "rules": [{"apiGroups": ["podwhy.dev"], "resources": ["nodes/kubelet"], "verbs": ["restart"]}]}),
        json!({"kind": "ClusterRole", "metadata": {"name": "scaler"},
            "rules": [{"apiGroups": ["*"], "resources": ["*/scale"], "verbs": ["update"]}]}),
        json!({"kind": "Role", "metadata": {"name": "one-pod", "namespace": "shop"},
            "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["delete"], "resourceNames": ["web-1"]}]}),
        json!({"kind": "ClusterRoleBinding", "metadata": {"name": "kubelets"},
            "roleRef": {"kind": "ClusterRole", "name": "kubelets"}, "subjects": [{"kind": "User", "name": "jane"}]}),
        json!({"kind": "RoleBinding", "metadata": {"name": "bot", "namespace": "shop"},
            "roleRef": {"kind": "ClusterRole", "name": "scaler"},
            "subjects": [{"kind": "ServiceAccount", "name": "bot"}, {"kind": "ServiceAccount", "name": "bot", "namespace": "ops"}]}),
        json!({"kind": "RoleBinding", "metadata": {"name": "one", "namespace": "shop"},
            "roleRef": {"kind": "Role", "name": "one-pod"}, "subjects": [{"kind": "User", "name": "jane"}]}),
        json!({"kind": "RoleBinding", "metadata": {"name": "broken", "namespace": "lost"},
            "roleRef": {"kind": "Role", "name": "gone"}, "subjects": [{"kind": "User", "name": "jane"}]}),
    ];
    let more = more.into_iter().map(|mut object| {
        object["apiVersion"] = json!("rbac.authorization.k8s.io/v1");
        object
    });
    for object in defaults().unwrap().into_iter().chain(more) {
        store.put(object).unwrap();
    }
    store
}

/// `jane`, or a group with an `@` before it.
fn user(who: &str) -> User {
    match who.strip_prefix('@') {
        Some(group) => User { name: "somebody".to_string(), groups: vec![group.to_string()] },
        None => User { name: who.to_string(), groups: vec!["system:authenticated".to_string()] },
    }
}

/// `delete pods/eviction.apps shop/web-1`, or `get /healthz`.
fn wanted(text: &str) -> Attributes {
    let mut words = text.split(' ');
    let (verb, what) = (words.next().unwrap().to_string(), words.next().unwrap());
    if what.starts_with('/') {
        return Attributes { verb, path: Some(what.to_string()), ..Attributes::default() };
    }
    let (what, group) = what.split_once(':').unwrap_or((what, ""));
    let (resource, sub) = what.split_once('/').unwrap_or((what, ""));
    let (namespace, name) = words.next().and_then(|place| place.split_once('/')).unwrap_or_default();
    let [group, resource, sub, namespace, name] = [group, resource, sub, namespace, name].map(str::to_string);
    Attributes { verb, group, resource, sub, namespace, name, path: None }
}

#[test]
fn rbac_allows_what_it_allows_on_a_real_server() {
    let store = store();
    for (who, what, allowed) in [
        ("@podwhy:viewers", "get pods shop/web-1", true),
        ("@podwhy:viewers", "list deployments:apps shop/", true),
        ("@podwhy:viewers", "get pods/log shop/web-1", true),
        ("@podwhy:viewers", "get secrets shop/x", false),
        ("@podwhy:viewers", "delete pods shop/web-1", false),
        ("@podwhy:viewers", "create pods/eviction shop/web-1", false),
        ("@podwhy:viewers", "patch deployments:apps shop/web", false),
        ("@podwhy:viewers", "get nodes", false),
        ("@podwhy:editors", "create pods/eviction shop/web-1", true),
        ("@podwhy:editors", "delete pods shop/web-1", true),
        ("@podwhy:editors", "patch deployments:apps shop/web", true),
        ("@podwhy:editors", "patch statefulsets:apps shop/db", true),
        ("@podwhy:editors", "patch daemonsets:apps shop/agent", true),
        ("@podwhy:editors", "patch deployments: shop/web", false),
        ("@podwhy:editors", "patch nodes /n1", false),
        ("@podwhy:editors", "restart nodes/kubelet:podwhy.dev /n1", false),
        ("@podwhy:editors", "get roles:rbac.authorization.k8s.io shop/x", false),
        ("@podwhy:admins", "patch nodes /n1", true),
        ("@podwhy:admins", "restart nodes/kubelet:podwhy.dev /n1", true),
        ("@podwhy:admins", "get /metrics", true),
        ("@system:masters", "delete anything:any.group a/b", true),
        ("@system:authenticated", "get /api/v1", true),
        ("@system:authenticated", "get /metrics", false),
        ("@system:authenticated", "create selfsubjectaccessreviews:authorization.k8s.io", true),
        ("@system:authenticated", "create subjectaccessreviews:authorization.k8s.io", false),
        ("@system:unauthenticated", "get /healthz", true),
        ("@system:unauthenticated", "get /api/v1", false),
        ("jane", "restart nodes/kubelet:podwhy.dev /n1", true),
        ("jane", "restart nodes:podwhy.dev /n1", false),
        ("jane", "restart nodes/kubelet /n1", false),
        ("jane", "delete pods shop/web-1", true),
        ("jane", "delete pods shop/web-2", false),
        ("jane", "delete pods other/web-1", false),
        ("jane", "deletecollection pods shop/", false),
        ("podwhy:viewers", "get pods shop/web-1", false),
        ("system:serviceaccount:shop:bot", "update deployments/scale:apps shop/web", true),
        ("system:serviceaccount:ops:bot", "update statefulsets/scale:apps shop/db", true),
        ("system:serviceaccount:ops:bot", "update deployments:apps shop/web", false),
        ("system:serviceaccount:ops:bot", "update deployments/scale:apps ops/web", false),
        ("system:serviceaccount:other:bot", "update deployments/scale:apps shop/web", false),
    ] {
        assert_eq!(decide(&store, &user(who), &wanted(what)).allowed, allowed, "{who}: {what}");
    }
}

#[test]
fn a_reason_is_worded_as_on_a_real_server() {
    let store = store();
    for (who, what, reason) in [
        (
            "jane",
            "restart nodes/kubelet:podwhy.dev /n1",
            "RBAC: allowed by ClusterRoleBinding \"kubelets\" of ClusterRole \"kubelets\" to User \"jane\"",
        ),
        (
            "jane",
            "delete pods shop/web-1",
            "RBAC: allowed by RoleBinding \"one/shop\" of Role \"one-pod\" to User \"jane\"",
        ),
        (
            "@podwhy:editors",
            "delete pods shop/web-1",
            "RBAC: allowed by ClusterRoleBinding \"podwhy:editors\" of ClusterRole \"edit\" to Group \"podwhy:editors\"",
        ),
        (
            "system:serviceaccount:shop:bot",
            "update deployments/scale:apps shop/web",
            "RBAC: allowed by RoleBinding \"bot/shop\" of ClusterRole \"scaler\" to ServiceAccount \"bot/shop\"",
        ),
        ("@system:masters", "get nodes", ""),
        ("jane", "get nodes", ""),
        ("jane", "get pods lost/x", "RBAC: role.rbac.authorization.k8s.io \"gone\" not found"),
    ] {
        assert_eq!(decide(&store, &user(who), &wanted(what)).reason, reason, "{who}: {what}");
    }
}
