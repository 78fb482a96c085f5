//! What the tests stand on: a Slack in memory, and a flow that answers as it is told.

mod flow;
#[path = "../../../bot/flow/tests/gallery/pressed.rs"]
mod incidents;
mod slack;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::ports::{ClaimError, Claims};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;

pub(crate) use flow::{Flow, failing, healthy, logs, refused};
pub(crate) use incidents::Pressed;
pub(crate) use slack::{FakeSlack, Fate};

use crate::answer::{Homes, UserGroups, Watches, Work};
use crate::health::Health;
use crate::identity::Identity;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::stop::{Stopper, stopper};
use podwhy_flow::ports::Clock;

/// When tokio's clock of a test began.
pub(crate) const BEGAN: i64 = 1_700_000_000;

/// A clock that goes with tokio's.
pub(crate) fn clock() -> Clock {
    let began = Instant::now();
    Clock::new(move || {
        let since = SignedDuration::try_from(began.elapsed()).unwrap();
        Timestamp::from_second(BEGAN).unwrap() + since
    })
}

/// Claims that every test's replicas share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    had: std::sync::Mutex<std::collections::HashSet<String>>,
    pub(crate) fails: std::sync::atomic::AtomicBool,
}

impl Claims for Shared {
    fn claim<'a>(&'a self, what: &'a str) -> futures::future::BoxFuture<'a, Result<bool, ClaimError>> {
        let fails = self.fails.load(std::sync::atomic::Ordering::SeqCst);
        let first = self.had.lock().unwrap().insert(what.to_string());
        let claim = if fails { Err(ClaimError("no lease store".into())) } else { Ok(first) };
        Box::pin(std::future::ready(claim))
    }
}

/// One replica.
pub(crate) struct Bench {
    pub(crate) slack: Arc<FakeSlack>,
    pub(crate) flow: Arc<Flow>,
    pub(crate) claims: Arc<Shared>,
    pub(crate) incidents: Arc<Pressed>,
    pub(crate) work: Arc<Work>,
    pub(crate) health: Arc<Health>,
    pub(crate) metrics: Metrics,
    pub(crate) stopper: Stopper,
}

impl Bench {
    pub(crate) fn new() -> Bench {
        Bench::beside(Arc::new(FakeSlack::new(clock())), Arc::default(), Arc::default())
    }

    /// Another replica over the same Slack.
    pub(crate) fn beside(slack: Arc<FakeSlack>, flow: Arc<Flow>, claims: Arc<Shared>) -> Bench {
        Bench::with_calls_of(Duration::from_secs(10), slack, flow, claims)
    }

    /// One whose calls may take as long.
    pub(crate) fn with_calls_of(
        call: Duration,
        slack: Arc<FakeSlack>,
        flow: Arc<Flow>,
        claims: Arc<Shared>,
    ) -> Bench {
        let (metrics, health) = (Metrics::default(), Arc::new(Health::default()));
        let clock = slack.clock.clone();
        let outbound = Outbound::new(slack.clone(), call, metrics.clone(), health.clone(), clock.clone());
        let (stopper, stop) = stopper();
        let incidents = Arc::new(Pressed::default());
        let work = Arc::new(Work {
            answering: flow.clone(),
            claims: claims.clone(),
            incidents: Some(incidents.clone()),
            channels: ["C1".to_string()].into(),
            outbound: Arc::new(outbound),
            own: own(),
            clock,
            lang: podwhy_knowledge::Lang::En,
            patience: Duration::from_secs(60),
            metrics: metrics.clone(),
            seats: Semaphore::new(4),
            watches: Watches::new(2),
            homes: Homes::default(),
            groups: UserGroups::new(vec!["S1".to_string(), "S2".to_string()]),
            stop,
        });
        Bench { slack, flow, claims, incidents, work, health, metrics, stopper }
    }
}

pub(crate) fn own() -> Identity {
    Identity {
        team: "T1".into(),
        user: "UBOT".into(),
        bot: Some("B1".into()),
        app: None,
        url: Some("https://example.slack.com/".into()),
    }
}

/// The state of a dialog's inputs, once each value is typed into the field of this name.
pub(crate) fn filled(values: &[(&str, &str)]) -> Value {
    let input = |(id, value): &(&str, &str)| {
        let id = format!("podwhy_{id}");
        (id.clone(), json!({ id: {"type": "plain_text_input", "value": value} }))
    };
    json!({"values": values.iter().map(input).collect::<Map<String, Value>>()})
}
