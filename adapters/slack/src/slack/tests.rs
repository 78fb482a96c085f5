use std::collections::VecDeque;
use std::sync::Mutex;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::timeout;

use super::*;
use crate::metrics::Metrics;
use crate::options::Timeouts;
use crate::testing::{Flow, Shared, failing};
use podwhy_flow::ports::Clock;

const LONG: Duration = Duration::from_secs(20);

/// An answer of the server's: a status, headers, a body.
type Canned = (u16, Vec<(&'static str, String)>, String);

/// A server on loopback that answers by path what it was told, in order, and else `ok`.
#[derive(Default)]
struct Server {
    canned: Mutex<VecDeque<(String, Canned)>>,
    seen: Mutex<Vec<(String, HeaderMap, String)>>,
    told: Notify,
}

impl Server {
    async fn start() -> (Arc<Server>, String, JoinHandle<()>) {
        let server = Arc::new(Server::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(server.clone());
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (server, base, task)
    }

    fn can(&self, path: &str, status: u16, headers: &[(&'static str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        let canned = (path.to_string(), (status, headers, body.to_string()));
        self.canned.lock().unwrap().push_back(canned);
    }

    fn seen(&self, path: &str) -> Vec<(HeaderMap, String)> {
        let seen = self.seen.lock().unwrap();
        seen.iter()
            .filter(|(of, ..)| of == path)
            .map(|(_, headers, body)| (headers.clone(), body.clone()))
            .collect()
    }

    /// Waits until so many calls of a path came.
    async fn wait(&self, path: &str, count: usize) {
        let waited = async {
            loop {
                let told = self.told.notified();
                if self.seen(path).len() >= count {
                    return;
                }
                told.await;
            }
        };
        assert!(timeout(LONG, waited).await.is_ok(), "{path}");
    }
}

async fn answer(State(server): State<Arc<Server>>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let path = uri.path().to_string();
    let body = String::from_utf8_lossy(&body).into_owned();
    server.seen.lock().unwrap().push((path.clone(), headers, body));
    server.told.notify_waiters();
    let canned = {
        let mut canned = server.canned.lock().unwrap();
        let place = canned.iter().position(|(of, _)| *of == path);
        place.and_then(|place| canned.remove(place)).map(|(_, canned)| canned)
    };
    let Some((status, extra, body)) = canned else {
        let ok = json!({"ok": true, "team_id": "T1", "user_id": "UBOT", "bot_id": "B1", "channel": "C1", "ts": "1.1"});
        return axum::Json(ok).into_response();
    };
    let kind = if body.starts_with('{') { "application/json" } else { "text/html" };
    let mut response =
        (StatusCode::from_u16(status).unwrap(), [("content-type", kind)], body).into_response();
    for (name, value) in extra {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}

fn options(base: &str) -> Options {
    let mode = Mode::Events { signing_secret: "secret".into() };
    let timeouts = Timeouts { call: Duration::from_secs(2), ..Timeouts::default() };
    Options { api: format!("{base}/api"), timeouts, ..Options::new("xoxb-secret".into(), mode) }
}

fn ports(flow: Arc<Flow>) -> Ports {
    let claims = Arc::new(Shared::default());
    Ports { answering: flow, claims, incidents: None, clock: Clock::default(), metrics: Metrics::default() }
}

fn outbound(base: &str) -> Outbound {
    let tls = tls::config(true).unwrap();
    let http =
        Http::new(&format!("{base}/api/"), true, tls, &"xoxb-secret".into(), Some(&"xapp-secret".into()));
    let call = Duration::from_millis(500);
    Outbound::new(Arc::new(http), call, Metrics::default(), Arc::default(), Clock::default())
}

#[tokio::test]
async fn a_wrong_token_is_a_clear_error() {
    let (server, base, _task) = Server::start().await;
    server.can("/api/auth.test", 200, &[], r#"{"ok":false,"error":"invalid_auth"}"#);
    let error = Slack::start(options(&base), ports(Arc::default())).await.unwrap_err();
    assert_eq!(error, StartError::Token("invalid_auth".into()));
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_is_no_error_and_is_reached_later() {
    let (server, base, _task) = Server::start().await;
    server.can("/api/auth.test", 502, &[], "<html>Bad Gateway</html>");
    let slack = Slack::start(options(&base), ports(Arc::default())).await.unwrap();
    assert!(slack.ready().unwrap_err().contains("http_502"), "{:?}", slack.ready());
    server.wait("/api/auth.test", 2).await;
    let ready = async {
        while slack.ready().is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, ready).await.unwrap();
    slack.stop(LONG).await;
}

#[tokio::test]
async fn a_command_over_http_is_answered_and_stopping_waits_for_it() {
    let (server, base, _task) = Server::start().await;
    let flow: Arc<Flow> = Arc::default();
    flow.answers([failing("cart-0 is out of memory")]);
    let slack = Slack::start(options(&base), ports(flow)).await.unwrap();
    let ready = async {
        while slack.ready().is_err() {
            tokio::task::yield_now().await;
        }
    };
    timeout(LONG, ready).await.unwrap();
    assert!(command_is_taken(&slack, &base).await);
    slack.stop(LONG).await;
    let (headers, looking) = server.seen("/api/chat.postMessage").remove(0);
    assert_eq!(headers["authorization"], "Bearer xoxb-secret");
    assert!(
        looking.contains("looking at shop/cart-0") && looking.contains(r#""unfurl_links":false"#),
        "{looking}"
    );
    let (_, update) = server.seen("/api/chat.update").remove(0);
    let update: Value = serde_json::from_str(&update).unwrap();
    assert_eq!(
        (update["ts"].as_str(), update["metadata"]["event_payload"]["state"].as_str()),
        (Some("1.1"), Some("done"))
    );
    assert!(update.to_string().contains("out of memory"));
}

async fn command_is_taken(slack: &Slack, base: &str) -> bool {
    use hmac::{KeyInit, Mac};
    use tower::ServiceExt;
    let body = format!(
        "team_id=T1&channel_id=C1&user_id=U1&command=%2Fpod&text=why+shop%2Fcart-0&trigger_id=1.2&response_url={base}/r"
    );
    let ts = jiff::Timestamp::now().as_second().to_string();
    let mut mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"secret").unwrap();
    mac.update(format!("v0:{ts}:{body}").as_bytes());
    let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let request = http::Request::post("/slack/commands")
        .header("x-slack-request-timestamp", ts)
        .header("x-slack-signature", format!("v0={hex}"))
        .body(axum::body::Body::from(body))
        .unwrap();
    slack.router().unwrap().oneshot(request).await.unwrap().status() == StatusCode::OK
}

#[tokio::test]
async fn statuses_over_the_wire_mean_what_they_mean() {
    let (server, base, _task) = Server::start().await;
    let path = "/api/auth.test";
    for (status, headers, body, meaning) in [
        (200, vec![], r#"{"ok":false,"error":"account_inactive"}"#, CallError::of_word("account_inactive")),
        (429, vec![("retry-after", "7")], "", CallError::Limited(Duration::from_secs(7))),
        (503, vec![], "", CallError::Failed("http_503".into())),
        (200, vec![], "<html>a proxy's page</html>", CallError::Garbled),
        (200, vec![], "{half", CallError::Garbled),
        (404, vec![], "", CallError::Refused("http_404".into())),
    ] {
        server.can(path, status, &headers, body);
        assert_eq!(outbound(&base).identity().await, Err(meaning), "{status} {body}");
    }
    let nobody = outbound("http://127.0.0.1:1").identity().await;
    assert_eq!(nobody, Err(CallError::Unreachable { sent: false }));
}

#[tokio::test]
async fn tokens_go_to_the_api_only() {
    let (server, base, _task) = Server::start().await;
    let outbound = outbound(&base);
    let url = crate::outbound::ResponseUrl::received(&format!("{base}/response/1")).unwrap();
    server.can("/response/1", 200, &[], "ok");
    let note = crate::render::note("x");
    outbound.respond(&url, &note, crate::outbound::Respond::Whisper, None).await.unwrap();
    let upload = json!({"ok": true, "upload_url": format!("{base}/upload/1"), "file_id": "F1"});
    server.can("/api/files.getUploadURLExternal", 200, &[], &upload.to_string());
    server.can("/upload/1", 200, &[], "OK - 3");
    let spot = crate::outbound::Spot { channel: "C1".into(), thread: None };
    outbound.upload(&spot, "a.txt", "abc").await.unwrap();
    for path in ["/response/1", "/upload/1"] {
        assert!(!server.seen(path)[0].0.contains_key("authorization"), "{path}");
    }
    assert_eq!(server.seen("/upload/1")[0].1, "abc");
    server.can("/api/apps.connections.open", 200, &[], r#"{"ok":true,"url":"wss://x"}"#);
    outbound.connection().await.unwrap();
    assert_eq!(server.seen("/api/apps.connections.open")[0].0["authorization"], "Bearer xapp-secret");
}

#[tokio::test]
async fn a_used_response_url_is_refused() {
    let (server, base, _task) = Server::start().await;
    let url = crate::outbound::ResponseUrl::received(&format!("{base}/response/1")).unwrap();
    server.can("/response/1", 404, &[], r#"{"ok":false,"error":"used_url"}"#);
    let note = crate::render::note("x");
    let how = crate::outbound::Respond::Whisper;
    let sent = outbound(&base).respond(&url, &note, how, None).await;
    assert_eq!(sent, Err(CallError::Refused("http_404".into())));
}
