//! What whoever has the token of one node's agent can do: nothing to other nodes.

use http::Request;
use kube::Client;
use podwhy_node_agent::orders::Desk;
use serde_json::{Value, json};

use super::{NAMESPACE, Site, client, cluster};

pub(super) const OWN: &str = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy";
pub(super) const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/podwhy/leases";
pub(super) const EVENTS: &str = "/apis/events.k8s.io/v1/namespaces/podwhy/events";

/// The status of an answer.
pub(super) async fn send(client: &Client, method: &str, path: &str, body: Option<&Value>) -> u16 {
    let content = match (method, body) {
        ("PATCH", Some(Value::Array(_))) => "application/json-patch+json",
        ("PATCH", _) => "application/merge-patch+json",
        _ => "application/json",
    };
    let request = Request::builder().method(method).uri(path).header("content-type", content);
    let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
    match client.request::<Value>(request.body(body).unwrap()).await {
        Ok(_) => 200,
        Err(kube::Error::Api(status)) => status.code,
        Err(other) => panic!("{method} {path}: {other}"),
    }
}

/// What, by whom, a request with its body, and how it is answered.
type Case<'c> = (&'c str, &'c Client, &'c str, String, Option<Value>, u16);

pub(super) fn report(name: &str) -> Value {
    json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeReport", "metadata": {"name": name}, "spec": {"nodeUid": "u"}})
}

pub(super) fn lease(name: &str, labels: Value) -> Value {
    json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": name, "labels": labels},
        "spec": {"holderIdentity": name, "leaseDurationSeconds": 40}})
}

pub(super) fn ticket(name: &str, node: &str) -> Value {
    json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeTicket", "metadata": {"name": name}, "spec": {
        "node": node, "nodeUid": "u", "action": "restart-kubelet", "remediation": "r", "remediationUid": name,
        "issuedAt": "2026-05-04T09:00:00Z", "expiresAt": "2026-05-04T09:01:00Z", "key": "k", "signature": "s"}})
}

pub(super) fn event(node: &str, kind: &str) -> Value {
    json!({"apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": {"generateName": "t-"},
        "eventTime": "2026-05-04T09:00:00.000000Z", "type": "Warning", "reason": "Forged", "action": "Refuse", "note": "n",
        "reportingController": "podwhy.dev/agent", "reportingInstance": node,
        "regarding": {"apiVersion": "podwhy.dev/v1alpha1", "kind": kind, "namespace": NAMESPACE, "name": "t1"}})
}

pub(super) fn status(phase: &str) -> Value {
    json!({"status": {"phase": phase, "at": "2026-05-04T09:00:30Z"}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stolen_token_of_an_agent_is_worth_its_own_node() {
    let Some(site) = Site::new("what a stolen token of an agent can do").await else { return };
    for node in ["worker-1", "worker-2"] {
        site.node(node).await;
    }
    let (one, two) = (site.agent("worker-1").await, site.agent("worker-2").await);
    let (bot, admin) = (client(&site.bot).await, client(site.control_plane.admin_kubeconfig()).await);
    let grants = json!([{"apiGroups": ["podwhy.dev"], "resources": ["nodetickets", "nodereports"], "verbs": ["create", "delete"]}]);
    site.server.grant(NAMESPACE, "system:serviceaccount:podwhy:podwhy", &grants).await.unwrap();
    site.holds(&one).await;
    let labelled = || json!({"podwhy.dev/agent": "true"});
    let leader = lease("podwhy-old", json!({}));
    let renewed = json!({"spec": {"renewTime": "2026-05-04T09:00:00.000000Z"}});
    let (reports, tickets) = (format!("{OWN}/nodereports"), format!("{OWN}/nodetickets"));
    let steps = json!([{"op": "replace", "path": "/spec", "value": {"nodeUid": "u", "kernel": "6"}}]);
    let others = json!([{"op": "replace", "path": "/spec/kernel", "value": "7"}]);
    let of = |path: &str, name: &str| format!("{path}/{name}");
    let (t1, t2) = (of(&tickets, "t1/status"), of(&tickets, "t2/status"));
    let cases: Vec<Case<'_>> = vec![
        ("its own report", &one, "POST", reports.clone(), Some(report("worker-1")), 200),
        ("its own report again", &one, "PATCH", of(&reports, "worker-1"), Some(steps.clone()), 200),
        ("another's report", &one, "POST", reports.clone(), Some(report("worker-2")), 403),
        ("the other's own", &two, "POST", reports.clone(), Some(report("worker-2")), 200),
        ("another's report, changed", &one, "PATCH", of(&reports, "worker-2"), Some(steps), 403),
        ("a report, by an administrator", &admin, "PATCH", of(&reports, "worker-1"), Some(others), 403),
        ("a report, by podwhy", &bot, "POST", reports.clone(), Some(report("worker-9")), 403),
        ("its own Lease", &one, "POST", LEASES.into(), Some(lease("worker-1", labelled())), 200),
        ("its own Lease, renewed", &one, "PATCH", of(LEASES, "worker-1"), Some(renewed.clone()), 200),
        ("its own without the mark", &two, "POST", LEASES.into(), Some(lease("worker-2", json!({}))), 403),
        ("another's Lease", &one, "POST", LEASES.into(), Some(lease("worker-2", labelled())), 403),
        ("the leader's Lease", &admin, "POST", LEASES.into(), Some(leader), 200),
        ("the leader's Lease, taken", &one, "PATCH", of(LEASES, "podwhy-old"), Some(renewed), 403),
        ("a ticket, by podwhy", &bot, "POST", tickets.clone(), Some(ticket("t1", "worker-1")), 200),
        ("a ticket for the other", &bot, "POST", tickets.clone(), Some(ticket("t2", "worker-2")), 200),
        ("a ticket, by an agent", &one, "POST", tickets.clone(), Some(ticket("t3", "worker-2")), 403),
        (
            "a ticket, by an administrator",
            &admin,
            "POST",
            tickets.clone(),
            Some(ticket("t3", "worker-2")),
            403,
        ),
        ("what came of another's", &one, "PATCH", t2, Some(status("Begun")), 403),
        ("what came of its own", &one, "PATCH", t1.clone(), Some(status("Begun")), 200),
        ("the same, by an administrator", &admin, "PATCH", t1.clone(), Some(status("Done")), 403),
        ("its end", &one, "PATCH", t1.clone(), Some(status("Done")), 200),
        ("another end", &one, "PATCH", t1, Some(status("Failed")), 422),
        (
            "a ticket's words",
            &admin,
            "PATCH",
            of(&tickets, "t2"),
            Some(json!({"spec": {"node": "worker-1"}})),
            422,
        ),
        ("a ticket, taken away", &one, "DELETE", of(&tickets, "t2"), None, 403),
        ("an event of its own", &one, "POST", EVENTS.into(), Some(event("worker-1", "NodeTicket")), 200),
        (
            "an event in another's name",
            &one,
            "POST",
            EVENTS.into(),
            Some(event("worker-2", "NodeTicket")),
            403,
        ),
        ("an event of a Pod", &one, "POST", EVENTS.into(), Some(event("worker-1", "Pod")), 403),
        ("Secrets", &one, "GET", "/api/v1/namespaces/podwhy/secrets".into(), None, 403),
        ("pods", &one, "GET", "/api/v1/namespaces/podwhy/pods".into(), None, 403),
        ("Remediations", &one, "GET", of(OWN, "remediations"), None, 403),
        ("nodes", &one, "GET", "/api/v1/nodes".into(), None, 200),
        (
            "a node's labels",
            &one,
            "PATCH",
            "/api/v1/nodes/worker-2".into(),
            Some(json!({"metadata": {"labels": {"a": "b"}}})),
            403,
        ),
    ];
    let mut wrong = Vec::new();
    for (what, who, method, path, body, wanted) in cases {
        let answered = send(who, method, &path, body.as_ref()).await;
        if answered != wanted {
            wrong.push(format!("{what}: {method} {path} was answered {answered} instead of {wanted}"));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_of_an_agent_is_one_that_it_may_make() {
    let Some(site) = Site::new("an agent's own requests").await else { return };
    let uid = site.node("worker-1").await["metadata"]["uid"].as_str().unwrap().to_string();
    let agent = site.agent("worker-1").await;
    site.holds(&agent).await;
    let cluster = cluster(agent, "worker-1");
    let now = jiff::Timestamp::now();
    assert_eq!(cluster.own().await.unwrap().uid, uid);
    for _ in 0..2 {
        cluster.beat(now).await.unwrap();
        cluster
            .report(&podwhy_api::report::Report { node_uid: uid.clone(), ..Default::default() })
            .await
            .unwrap();
    }
    assert_eq!(cluster.reported().await.unwrap().unwrap().node_uid, uid);
    assert_eq!(cluster.neighbours().await.unwrap(), Vec::<String>::new());
    site.node("worker-2").await;
    assert_eq!(cluster.neighbours().await.unwrap(), ["worker-2"]);
    let grants = json!([{"apiGroups": ["podwhy.dev"], "resources": ["nodetickets"], "verbs": ["create"]}]);
    site.server.grant(NAMESPACE, "system:serviceaccount:podwhy:podwhy", &grants).await.unwrap();
    let bot = client(&site.bot).await;
    assert_eq!(send(&bot, "POST", &format!("{OWN}/nodetickets"), Some(&ticket("t1", "worker-1"))).await, 200);
    let mut tickets = std::pin::pin!(cluster.watch());
    let told = futures::StreamExt::next(&mut tickets).await.unwrap();
    assert_eq!(told.spec["node"], "worker-1");
    cluster.refused(&told.name, &told.uid, &podwhy_api::ticket::Refusal::Forged).await;
    let ended: podwhy_api::ticket::Status =
        serde_json::from_value(status("Refused")["status"].clone()).unwrap();
    cluster.tell(&told.name, &told.uid, Some(&told.version), &ended).await.unwrap();
    let again = cluster.tell(&told.name, &told.uid, Some(&told.version), &ended).await;
    assert!(matches!(again, Err(podwhy_node_agent::orders::TellError::Never(_))), "{again:?}");
    let (_, events) = site.control_plane.say(&["get", "events.events.k8s.io", "-n", NAMESPACE]).unwrap();
    assert!(events.contains("Forged") && events.contains("nodeticket/t1"), "{events}");
}
