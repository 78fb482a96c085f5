//! Hands and a desk in memory, of which each can fail.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use podwhy_api::report::Unit;
use podwhy_api::seal::{Key, Keys};
use podwhy_api::ticket::{Action, Order, Phase, Refusal, Status};
use serde_json::{Value, json};

use super::super::*;

pub fn key() -> Key {
    Key::from_seed(&[1; 32])
}

pub fn now() -> Timestamp {
    "2026-05-04T09:00:30Z".parse().unwrap()
}

pub fn order(remediation: &str) -> Order {
    Order {
        node: "worker-3".into(),
        node_uid: "n-1".into(),
        action: Action::RestartKubelet,
        image: None,
        containers_may_die: false,
        remediation: format!("rem-{remediation}"),
        remediation_uid: remediation.into(),
        issued_at: now() - SignedDuration::from_secs(30),
        expires_at: now() + SignedDuration::from_secs(30),
    }
}

/// Signed by podwhy, as the API server has it.
pub fn ticket(order: Order) -> Told {
    Told {
        name: order.name(),
        uid: format!("uid-{}", order.remediation_uid),
        version: "7".into(),
        spec: serde_json::to_value(key().sign(order)).unwrap(),
        status: None,
    }
}

pub fn unit(invocation: &str, active: &str) -> Unit {
    Unit {
        name: "kubelet.service".into(),
        active: active.into(),
        invocation: invocation.into(),
        ..Unit::default()
    }
}

#[derive(Default)]
pub struct Inner {
    /// What was acted on: Remediations.
    pub acted: Vec<String>,
    /// What was told: ticket, version asked for, phase, reason.
    pub told: Vec<(String, Option<String>, Phase, String)>,
    pub refused: Vec<&'static str>,
    /// What telling fails with, one after another.
    pub fails: VecDeque<TellError>,
    pub node_uid: VecDeque<Result<String, TellError>>,
    pub impossible: Option<String>,
    /// The unit as it is now.
    pub unit: Option<Unit>,
    /// The process ends while it acts.
    pub dies: bool,
    /// So many tellings fail once it acts.
    pub away: usize,
}

#[derive(Clone, Default)]
pub struct Fakes(Arc<Mutex<Inner>>);

impl Fakes {
    pub fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// Each of these lets go of it: two in one expression would wait for each other.
    pub fn acted(&self) -> Vec<String> {
        self.inner().acted.clone()
    }

    pub fn told(&self) -> Vec<(String, Option<String>, Phase, String)> {
        self.inner().told.clone()
    }

    pub fn refused(&self) -> Vec<&'static str> {
        self.inner().refused.clone()
    }

    pub fn phases(&self) -> Vec<Phase> {
        self.inner().told.iter().map(|(_, _, phase, _)| *phase).collect()
    }
}

impl Hands for Fakes {
    fn before(&self, _: Action) -> BoxFuture<'_, Result<Option<Unit>, String>> {
        let inner = self.inner();
        let before = inner.impossible.clone().map_or_else(|| Ok(inner.unit.clone()), Err);
        async move { before }.boxed()
    }

    fn now<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Option<Unit>> {
        let unit = self.inner().unit.clone();
        async move { unit }.boxed()
    }

    fn act<'a>(&'a self, order: &'a Order) -> BoxFuture<'a, Ended> {
        async move {
            let dies = {
                let mut inner = self.inner();
                inner.acted.push(order.remediation_uid.clone());
                let away = inner.away;
                inner.fails.extend((0..away).map(|_| TellError::NotNow("away".into())));
                inner.dies
            };
            if dies {
                std::future::pending::<()>().await;
            }
            let lines = vec!["ü".repeat(1_000); 50];
            Ended { lines, ..Ended::new(Phase::Done, "", "it was restarted; password: hunter2hunter2") }
        }
        .boxed()
    }
}

impl Desk for Fakes {
    fn node_uid(&self) -> BoxFuture<'_, Result<String, TellError>> {
        let uid = self.inner().node_uid.pop_front().unwrap_or_else(|| Ok("n-1".to_string()));
        async move { uid }.boxed()
    }

    fn tell<'a>(
        &'a self,
        name: &'a str,
        _: &'a str,
        version: Option<&'a str>,
        status: &'a Status,
    ) -> BoxFuture<'a, Result<(), TellError>> {
        async move {
            let mut inner = self.inner();
            if let Some(error) = inner.fails.pop_front() {
                return Err(error);
            }
            assert!(!status.message.contains("hunter2hunter2"), "{}", status.message);
            assert!(status.lines.len() <= 20 && status.lines.iter().all(|line| line.chars().count() <= 400));
            let reason = status.reason.clone();
            inner.told.push((name.to_string(), version.map(str::to_string), status.phase, reason));
            Ok(())
        }
        .boxed()
    }

    fn refused<'a>(&'a self, _: &'a str, _: &'a str, why: &'a Refusal) -> BoxFuture<'a, ()> {
        self.inner().refused.push(why.word());
        async {}.boxed()
    }
}

pub fn rules() -> Rules {
    let allowed = [Action::RestartKubelet, Action::RemoveImage].into();
    Rules { allowed, per_hour: 3 }
}

/// An agent whose journal is in this folder.
pub fn agent(folder: &Path, fakes: &Fakes) -> Orders {
    let public = key().public_pem().unwrap();
    agent_with(folder, fakes, Keyring::new(Keys::from_pems([public.as_str()]).unwrap(), || None))
}

/// The same with these keys.
pub fn agent_with(folder: &Path, fakes: &Fakes, keys: Keyring) -> Orders {
    let journal = Journal::open(&folder.join("state"), now()).unwrap();
    Orders::new("worker-3", keys, rules(), journal, Arc::new(fakes.clone()), Arc::new(fakes.clone()), now)
}

/// The same as it comes again, with what was told of it.
pub fn again(told: &Told, phase: &str) -> Told {
    let status: Value = json!({"phase": phase, "at": now()});
    Told { status: Some(status), version: "8".into(), ..told.clone() }
}
