use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::front::Queued;
use crate::outbound::{CallError, Method};
use crate::testing::{Bench, FakeSlack, Fate};

type Server = WebSocketStream<TcpStream>;

/// Nothing here takes this long unless it fails.
const LONG: Duration = Duration::from_secs(20);

/// One kept connection to a server on loopback.
struct Line {
    bench: Bench,
    listener: TcpListener,
    queue: mpsc::Receiver<Queued>,
    sockets: Arc<Sockets>,
}

impl Line {
    async fn new() -> Line {
        Line::with_silence_of(Duration::from_secs(10)).await
    }

    async fn with_silence_of(silence: Duration) -> Line {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let slack = Arc::new(FakeSlack::new(crate::testing::clock()));
        let call = Duration::from_millis(200);
        let bench = Bench::with_calls_of(call, slack, Arc::default(), Arc::default());
        bench.health.known();
        bench.health.needs_socket();
        let (front, queue) = Front::new(bench.work.own.clone(), "/pod".into(), 9, bench.metrics.clone());
        let milliseconds = Duration::from_millis;
        let timeouts = Timeouts {
            call,
            connect: milliseconds(500),
            ping: milliseconds(20),
            silence,
            ..Timeouts::default()
        };
        let sockets = Arc::new(Sockets {
            outbound: bench.work.outbound.clone(),
            front: Arc::new(front),
            health: bench.health.clone(),
            metrics: bench.metrics.clone(),
            tls: Arc::new(crate::tls::config(true).unwrap()),
            timeouts,
            is_local: true,
        });
        Line { bench, listener, queue, sockets }
    }

    fn url(&self) -> Value {
        json!({"ok": true, "url": format!("ws://{}/link/?ticket=SECRET", self.listener.local_addr().unwrap())})
    }

    /// Begins to keep a connection, after what became of the first tries.
    fn keep(&self, fates: impl IntoIterator<Item = Fate>) {
        self.bench.slack.fate(Method::ConnectionsOpen, fates);
        self.bench.slack.answers(Method::ConnectionsOpen, vec![self.url(); 50]);
        tokio::spawn(self.sockets.clone().keep(self.bench.work.stop.clone()));
    }

    /// The next connection, greeted.
    async fn accept(&self) -> Server {
        let mut server = self.accept_silently().await;
        let hello = json!({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A1"}});
        server.send(Message::Text(hello.to_string().into())).await.unwrap();
        server
    }

    async fn accept_silently(&self) -> Server {
        let (stream, _) = timeout(LONG, self.listener.accept()).await.unwrap().unwrap();
        tokio_tungstenite::accept_async(stream).await.unwrap()
    }

    /// Waits until readiness says so.
    async fn until(&self, holds: impl Fn(&Result<(), String>) -> bool) {
        let waited = async {
            while !holds(&self.bench.health.ready()) {
                tokio::task::yield_now().await;
            }
        };
        assert!(timeout(LONG, waited).await.is_ok(), "{:?}", self.bench.health.ready());
    }
}

fn command(envelope: &str) -> Value {
    json!({"type": "slash_commands", "envelope_id": envelope, "accepts_response_payload": true,
        "payload": {"team_id": "T1", "channel_id": "C1", "user_id": "U1", "command": "/pod", "text": "triage",
            "trigger_id": envelope}})
}

async fn send(server: &mut Server, value: &Value) {
    server.send(Message::Text(value.to_string().into())).await.unwrap();
}

/// The next text a server gets; pings are answered meanwhile.
async fn text(server: &mut Server) -> Option<String> {
    let next = async {
        loop {
            match server.next().await {
                Some(Ok(Message::Text(text))) => return Some(text.to_string()),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    };
    timeout(LONG, next).await.unwrap()
}

#[tokio::test]
async fn an_envelope_is_acknowledged_and_handed_on() {
    let mut line = Line::new().await;
    line.keep([]);
    let mut server = line.accept().await;
    line.until(Result::is_ok).await;
    send(&mut server, &command("E1")).await;
    assert_eq!(text(&mut server).await.as_deref(), Some(r#"{"envelope_id":"E1"}"#));
    send(&mut server, &json!({"type": "new_thing", "envelope_id": "E2", "payload": {}})).await;
    assert_eq!(text(&mut server).await.as_deref(), Some(r#"{"envelope_id":"E2"}"#));
    let queued = timeout(LONG, line.queue.recv()).await.unwrap().unwrap();
    assert_eq!(queued.taken.key(), Some("slack:command:T1:E1"));
}

#[tokio::test]
async fn a_full_queue_delays_no_acknowledgement() {
    let line = Line::new().await;
    line.keep([]);
    let mut server = line.accept().await;
    for number in 0..200 {
        let id = format!("E{number}");
        send(&mut server, &command(&id)).await;
        assert!(text(&mut server).await.unwrap().contains(&id));
    }
    assert!(line.bench.metrics.text().contains(r#"received_total{kind="command",outcome="busy"} 191"#));
}

#[tokio::test]
async fn a_dropped_socket_shows_in_readiness_and_comes_back() {
    let line = Line::new().await;
    line.keep([]);
    let server = line.accept().await;
    line.until(Result::is_ok).await;
    drop(server);
    line.until(Result::is_err).await;
    let _server = line.accept().await;
    line.until(Result::is_ok).await;
}

#[tokio::test]
async fn a_socket_that_is_about_to_be_closed_is_replaced_first() {
    let mut line = Line::new().await;
    line.keep([]);
    let mut old = line.accept().await;
    line.until(Result::is_ok).await;
    send(&mut old, &json!({"type": "disconnect", "reason": "warning"})).await;
    let mut new = line.accept().await;
    send(&mut old, &command("E1")).await;
    send(&mut new, &command("E2")).await;
    assert!(text(&mut old).await.unwrap().contains("E1") && text(&mut new).await.unwrap().contains("E2"));
    assert!(line.bench.health.ready().is_ok());
    assert!(line.queue.recv().await.is_some() && line.queue.recv().await.is_some());
}

#[tokio::test]
async fn a_socket_that_shows_no_life_is_dropped() {
    let line = Line::with_silence_of(Duration::from_millis(300)).await;
    line.keep([]);
    // neither read nor written: its pings are not answered
    let _dead = line.accept().await;
    let began = Instant::now();
    let mut alive = line.accept().await;
    assert!(began.elapsed() >= Duration::from_millis(300));
    assert!(line.bench.metrics.text().contains(r#"socket_ends_total{outcome="silent"} 1"#));
    send(&mut alive, &command("E1")).await;
    assert!(text(&mut alive).await.is_some());
}

#[tokio::test]
async fn a_hanging_open_and_a_hello_that_does_not_come_are_given_up() {
    let line = Line::new().await;
    line.keep([Fate::Hangs]);
    let _mute = line.accept_silently().await;
    let _server = line.accept().await;
    line.until(Result::is_ok).await;
    let text = line.bench.metrics.text();
    assert!(text.contains(r#"socket_ends_total{outcome="not-opened"} 2"#), "{text}");
}

#[tokio::test]
async fn a_wrong_app_token_shows_in_readiness() {
    let line = Line::new().await;
    line.keep([Fate::Fails(CallError::of_word("invalid_auth"))]);
    line.until(|ready| ready.as_ref().is_err_and(|why| why.contains("the app token"))).await;
    let _server = line.accept().await;
    line.until(Result::is_ok).await;
}

#[tokio::test]
async fn what_slack_wants_none_of_is_said() {
    let line = Line::new().await;
    line.keep([]);
    let mut server = line.accept().await;
    line.until(Result::is_ok).await;
    send(&mut server, &json!({"type": "disconnect", "reason": "link_disabled"})).await;
    line.until(|ready| ready.as_ref().is_err_and(|why| why.contains("turned off"))).await;
}

#[tokio::test]
async fn a_socket_elsewhere_in_the_clear_is_not_dialled_and_not_told() {
    let line = Line::new().await;
    let url = json!({"ok": true, "url": "ws://evil.example/?ticket=SECRET"});
    line.bench.slack.answers(Method::ConnectionsOpen, [url]);
    let Err(why) = line.sockets.open().await else { panic!("it was dialled") };
    assert!(why.contains("not encrypted") && !why.contains("SECRET"), "{why}");
    let gone = json!({"ok": true, "url": "ws://127.0.0.1:1/?ticket=SECRET"});
    line.bench.slack.answers(Method::ConnectionsOpen, [gone]);
    let Err(why) = line.sockets.open().await else { panic!("it was dialled") };
    assert!(!why.contains("SECRET"), "{why}");
}

#[tokio::test]
async fn when_it_is_over_the_socket_is_closed() {
    let line = Line::new().await;
    line.keep([]);
    let mut server = line.accept().await;
    line.until(Result::is_ok).await;
    line.bench.stopper.stop();
    assert_eq!(text(&mut server).await, None);
    line.until(Result::is_err).await;
}
