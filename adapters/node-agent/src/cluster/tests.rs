//! What is asked of an API server, and what its answers mean. It is played here; tests/suite has a real one.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use http::{Request, Response};
use jiff::Timestamp;
use kube::Client;
use kube::client::Body;
use podwhy_api::report::Report;
use podwhy_api::ticket::{Phase, Refusal, Status};
use serde_json::{Value, json};
use tower::service_fn;

use super::{ApiError, Cluster};
use crate::numbers::Numbers;
use crate::orders::{Desk, TellError};

#[derive(Clone, Debug, PartialEq)]
struct Asked {
    line: String,
    content: String,
    accept: String,
    body: Value,
}

/// An API server that gives these answers, one after another, and then none.
#[derive(Clone, Default)]
struct Server {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    fn with(answers: impl IntoIterator<Item = (u16, Value)>) -> (Cluster, Server) {
        let server = Server::default();
        server.answers.lock().unwrap().extend(answers);
        let own = server.clone();
        let service = service_fn(move |request| own.clone().answer(request));
        let client = Client::new(service, "podwhy");
        (Cluster::new(client, "worker-3", "podwhy", Numbers::default()), server)
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>, std::io::Error> {
        let (head, body) = request.into_parts();
        let text = |name: &str| {
            head.headers.get(name).map_or(String::new(), |value| value.to_str().unwrap().to_string())
        };
        let bytes = body.collect_bytes().await.unwrap();
        self.asked.lock().unwrap().push(Asked {
            line: format!("{} {}", head.method, head.uri.path_and_query().unwrap()),
            content: text("content-type"),
            accept: text("accept"),
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
        });
        let answer = self.answers.lock().unwrap().pop_front();
        match answer {
            Some((code, body)) => {
                Ok(Response::builder().status(code).body(Body::from(body.to_string().into_bytes())).unwrap())
            }
            None => std::future::pending().await,
        }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }
}

fn no(code: u16, message: &str) -> (u16, Value) {
    let reason = if code == 404 { "NotFound" } else { "" };
    (code, json!({"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}))
}

fn yes() -> (u16, Value) {
    (200, json!({}))
}

fn now() -> Timestamp {
    "2026-05-04T09:00:30.5Z".parse().unwrap()
}

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/podwhy/leases";
const REPORTS: &str = "/apis/podwhy.dev/v1alpha1/namespaces/podwhy/nodereports";

#[tokio::test]
async fn a_beat_renews_the_lease_and_makes_it_where_there_is_none() {
    let (cluster, server) = Server::with([yes(), no(404, "not found"), yes(), no(500, "etcd")]);
    cluster.beat(now()).await.unwrap();
    cluster.beat(now()).await.unwrap();
    assert_eq!(cluster.beat(now()).await, Err(ApiError::Unclear("etcd".into())), "and makes none then");
    let patch = format!("PATCH {LEASES}/worker-3");
    assert_eq!(server.lines(), [patch.as_str(), &patch, &format!("POST {LEASES}"), &patch]);
    let asked = server.asked();
    assert_eq!(asked[0].content, "application/merge-patch+json");
    assert_eq!(asked[0].body["spec"]["renewTime"], "2026-05-04T09:00:30.500000Z");
    let made = &asked[2].body;
    assert_eq!((&made["metadata"]["name"], &made["spec"]), (&json!("worker-3"), &asked[1].body["spec"]));
    assert_eq!(made["metadata"]["labels"], json!({"podwhy.dev/agent": "true"}));
}

#[tokio::test]
async fn a_report_stands_in_the_place_of_the_one_before_or_is_made() {
    let report = Report { kernel: "6.1".into(), ..Report::default() };
    let (cluster, server) = Server::with([yes(), no(404, "not found"), yes(), no(403, "not yours")]);
    cluster.report(&report).await.unwrap();
    cluster.report(&report).await.unwrap();
    assert_eq!(cluster.report(&report).await, Err(ApiError::Refused("not yours".into())));
    let patch = format!("PATCH {REPORTS}/worker-3");
    assert_eq!(server.lines(), [patch.as_str(), &patch, &format!("POST {REPORTS}"), &patch]);
    let asked = server.asked();
    assert_eq!(asked[0].content, "application/json-patch+json");
    let replaced = json!([{"op": "add", "path": "/spec", "value": report}]);
    assert_eq!(asked[0].body, replaced, "as a whole: nothing of the one before stays");
    let made = &asked[2].body;
    assert_eq!((&made["kind"], &made["spec"]), (&json!("NodeReport"), &json!(report)));
}

#[tokio::test]
async fn what_an_earlier_run_reported_is_read_where_it_can_be() {
    let kept = Report { kernel: "6.1".into(), ..Report::default() };
    let object = json!({"metadata": {"name": "worker-3"}, "spec": kept});
    let strange = json!({"spec": {"units": 7}});
    let (cluster, _) = Server::with([(200, object), no(404, "none"), (200, strange), no(503, "away")]);
    assert_eq!(cluster.reported().await.unwrap(), Some(kept));
    assert_eq!(cluster.reported().await.unwrap(), None);
    assert_eq!(cluster.reported().await.unwrap(), None);
    assert_eq!(cluster.reported().await, Err(ApiError::Unclear("away".into())));
}

fn status() -> Status {
    Status {
        phase: Phase::Begun,
        reason: String::new(),
        message: String::new(),
        at: now(),
        before: None,
        after: None,
        lines: Vec::new(),
    }
}

#[tokio::test]
async fn what_is_told_of_a_ticket_is_of_this_object_and_nothing_of_before_stays() {
    let (cluster, server) = Server::with([yes(), yes()]);
    cluster.tell("ticket-r-1", "u-1", Some("7"), &status()).await.unwrap();
    let ended = Status { phase: Phase::Failed, lines: vec!["no such file".into()], ..status() };
    cluster.tell("ticket-r-1", "u-1", None, &ended).await.unwrap();
    let line = "PATCH /apis/podwhy.dev/v1alpha1/namespaces/podwhy/nodetickets/ticket-r-1/status";
    assert_eq!(server.lines(), [line, line]);
    let asked = server.asked();
    assert_eq!(asked[0].content, "application/merge-patch+json");
    assert_eq!(asked[0].body["metadata"], json!({"uid": "u-1", "resourceVersion": "7"}));
    let at = now();
    let nulls = json!({"phase": "Begun", "at": at, "reason": null, "message": null, "before": null,
        "after": null, "lines": null});
    assert_eq!(asked[0].body["status"], nulls);
    assert_eq!(
        asked[1].body["metadata"],
        json!({"uid": "u-1"}),
        "an end is told whatever was written meanwhile"
    );
    assert_eq!(asked[1].body["status"]["lines"], json!(["no such file"]));
}

#[tokio::test(start_paused = true)]
async fn an_answer_says_that_it_was_not_done_or_it_says_nothing() {
    for (answer, never) in [
        (no(404, "gone"), Some("there is none")),
        (no(409, "it has another version"), Some("it was changed meanwhile")),
        (no(403, "this token names no node"), Some("this token names no node")),
        (no(422, "it cannot be so"), Some("it cannot be so")),
        (no(401, "expired"), None),
        (no(429, "later"), None),
        (no(500, "etcd"), None),
        (no(504, "timeout"), None),
    ] {
        let (cluster, server) = Server::with([answer.clone()]);
        let told = cluster.tell("t", "u", None, &status()).await.unwrap_err();
        let meant = match &told {
            TellError::Never(why) => Some(why.as_str()),
            TellError::NotNow(_) => None,
        };
        assert_eq!(meant, never, "{answer:?}");
        assert_eq!(server.asked().len(), 1, "nothing is sent twice by itself");
    }
    let (cluster, _) = Server::with([]);
    let started = tokio::time::Instant::now();
    let told = cluster.tell("t", "u", None, &status()).await;
    assert_eq!(told, Err(TellError::NotNow("no answer within 10 s".into())));
    assert_eq!(started.elapsed(), Duration::from_secs(10));
}

/// A proxy's page in the place of an answer does not say whether anything was stored.
#[tokio::test]
async fn an_answer_that_is_none_is_unclear() {
    let (cluster, _) = Server::with([(200, json!("a page")), (502, json!("a page"))]);
    assert!(matches!(cluster.own().await, Ok(own) if own.uid.is_empty()), "and no ticket is for that uid");
    assert!(matches!(cluster.own().await, Err(ApiError::Unclear(_))));
}

#[tokio::test]
async fn a_refusal_is_counted_and_an_event_of_the_ticket() {
    let (cluster, server) = Server::with([yes()]);
    cluster.refused("ticket-r-1", "u-1", &Refusal::UnknownKey("k".repeat(4_000))).await;
    let asked = server.asked();
    assert_eq!(asked[0].line, "POST /apis/events.k8s.io/v1/namespaces/podwhy/events");
    let event = &asked[0].body;
    assert_eq!((&event["reason"], &event["regarding"]["uid"]), (&json!("UnknownKey"), &json!("u-1")));
    assert_eq!(event["note"].as_str().unwrap().chars().count(), 1_000, "the API server takes no longer one");
    let counted = "podwhy_agent_tickets_refused_total{reason=\"UnknownKey\"} 1";
    assert!(cluster.numbers.text().contains(counted), "{}", cluster.numbers.text());
}

#[tokio::test]
async fn neighbours_are_read_off_a_table_of_names() {
    let row = |name: &str| json!({"cells": [name, "Ready", "<none>", 12, null, {"a": 1}], "object": null});
    let names = ["worker-1", "worker-2", "worker-3", "worker-4", "worker-5", "worker-6", "worker-7"];
    let table = json!({"kind": "Table", "rows": names.map(row)});
    let nothing = json!({"kind": "Table", "rows": null});
    let strange = json!({"kind": "Table", "rows": [{"cells": []}]});
    let (cluster, server) = Server::with([(200, table), (200, nothing), (200, strange)]);
    let found = cluster.neighbours().await.unwrap();
    assert_eq!(found.len(), 4);
    assert!(found.iter().all(|name| names.contains(&name.as_str()) && name != "worker-3"), "{found:?}");
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "GET /api/v1/nodes?resourceVersion=0&includeObject=None");
    assert_eq!(asked.accept, "application/json;as=Table;g=meta.k8s.io;v=v1");
    assert_eq!(cluster.neighbours().await, Ok(Vec::new()));
    assert!(matches!(cluster.neighbours().await, Err(ApiError::Unclear(_))));
}

#[tokio::test]
async fn a_peer_is_where_its_node_says_that_the_kubelet_listens() {
    let node = json!({"metadata": {"name": "worker-4", "uid": "n-4"}, "status": {
        "addresses": [{"type": "Hostname", "address": "worker-4"}, {"type": "ExternalIP", "address": "192.0.2.9"},
            {"type": "InternalIP", "address": "10.0.0.4"}, {"type": "InternalIP", "address": "fd00::4"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10350}},
        "conditions": [{"type": "MemoryPressure", "status": "Unknown"}, {"type": "Ready", "status": "Unknown"}]}});
    let mut usual = node.clone();
    usual["status"]["daemonEndpoints"] = json!({"kubeletEndpoint": {"Port": 0}});
    usual["status"]["conditions"][1]["status"] = json!("True");
    let homeless = json!({"metadata": {"uid": "n-4"}, "status": {"addresses": []}});
    let answers = [(200, node), (200, usual), (200, homeless), no(404, "gone"), no(403, "no")];
    let (cluster, _) = Server::with(answers);
    let peer = cluster.peer("worker-4").await.unwrap().unwrap();
    assert_eq!(
        (peer.address(), peer.uid.as_str(), peer.unknown),
        ("10.0.0.4:10350".parse().unwrap(), "n-4", true)
    );
    let peer = cluster.peer("worker-4").await.unwrap().unwrap();
    assert_eq!((peer.address(), peer.unknown), ("10.0.0.4:10250".parse().unwrap(), false));
    assert_eq!(cluster.peer("worker-4").await, Ok(None), "nobody says where it is");
    assert_eq!(cluster.peer("worker-4").await, Ok(None));
    assert_eq!(cluster.peer("worker-4").await, Err(ApiError::Refused("no".into())));
}

#[tokio::test]
async fn tickets_are_those_that_are_there_and_those_that_come() {
    use futures::StreamExt;
    let ticket = |name: &str| {
        json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeTicket", "spec": {"node": "worker-3"},
            "metadata": {"name": name, "uid": format!("u-{name}"), "resourceVersion": "8"}})
    };
    let list = json!({"apiVersion": "podwhy.dev/v1alpha1", "kind": "NodeTicketList",
        "metadata": {"resourceVersion": "9"}, "items": [ticket("a")]});
    let (cluster, server) =
        Server::with([(200, list), (200, json!({"type": "ADDED", "object": ticket("b")}))]);
    let tickets: Vec<_> = cluster.watch().take(2).collect().await;
    let names: Vec<&str> = tickets.iter().map(|told| told.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert_eq!((tickets[0].uid.as_str(), tickets[0].version.as_str()), ("u-a", "8"));
    assert!(tickets[0].status.is_none() && tickets[0].spec["node"] == "worker-3");
    let lines = server.lines();
    assert!(lines[1].contains("watch=true") && lines[1].contains("timeoutSeconds=240"), "{lines:?}");
}

/// What cannot be read at all is waited for: the stream never ends.
#[tokio::test(start_paused = true)]
async fn a_refused_watch_is_tried_again_and_again() {
    use futures::StreamExt;
    let (cluster, server) = Server::with((0..2_000).map(|_| no(403, "not allowed")));
    let mut tickets = std::pin::pin!(cluster.watch());
    let nothing = tokio::time::timeout(Duration::from_secs(120), tickets.next()).await;
    assert!(nothing.is_err());
    let tries = server.asked().len();
    assert!((5..=20).contains(&tries), "{tries}");
    assert!(tickets.next().now_or_never().is_none());
}
