//! A receiver on loopback, and what is sent to it.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::IntoResponse;
use jiff::Timestamp;
use podwhy_flow::incident::outgoing::{Blame, Cause, Told, VERSION};
use podwhy_flow::incident::{Member, News, Notice, Severity};
use podwhy_flow::ports::Clock;
use tokio::net::TcpListener;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

use crate::address::Address;

type Came = (HeaderMap, String);

/// Answers everything alike, and keeps what came.
pub(crate) struct Receiver {
    address: SocketAddr,
    came: Mutex<mpsc::UnboundedReceiver<Came>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
    came: mpsc::UnboundedSender<Came>,
}

impl Receiver {
    pub(crate) async fn start(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Receiver {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (keeps, came) = mpsc::unbounded_channel();
        let headers =
            headers.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, headers: headers.collect(), body: body.to_string(), came: keeps };
        let router = Router::new().fallback(take).with_state(answer);
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Receiver { address, came: Mutex::new(came), task }
    }

    pub(crate) fn address(&self) -> Address {
        Address::parse(&format!("http://{}/in", self.address)).unwrap()
    }

    /// What came, once.
    pub(crate) async fn only(&self) -> Came {
        let mut came = self.came.lock().await;
        let first = came.recv().await.unwrap();
        assert!(came.try_recv().is_err(), "more than one request");
        first
    }

    /// Listens no more.
    pub(crate) fn closed(self) -> SocketAddr {
        self.task.abort();
        self.address
    }
}

async fn take(State(answer): State<Answer>, headers: HeaderMap, body: String) -> impl IntoResponse {
    let _kept = answer.came.send((headers, body));
    (answer.status, answer.headers, answer.body)
}

/// 2026-01-01 15:04 UTC
fn start() -> Timestamp {
    Timestamp::from_second(1_767_279_840).unwrap()
}

pub(crate) fn clock() -> Clock {
    Clock::new(start)
}

pub(crate) fn notice(change: News) -> Notice {
    let blame = Blame { kind: "Deployment".into(), namespace: Some("shop".into()), name: "cart".into() };
    let cause = Cause { cluster: "prod".into(), cause: "oom-killed".into(), blame };
    let member = Member { kind: "Pod".into(), namespace: "shop".into(), name: "cart-0".into() };
    Notice {
        version: VERSION,
        id: "5f0a".into(),
        change,
        number: 1,
        incident: Told {
            name: "oom-killed-1".into(),
            open: true,
            severity: Severity::Critical,
            root_cause: cause,
            confidence: Some("certain".into()),
            title: "oom-killed · Deployment prod:shop/cart · 1 pod".into(),
            summary: "cart was killed: out of memory".into(),
            opened_at: start(),
            resolved_at: None,
            fixed_by: None,
            same_as: None,
            reopened: 0,
            failing: 1,
            most_failing: 1,
            members: vec![member],
            namespaces: [("shop".to_string(), 1)].into(),
            alerts: vec!["KubePodCrashLooping".into()],
            taken: None,
        },
    }
}
