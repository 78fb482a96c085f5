//! A cluster at a moment: what fails in it, by root cause.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::alert::Severity;
use super::annotations::Annotations;
use super::fixed::Standing;
use super::record::{Kept, Member, RootCause};

/// How much of a cluster was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of it.
    All,
    /// These namespaces.
    Namespaces(BTreeSet<String>),
}

impl Scope {
    /// Whether something in this namespace (empty: in none, as a node) would have been seen.
    pub fn holds(&self, namespace: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Namespaces(own) => own.contains(namespace),
        }
    }
}

/// What fails for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighted {
    /// The reason.
    pub root_cause: RootCause,
    /// `certain`, `likely`, `possible`; `None` for `unknown`.
    pub confidence: Option<String>,
    /// One line, of the first member.
    pub summary: String,
    /// Everything that fails for it.
    pub members: Vec<Member>,
    /// Whether it may open an incident: a member failed for longer than its threshold, or an alert names one. What is not due
    /// joins an incident that is open, and opens none.
    pub is_due: bool,
    /// How much it matters.
    pub severity: Severity,
    /// What proves it, for when it is gone: of the first member. It names no pod of another namespace than its own.
    pub evidence: Arc<[Kept]>,
    /// What annotations say of it; `None` where that is not known.
    pub annotations: Option<Annotations>,
}

/// A cluster, or some of its namespaces, at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The cluster.
    pub cluster: String,
    /// When, by the cluster's own clock.
    pub at: Timestamp,
    /// What was looked at.
    pub scope: Scope,
    /// Whether nothing of it could not be read: only then is what is not seen well.
    pub is_whole: bool,
    /// What fails.
    pub sighted: Vec<Sighted>,
    /// How workloads and nodes stand, for what ended.
    pub standing: Arc<Standing>,
}
