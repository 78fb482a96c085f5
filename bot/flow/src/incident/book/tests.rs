//! The book under looks, alerts and people.

mod alerts;
mod any;
mod forsake;
mod keep;
mod looks;
mod many;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use podwhy_knowledge::{Kind, Lang, Target};

use super::{Book, Change};
use crate::chat::Platform;
use crate::incident::alert::{Alert, Severity};
use crate::incident::found::{Found, Told};
use crate::incident::look::{Look, Scope, Sighted};
use crate::incident::policy::{Policy, Route, Spot};
use crate::incident::record::{Blamed, Incident, Member, RootCause};

/// Seconds after the tests' first moment.
pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + seconds).unwrap()
}

pub(super) fn minutes(minutes: i64) -> Timestamp {
    at(60 * minutes)
}

pub(super) fn spot(channel: &str) -> Spot {
    Spot { platform: Platform::Slack, channel: channel.to_string() }
}

/// Everything, by podwhy's own watch, too.
pub(super) fn everything(channel: &str) -> Route {
    Route {
        to: spot(channel),
        areas: Vec::new(),
        severity: Severity::Info,
        causes: BTreeSet::new(),
        labels: BTreeMap::new(),
        mention: Some("<!subteam^S1>".to_string()),
        watch: true,
        quiet: None,
        lang: Lang::En,
    }
}

pub(super) fn policy() -> Policy {
    Policy { routes: vec![everything("C0OPS")], ..Policy::default() }
}

pub(super) fn pod(path: &str) -> Member {
    let (namespace, name) = path.split_once('/').unwrap();
    Member { kind: "Pod".to_string(), namespace: namespace.to_string(), name: name.to_string() }
}

/// `oom-killed`, `Deployment`, `shop/cart`
pub(super) fn cause(cause: &str, kind: &str, blame: &str) -> RootCause {
    let (namespace, name) = match blame.split_once('/') {
        Some((namespace, name)) => (Some(namespace.to_string()), name),
        None => (None, blame),
    };
    let blame = Blamed { kind: kind.to_string(), namespace, name: name.to_string() };
    RootCause { cluster: "prod".to_string(), cause: cause.to_string(), blame }
}

pub(super) fn oom() -> RootCause {
    cause("oom-killed", "Deployment", "shop/cart")
}

pub(super) fn node_dead() -> RootCause {
    cause("node-dead", "Node", "n1")
}

pub(super) fn unknown() -> RootCause {
    cause("unknown", "Deployment", "shop/cart")
}

/// Due.
pub(super) fn sighted(root_cause: RootCause, pods: &[&str]) -> Sighted {
    Sighted {
        confidence: Some("certain".to_string()),
        summary: format!("{} of {}", root_cause.cause, pods.first().copied().unwrap_or_default()),
        root_cause,
        members: pods.iter().map(|path| pod(path)).collect(),
        is_due: true,
        severity: Severity::Warning,
        evidence: Default::default(),
        annotations: None,
    }
}

pub(super) fn not_due(sighted: Sighted) -> Sighted {
    Sighted { is_due: false, ..sighted }
}

/// All of the cluster.
pub(super) fn whole(sighted: Vec<Sighted>) -> Look {
    Look {
        cluster: "prod".to_string(),
        at: at(0),
        scope: Scope::All,
        is_whole: true,
        sighted,
        standing: Default::default(),
    }
}

/// All of the cluster, of which something could not be read.
pub(super) fn gappy(sighted: Vec<Sighted>) -> Look {
    Look { is_whole: false, ..whole(sighted) }
}

pub(super) fn only(namespace: &str, sighted: Vec<Sighted>) -> Look {
    Look { scope: Scope::Namespaces([namespace.to_string()].into()), ..whole(sighted) }
}

/// A critical one about a pod.
pub(super) fn told(fingerprint: &str, about: Option<&str>, found: Found) -> Told {
    let about = about.map(pod).map(|pod| Target {
        cluster: None,
        namespace: Some(pod.namespace),
        kind: Some(Kind::Pod),
        name: pod.name,
    });
    let alert = Alert {
        cluster: "prod".to_string(),
        fingerprint: fingerprint.to_string(),
        starts_at: at(-60),
        firing: true,
        name: "KubePodNotReady".to_string(),
        severity: Some("critical".to_string()),
        labels: BTreeMap::new(),
        summary: "not ready".to_string(),
        runbook: None,
        link: None,
        about,
        group: "{}:{alertname=\"KubePodNotReady\"}".to_string(),
        truncated: 0,
    };
    Told { alert, found }
}

pub(super) fn over(told: &Told) -> Told {
    Told { alert: Alert { firing: false, ..told.alert.clone() }, ..told.clone() }
}

pub(super) fn healthy() -> Found {
    Found::Healthy { checked: vec!["its containers are ready".to_string()] }
}

pub(super) fn open(book: &Book) -> Vec<&Incident> {
    book.incidents().filter(|one| one.is_open()).collect()
}

/// The only one that is open.
#[track_caller]
pub(super) fn the_open(book: &Book) -> &Incident {
    let open = open(book);
    assert_eq!(open.len(), 1, "{open:#?}");
    open[0]
}

/// The incident of a root cause that was opened last.
#[track_caller]
pub(super) fn of<'a>(book: &'a Book, root_cause: &RootCause) -> &'a Incident {
    let own = book.incidents().filter(|one| one.status.root_cause == *root_cause);
    own.max_by_key(|one| one.spec.episode).expect("an incident of this root cause")
}

pub(super) fn created(changes: &[Change]) -> usize {
    changes.iter().filter(|change| matches!(change, Change::Create(_))).count()
}

/// A little more than it takes to be resolved.
pub(super) const SETTLED: i64 = 11;
const _: () = assert!(SETTLED * 60 > 10 * 60);
