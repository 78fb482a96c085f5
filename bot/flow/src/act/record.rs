//! A Remediation, as it is stored: the spec is the offer and never changes, the status is what people and podwhy made of it.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::remedy::{Floor, Risk};
use crate::chat::Platform;
use crate::incident::record::{Member, RootCause};

mod plan;

pub use plan::{Caution, Orphaned, Plan, Revision, Said, Target, Ticket, Warning};

/// An offer lives so long, and no write starts later.
pub const OFFERED_FOR: SignedDuration = SignedDuration::from_mins(15);

/// A write is made within this from its beginning, or not at all.
pub const WRITE_WITHIN: SignedDuration = SignedDuration::from_secs(10);

/// So long after the end of [`WRITE_WITHIN`] another replica looks what became of a write: by then the API server has finished a request
/// that its client gave up.
pub const LOOK_AFTER: SignedDuration = SignedDuration::from_secs(20);

/// At most this many objects are changed by one.
pub const MOST_TARGETS: usize = 100;

/// At most this many people's words are kept.
pub const MOST_ATTESTED: usize = 6;

/// At most this many steps are told.
pub const MOST_STEPS: usize = 40;

/// What was offered; it never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Spec {
    /// The incident it is for; none where somebody asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<String>,
    /// Why it is offered: before it is done, a diagnosis has to find this still.
    pub root_cause: RootCause,
    /// What is diagnosed before: what was asked about.
    pub subject: Member,
    /// What is diagnosed after: of a pod what made it, as the pod itself is gone then.
    pub after: Member,
    /// What is done.
    pub plan: Plan,
    /// What it needs.
    pub floor: Floor,
    /// How much care it asks for by itself: by that the configuration's rules choose.
    #[serde(default)]
    pub risk: Risk,
    /// Who asked podwhy, as the clusters know them; none where an alert did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// Since when it is offered.
    #[schemars(with = "String")]
    pub offered_at: Timestamp,
}

/// How far it is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Phase {
    /// It can be agreed to.
    #[default]
    Offered,
    /// Enough people agreed.
    Approved,
    /// Somebody said no.
    Declined,
    /// Nobody, or too few, agreed in time, or it was not begun in time.
    Expired,
    /// What it was for is no longer so.
    Superseded,
    /// It is being done, by one replica.
    Executing,
    /// It was done; whether it helped is being looked at.
    Verifying,
    /// It was done, and helped.
    Succeeded,
    /// Some of it was done.
    Partial,
    /// It was not done, or did not help.
    Failed,
    /// It may or may not have been done: somebody has to look.
    Unclear,
}

impl Phase {
    /// Every one, in the order in which they can come.
    pub const ALL: [Phase; 11] = [
        Phase::Offered,
        Phase::Approved,
        Phase::Declined,
        Phase::Expired,
        Phase::Superseded,
        Phase::Executing,
        Phase::Verifying,
        Phase::Succeeded,
        Phase::Partial,
        Phase::Failed,
        Phase::Unclear,
    ];

    /// Whether nothing follows.
    pub fn is_over(self) -> bool {
        !matches!(self, Phase::Offered | Phase::Approved | Phase::Executing | Phase::Verifying)
    }

    /// The word in the ledger.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Offered => "Offered",
            Phase::Approved => "Approved",
            Phase::Declined => "Declined",
            Phase::Expired => "Expired",
            Phase::Superseded => "Superseded",
            Phase::Executing => "Executing",
            Phase::Verifying => "Verifying",
            Phase::Succeeded => "Succeeded",
            Phase::Partial => "Partial",
            Phase::Failed => "Failed",
            Phase::Unclear => "Unclear",
        }
    }
}

/// Somebody agreed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Approval {
    /// Who, as the clusters know them: by this two people are told apart, in whichever app they are.
    pub user: String,
    /// In which app.
    pub platform: Platform,
    /// Their id there.
    pub person: String,
    /// The groups that the chat added to their own then: by its user groups or roles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added_groups: Vec<String>,
    /// The name they typed, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<String>,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// podwhy's mark that it took this approval itself: see [`super::seal`].
    pub seal: String,
}

/// Somebody gave their word that a machine is off, in a dialog of its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Attested {
    /// Who, as the clusters know them.
    pub user: String,
    /// In which app.
    pub platform: Platform,
    /// Their id there.
    pub person: String,
    /// How they know it: the machine's BMC, its console, hands on the machine.
    pub how: String,
    /// When that was.
    #[schemars(with = "String")]
    pub established_at: Timestamp,
    /// When they said so.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// podwhy's mark that it took this word itself.
    pub seal: String,
}

/// A phase that began.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Which.
    pub phase: Phase,
    /// When.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Through whom: a person, or a replica.
    pub who: String,
    /// Why, if there is something to say.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// Who does it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Executing {
    /// One run of one process: a process that was started again is another one.
    pub by: String,
    /// No write starts after this.
    #[schemars(with = "String")]
    pub deadline_at: Timestamp,
}

/// What became of one target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Result {
    /// It was done.
    Done,
    /// It was not done, and will not be.
    NotDone,
    /// It may or may not have been done.
    Unclear,
}

/// The same, with what it is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// Of which target, by its place in the plan.
    pub target: u32,
    /// What became of it.
    pub result: Result,
    /// In the API server's words, or podwhy's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
}

/// What people and podwhy made of an offer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// How far it is.
    pub phase: Phase,
    /// Who agreed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approvals: Vec<Approval>,
    /// Who said that the machine is off, at most [`MOST_ATTESTED`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attested: Vec<Attested>,
    /// Whether the node is dead, by each of its signs, as it was judged last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checklist: Vec<Said>,
    /// Who does it, from its beginning on; it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub executing: Option<Executing>,
    /// What became of each target.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<Outcome>,
    /// Until when it is looked whether it helped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub verify_until: Option<Timestamp>,
    /// What happened, at most [`MOST_STEPS`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<Step>,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remediation {
    /// Its name in the ledger, which buttons carry.
    pub name: String,
    /// The uid the ledger gave it; empty before it is stored.
    pub uid: String,
    /// The ledger's version of it; empty before it is stored.
    pub version: String,
    /// What was offered.
    pub spec: Spec,
    /// What came of it.
    pub status: Status,
}

impl Outcome {
    /// Of the target at this place of the plan.
    pub fn of(place: usize, result: Result, why: String) -> Outcome {
        // a plan has at most MOST_TARGETS
        Outcome { target: u32::try_from(place).unwrap_or(u32::MAX), result, why }
    }
}

impl Spec {
    /// When the offer is over.
    pub fn expires_at(&self) -> Timestamp {
        self.offered_at.checked_add(OFFERED_FOR).unwrap_or(Timestamp::MIN)
    }

    /// A digest of all of it, by which an approval is bound to what was approved.
    pub fn digest(&self) -> String {
        // serde's derive writes fields in their order here, and there is no map among them: the same spec gives the same bytes
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name that is typed where one is asked for: of the first target.
    pub fn typed_name(&self) -> &str {
        self.plan.targets.first().map(|target| target.name.as_str()).unwrap_or_default()
    }
}
