//! An incident, as it is stored: the spec never changes, the status is what is known and shown.
//!
//! A stored incident stays below 64 KiB: members, alerts and excerpts have limits, and what is beyond them is counted.

use jiff::Timestamp;
use podwhy_knowledge::Blame;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::alert::Severity;
use crate::chat::Platform;

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

/// A message that stands in a channel, or should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Its name within the incident: `parent`, `answer`. With the incident's name and the channel it is the message's own id,
    /// by which a chat finds it.
    pub part: String,
    /// In which app.
    pub platform: Platform,
    /// The channel's id.
    pub channel: String,
    /// Since when posting it has been tried without knowing the outcome: it is looked for before it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub attempted_at: Option<Timestamp>,
    /// The app's id of the message, once it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A digest of what it shows, once it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Why it will never stand: the app refused it for good.
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
    /// What fails now, at most [`MOST_MEMBERS`].
    #[serde(default)]
    pub members: Vec<Member>,
    /// How many fail now.
    pub failing: u32,
    /// How many failed at most at one time.
    pub most_failing: u32,
    /// When something of it was last seen failing.
    #[schemars(with = "String")]
    pub last_failing: Timestamp,
    /// When it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub resolved_at: Option<Timestamp>,
    /// What ended it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_by: Option<String>,
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
    /// Incidents that are told of in this one's thread instead of their own.
    #[serde(default)]
    pub entries: Vec<String>,
    /// What stands in the channels.
    #[serde(default)]
    pub posts: Vec<Post>,
}

/// At most this many members are listed.
pub const MOST_MEMBERS: usize = 100;
/// At most this many alerts are listed; resolved ones go first.
pub const MOST_ALERTS: usize = 60;
/// At most this many excerpts are kept.
pub const MOST_KEPT: usize = 24;

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
    /// Whether something of it fails.
    pub fn is_open(&self) -> bool {
        self.status.phase == Phase::Open
    }
}
