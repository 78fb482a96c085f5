//! An incident, as it is stored: the spec never changes, the status is what is known and shown.
//!
//! A stored incident stays below 64 KiB: members, alerts and excerpts have limits, and what is beyond them is counted.

mod thread;

use std::collections::BTreeMap;

use jiff::Timestamp;
use podwhy_knowledge::Blame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::thread::{Post, Thread};
use super::alert::Severity;
use super::annotations::Annotations;
use super::bulletin::{Bulletin, Untold};
use super::fixed::{Fixed, Revision};
use super::policy::Spot;

/// The object at fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Blamed {
    /// A Kubernetes kind in CamelCase, `Image` or `Registry`.
    pub kind: String,
    /// Its namespace, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl From<&Blame> for Blamed {
    fn from(blame: &Blame) -> Self {
        Blamed { kind: blame.kind.clone(), namespace: blame.namespace.clone(), name: blame.name.clone() }
    }
}

/// Why something fails, and where: one incident for each.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct RootCause {
    /// The cluster.
    pub cluster: String,
    /// The cause's id, as in `podwhy explain`; `unknown` where none is known.
    pub cause: String,
    /// What is at fault.
    pub blame: Blamed,
}

/// What an incident is; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// What was first known.
    pub root_cause: RootCause,
    /// The how-manieth incident of this root cause it is, from 1.
    pub episode: u32,
    /// When it was opened.
    #[schemars(with = "String")]
    pub opened_at: Timestamp,
}

/// Whether something still fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// It does.
    #[default]
    Open,
    /// All is well.
    Resolved,
}

/// Why nobody will ever know whether it is well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Ended {
    /// Its cluster is configured no longer.
    ClusterNotWatched,
    /// No route names its namespaces any more.
    NamespacesNotWatched,
}

/// A pod, or a workload without pods, a node or another object that fails.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// Its kind.
    pub kind: String,
    /// Its namespace; empty where it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// An alert of the group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alerted {
    /// By which the sender knows it again.
    pub fingerprint: String,
    /// Since when it fires.
    #[schemars(with = "String")]
    pub starts_at: Timestamp,
    /// Its name.
    pub name: String,
    /// Whether it fires.
    pub firing: bool,
    /// What it says.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub summary: String,
    /// The group it was sent in.
    pub group: String,
    /// The object it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Member>,
    /// Of its labels `namespace`, and those a route asks for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Where it leads; of all alerts of an incident together at most six links, each once.
    #[serde(default, skip_serializing_if = "AlertLinks::is_empty")]
    pub links: AlertLinks,
}

/// Where an alert leads, as it says itself: http(s) URLs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AlertLinks {
    /// Its runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runbook: Option<String>,
    /// What raised it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl AlertLinks {
    /// Whether it leads nowhere.
    pub fn is_empty(&self) -> bool {
        *self == AlertLinks::default()
    }
}

/// Who is on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Taken {
    /// Their name, as the chat shows it or as the configuration has it.
    pub by: String,
    /// Since when.
    #[schemars(with = "String")]
    pub at: Timestamp,
}

/// The source of an excerpt that says why a cluster could not be asked about an alert.
pub const UNREAD: &str = "unread";

/// What was last seen of something that may be gone: redacted excerpts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// Of which object: `Pod shop/cart-0`.
    pub object: String,
    /// When it was seen.
    #[schemars(with = "String")]
    pub seen_at: Timestamp,
    /// Where it stood: `state`, `event`, `log`, …
    pub source: String,
    /// What it said.
    pub text: String,
}

/// What a receiver outside the chats was last told of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The receiver, as the configuration names it.
    pub to: String,
    /// How much it was told, this included.
    pub number: u32,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Whether it was told that something still fails.
    pub phase: Phase,
    /// The how-manieth return it was told of.
    #[serde(default)]
    pub reopened: u32,
    /// Since when someone was on it, as it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub taken_at: Option<Timestamp>,
    /// A digest of the rest that it was told.
    pub shown: String,
    /// Why it did not take what was last told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// What is known of an incident, and shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Whether something still fails.
    pub phase: Phase,
    /// As it is known now: a deeper cause renames it.
    pub root_cause: RootCause,
    /// How sure; none for `unknown`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// One line with the names in it.
    pub summary: String,
    /// How much it matters.
    pub severity: Severity,
    /// What fails now, at most [`MOST_MEMBERS`]; where nothing does any more, what failed last.
    #[serde(default)]
    pub members: Vec<Member>,
    /// How many fail now.
    pub failing: u32,
    /// How many of them in each namespace: at most [`MOST_NAMESPACES`], and the rest under [`BEYOND`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub namespaces: BTreeMap<String, u32>,
    /// How many failed at most at one time.
    pub most_failing: u32,
    /// When something of it was last seen failing, to a minute; once nothing does, when that was first seen.
    #[schemars(with = "String")]
    pub last_failing: Timestamp,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub resolved_at: Option<Timestamp>,
    /// What was seen to be otherwise when it ended, at most three facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fixed: Vec<Fixed>,
    /// How its workloads were when they failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<Revision>,
    /// Why it ended without being well, where it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Ended>,
    /// The incident it turned out to be: what failed goes on there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub same_as: Option<String>,
    /// How often it came back.
    #[serde(default)]
    pub reopened: u32,
    /// Alerts about it, at most [`MOST_ALERTS`].
    #[serde(default)]
    pub alerts: Vec<Alerted>,
    /// How many alerts the sender left out.
    #[serde(default)]
    pub truncated_alerts: u64,
    /// Who is on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// Until when nothing is said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub muted_until: Option<Timestamp>,
    /// Who said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_by: Option<String>,
    /// What annotations of namespaces and workloads say of it, as far as the configuration allows them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<Annotations>,
    /// When someone was last called about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub mentioned_at: Option<Timestamp>,
    /// How often someone was called.
    #[serde(default)]
    pub mentions: u32,
    /// Evidence that is kept when its object or event is gone, at most [`MOST_KEPT`].
    #[serde(default)]
    pub kept: Vec<Kept>,
    /// When a look last brought some of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub kept_at: Option<Timestamp>,
    /// How often its diagnosis was said to be right.
    #[serde(default)]
    pub right: u32,
    /// How often its diagnosis was said to be wrong.
    #[serde(default)]
    pub wrong: u32,
    /// Who said so: each person once, whether it is right. At most [`MOST_VOTES`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub votes: BTreeMap<String, bool>,
    /// Incidents that are told of in this one's thread instead of their own, at most [`MOST_ENTRIES`]; their own
    /// [`Thread::within`] decides.
    #[serde(default)]
    pub entries: Vec<String>,
    /// Where it is told.
    #[serde(default)]
    pub threads: Vec<Thread>,
    /// Of a digest: what it says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulletin: Option<Bulletin>,
    /// Alerts that were told nowhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untold: Option<Untold>,
    /// What stands in the channels.
    #[serde(default)]
    pub posts: Vec<Post>,
    /// What was told outside, at most [`MOST_SENT`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Sent>,
}

/// At most this many members are listed.
pub const MOST_MEMBERS: usize = 100;
/// At most this many alerts are listed; resolved ones go first.
pub const MOST_ALERTS: usize = 60;
/// At most this many excerpts are kept.
pub const MOST_KEPT: usize = 24;

/// At most this many people's votes are counted.
pub const MOST_VOTES: usize = 50;

/// At most this many namespaces are counted one by one.
pub const MOST_NAMESPACES: usize = 200;
/// The count of namespaces beyond [`MOST_NAMESPACES`]: no namespace has this name.
pub const BEYOND: &str = "*";
/// At most this many receivers are remembered: as many as can be configured.
pub const MOST_SENT: usize = 16;
/// At most this many entries are listed; resolved ones go first.
pub const MOST_ENTRIES: usize = 400;

/// One incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Its name in the ledger: a digest of root cause and episode, so that two who open the same have one.
    pub name: String,
    /// The ledger's version of it; empty before it is stored.
    pub version: String,
    /// What it is.
    pub spec: Spec,
    /// What is known.
    pub status: Status,
}

impl Incident {
    /// One that was just opened: nothing of it was seen yet.
    pub fn opened(root_cause: RootCause, episode: u32, now: Timestamp) -> Incident {
        Incident {
            name: super::name::name(&root_cause, episode),
            version: String::new(),
            status: Status::new(root_cause.clone(), now),
            spec: Spec { root_cause, episode, opened_at: now },
        }
    }

    /// Whether it is open: something of it fails, or did so until a short while ago.
    pub fn is_open(&self) -> bool {
        self.status.phase == Phase::Open
    }

    /// Whether something of it fails now, or an alert of it fires.
    pub fn still_fails(&self) -> bool {
        self.status.failing > 0 || self.status.alerts.iter().any(|alert| alert.firing)
    }

    /// How it is told in a channel; `None` where it is not.
    pub fn thread(&self, spot: &Spot) -> Option<&Thread> {
        self.status.threads.iter().find(|thread| thread.is_in(spot))
    }
}

impl Status {
    /// Whether nothing is said about it now.
    pub fn is_muted(&self, now: Timestamp) -> bool {
        let said = self.annotations.as_ref().and_then(|said| said.muted_until);
        [self.muted_until, said].into_iter().flatten().any(|until| now < until)
    }

    /// Of an incident of which nothing was seen yet.
    pub fn new(root_cause: RootCause, now: Timestamp) -> Status {
        Status {
            phase: Phase::Open,
            root_cause,
            confidence: None,
            summary: String::new(),
            severity: Severity::Info,
            members: Vec::new(),
            failing: 0,
            namespaces: BTreeMap::new(),
            most_failing: 0,
            last_failing: now,
            resolved_at: None,
            fixed: Vec::new(),
            revisions: Vec::new(),
            ended: None,
            same_as: None,
            reopened: 0,
            alerts: Vec::new(),
            truncated_alerts: 0,
            taken: None,
            muted_until: None,
            muted_by: None,
            annotations: None,
            mentioned_at: None,
            mentions: 0,
            kept: Vec::new(),
            kept_at: None,
            right: 0,
            wrong: 0,
            votes: BTreeMap::new(),
            entries: Vec::new(),
            threads: Vec::new(),
            bulletin: None,
            untold: None,
            posts: Vec::new(),
            sent: Vec::new(),
        }
    }
}
