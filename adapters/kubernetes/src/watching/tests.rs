use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt, StreamExt};
use http::{HeaderMap, Request, Response, Uri};
use http_body_util::BodyExt;
use http_body_util::combinators::WithTrailers;
use kube::Client;
use kube::client::Body;
use podwhy_flow::ports::{Seen, What};
use serde_json::{Value, json};

use super::see;
use crate::fake::status;
use crate::metrics::Metrics;
use crate::request::Requests;

/// How an answer ends.
#[derive(Clone, Copy)]
enum End {
    Ends,
    /// It stays open and says nothing more.
    Stays,
    Breaks,
}

enum Answer {
    Status(u16),
    Page(Value),
    Watch(Vec<Value>, End),
}

/// What stands in an answer, and then perhaps its end.
type Open = WithTrailers<Body, BoxFuture<'static, Option<Result<HeaderMap, kube::Error>>>>;

/// A server that answers each path by heart, in this order, and is silent when it has nothing left.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<BTreeMap<&'static str, VecDeque<Answer>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Script {
    fn on(self, path: &'static str, answers: Vec<Answer>) -> Script {
        self.answers.lock().unwrap().insert(path, answers.into());
        self
    }

    fn requests(&self) -> Requests {
        let script = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let script = script.clone();
            async move { script.answer(request.uri().clone()).await }
        });
        let client = Client::new(service, "default");
        Requests::new(client, "home".to_string(), Duration::from_secs(5), Metrics::default())
    }

    async fn answer(&self, uri: Uri) -> Result<Response<Open>, std::io::Error> {
        self.asked.lock().unwrap().push(uri.to_string());
        let answer = self.answers.lock().unwrap().get_mut(uri.path()).and_then(VecDeque::pop_front);
        let (answer, end) = match answer {
            None => pending().await,
            Some(Answer::Status(code)) => (status(code), End::Ends),
            Some(Answer::Page(page)) => (Response::new(Body::from(page.to_string().into_bytes())), End::Ends),
            Some(Answer::Watch(events, end)) => {
                let lines: String = events.iter().map(|event| format!("{event}\n")).collect();
                (Response::new(Body::from(lines.into_bytes())), end)
            }
        };
        let rest = async move {
            match end {
                End::Ends => None,
                End::Stays => pending().await,
                End::Breaks => Some(Err(kube::Error::Service("connection reset".into()))),
            }
        };
        Ok(answer.map(|body| body.with_trailers(rest.boxed())))
    }

    /// Of the pods, the first so many things that are seen.
    async fn sees(&self, namespaces: &[&str], most: usize) -> Vec<String> {
        let namespaces: Vec<String> = namespaces.iter().map(ToString::to_string).collect();
        let mut seen: BoxStream<'static, Seen> = see(&self.requests(), &namespaces).boxed();
        let mut told = Vec::new();
        while told.len() < most {
            let next = tokio::time::timeout(Duration::from_secs(600), seen.next()).await;
            told.extend(short(next.unwrap_or_else(|_| panic!("nothing more after {told:?}")).unwrap()));
        }
        told
    }

    /// The queries on pods.
    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.contains("pods")).cloned().collect()
    }
}

fn short(seen: Seen) -> Option<String> {
    Some(match seen {
        Seen::Pod(pod) => format!("+{}", pod.name),
        Seen::PodGone(uid) => format!("-{uid}"),
        Seen::Relisting(What::Pods) => "relisting".to_string(),
        Seen::Listed(What::Pods) => "listed".to_string(),
        Seen::Lost(What::Pods, why) => {
            assert!(!why.is_empty());
            "lost".to_string()
        }
        _ => return None,
    })
}

fn pod(name: &str, version: u32) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "spec": {}, "status": {"phase": "Running"},
        "metadata": {"name": name, "namespace": "shop", "uid": name, "resourceVersion": version.to_string()}})
}

fn event(kind: &str, object: Value) -> Value {
    json!({"type": kind, "object": object})
}

/// The end of a streamed list.
fn listed(version: u32) -> Value {
    let metadata =
        json!({"resourceVersion": version.to_string(), "annotations": {"k8s.io/initial-events-end": "true"}});
    event("BOOKMARK", json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata}))
}

fn streamed(names: &[&str], version: u32, end: End) -> Answer {
    let pods = names.iter().map(|name| event("ADDED", pod(name, version)));
    Answer::Watch(pods.chain([listed(version)]).collect(), end)
}

fn page(names: &[&str], next: &str) -> Answer {
    let items: Vec<Value> = names.iter().map(|name| pod(name, 9)).collect();
    Answer::Page(json!({"apiVersion": "v1", "kind": "PodList", "items": items,
        "metadata": {"resourceVersion": "9", "continue": next}}))
}

const PODS: &str = "/api/v1/pods";

#[tokio::test(start_paused = true)]
async fn a_list_is_streamed_and_the_watch_goes_on_where_it_was() {
    let bookmark =
        event("BOOKMARK", json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"resourceVersion": "7"}}));
    let script = Script::default().on(
        PODS,
        vec![
            streamed(&["a", "b"], 5, End::Ends),
            Answer::Watch(vec![event("MODIFIED", pod("a", 6)), bookmark], End::Breaks),
            // silent: after a minute it is taken for dead
            Answer::Watch(vec![], End::Stays),
            Answer::Watch(vec![event("DELETED", pod("b", 8))], End::Stays),
        ],
    );
    assert_eq!(script.sees(&[], 6).await, ["relisting", "+a", "+b", "listed", "+a", "-b"]);
    let asked = script.asked();
    assert!(asked[0].contains("sendInitialEvents=true") && asked[0].contains("allowWatchBookmarks=true"));
    for (query, version) in asked[1..].iter().zip(["5", "7", "7"]) {
        assert!(
            query.contains(&format!("resourceVersion={version}")) && query.contains("timeoutSeconds=60"),
            "{query}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_without_streaming_lists_is_asked_for_pages() {
    for refusal in [
        Answer::Status(422),
        Answer::Status(400),
        Answer::Watch(vec![event("ADDED", pod("a", 3))], End::Stays),
    ] {
        let is_silent = matches!(refusal, Answer::Watch(..));
        let script = Script::default().on(PODS, vec![refusal, page(&["a"], "next"), page(&["b"], "")]);
        let seen = script.sees(&[], if is_silent { 6 } else { 4 }).await;
        let wanted: &[&str] = if is_silent {
            &["relisting", "+a", "relisting", "+a", "+b", "listed"]
        } else {
            &["relisting", "+a", "+b", "listed"]
        };
        assert_eq!(seen, wanted);
        let asked = script.asked();
        assert!(asked[1].contains("limit=500") && !asked[1].contains("watch=true"), "{asked:?}");
        assert!(asked[2].contains("continue=next"), "{asked:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_the_server_has_forgotten_is_listed_again_and_is_no_outage() {
    let gone = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 410, "reason": "Expired", "message": "too old"});
    for forgotten in [Answer::Watch(vec![event("ERROR", gone)], End::Ends), Answer::Status(410)] {
        let answers =
            vec![streamed(&["a", "b"], 5, End::Ends), forgotten, streamed(&["b", "c"], 90, End::Stays)];
        let script = Script::default().on(PODS, answers);
        let wanted = ["relisting", "+a", "+b", "listed", "relisting", "+b", "+c", "listed"];
        assert_eq!(script.sees(&[], 8).await, wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_told_once_and_ends_with_a_list() {
    let down = || [503, 503, 503, 403].map(Answer::Status);
    let mut answers = vec![streamed(&["a"], 5, End::Ends)];
    answers.extend(down());
    answers.push(streamed(&["a"], 8, End::Ends));
    answers.extend(down());
    answers.push(streamed(&[], 11, End::Stays));
    let script = Script::default().on(PODS, answers);
    let wanted =
        ["relisting", "+a", "listed", "lost", "relisting", "+a", "listed", "lost", "relisting", "listed"];
    assert_eq!(script.sees(&[], 10).await, wanted);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_is_lost() {
    let script = Script::default();
    // it never came to a list: there is nothing to begin anew
    assert_eq!(script.sees(&[], 1).await, ["lost"]);
    assert!(script.asked().len() >= 2);
}

#[tokio::test(start_paused = true)]
async fn several_namespaces_are_one_list_of_which_a_part_may_be_refused() {
    let gap = || [503, 503].map(Answer::Status);
    let mut answers = vec![streamed(&["a", "b"], 5, End::Ends)];
    answers.extend(gap());
    answers.push(streamed(&["b", "c"], 9, End::Stays));
    let script = Script::default()
        .on("/api/v1/namespaces/shop/pods", answers)
        .on("/api/v1/namespaces/bank/pods", (0..200).map(|_| Answer::Status(403)).collect());
    let seen = script.sees(&["shop", "bank"], 10).await;
    assert_eq!(seen[0], "relisting");
    // the one list is in, the other is refused: nothing more is waited for
    let whole = seen.iter().position(|told| told == "listed").unwrap();
    assert!(
        seen[..whole].contains(&"+a".to_string()) && seen[..whole].contains(&"lost".to_string()),
        "{seen:?}"
    );
    assert!(!seen[1..].contains(&"relisting".to_string()), "{seen:?}");
    // what went during the gap is told by itself
    assert_eq!(seen[seen.len() - 4..], ["+b", "+c", "-a", "listed"], "{seen:?}");
    assert_eq!(seen.iter().filter(|told| *told == "lost").count(), 2, "{seen:?}");
}
