//! What was last seen of what is gone.

use std::fmt::Debug;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::{Kind, Lang};

use crate::answer::{BlameAnswer, EvidenceAnswer};
use crate::ask::within::Within;

/// Remembers what failed. It is asked in passing: no request is made, and nothing waits.
pub trait Past: Send + Sync + Debug {
    /// What was last seen failing under a name; `None` where nothing is remembered, or nothing that may be told.
    fn last(&self, sought: &Sought<'_>) -> Option<Remembered>;

    /// The namespaces in which something of this name was seen failing.
    fn places_of(&self, cluster: &str, name: &str) -> Vec<String>;
}

/// What is sought.
#[derive(Clone, Copy, Debug)]
pub struct Sought<'a> {
    /// The cluster.
    pub cluster: &'a str,
    /// The namespace.
    pub namespace: &'a str,
    /// Of which kind; `None` for a pod, else a workload.
    pub kind: Option<Kind>,
    /// The name.
    pub name: &'a str,
    /// What stands under this name now: only what came before it is sought.
    pub before: Option<Standing<'a>>,
    /// As far as it may be told. What is told of logs is the asker's to leave out.
    pub within: &'a Within,
    /// The language it is told in.
    pub lang: Lang,
}

/// A pod that stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// Its uid; empty where that is not known.
    pub uid: &'a str,
    /// When it was made, where that is known.
    pub made: Option<Timestamp>,
}

/// What was last seen of a pod. Every text is redacted, and names no pod of another namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// The pod's name.
    pub name: String,
    /// The outermost controller it belonged to, where that is known.
    pub owner: Option<BlameAnswer>,
    /// When it was last seen failing.
    pub seen_at: Timestamp,
    /// How long ago that was.
    pub age: SignedDuration,
    /// The cause's id.
    pub cause: String,
    /// How sure that was.
    pub confidence: Option<String>,
    /// Whose fault it was.
    pub blame: BlameAnswer,
    /// In one line; `None` where it was not written in the language, or may not be told.
    pub summary: Option<String>,
    /// What proved it.
    pub evidence: Vec<EvidenceAnswer>,
    /// Whether it is the very pod that is sought; else it is the last one of the same workload.
    pub is_exact: bool,
}
