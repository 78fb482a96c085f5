//! A NodeTicket: one order to the agent of one node, and what came of it.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::report::Unit;

/// A ticket is for so long at most, whatever it says.
pub const MOST_VALID: SignedDuration = SignedDuration::from_mins(5);

/// So far may the clocks of podwhy and of a node be apart. What lies further in the future was made by a clock that is wrong, or is read
/// by one.
pub const MOST_SKEW: SignedDuration = SignedDuration::from_secs(30);

/// So many of a unit's last lines are told after it did not start.
pub const MOST_LINES: usize = 20;

/// What is done on a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Its kubelet's unit is restarted.
    RestartKubelet,
    /// Its container runtime's unit is restarted.
    RestartRuntime,
    /// An image is removed, with the containers that are left of it.
    RemoveImage,
}

impl Action {
    /// Every one.
    pub const ALL: [Action; 3] = [Action::RestartKubelet, Action::RestartRuntime, Action::RemoveImage];

    /// `restart-kubelet`: as tickets and configurations have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Action::RestartKubelet => "restart-kubelet",
            Action::RestartRuntime => "restart-runtime",
            Action::RemoveImage => "remove-image",
        }
    }
}

/// What is ordered, and by whom it was signed. It never changes, and holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Order {
    /// The node's name.
    pub node: String,
    /// The uid of its Node object: a node that was made again is another one.
    pub node_uid: String,
    /// What is done there.
    pub action: Action,
    /// The image that is removed, as pods name it; none of any other action.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Whether the runtime is restarted also where its containers do not survive that, or nobody knows.
    #[serde(default)]
    pub containers_may_die: bool,
    /// The Remediation that was approved.
    pub remediation: String,
    /// Its uid: an agent obeys one ticket of each, ever.
    pub remediation_uid: String,
    /// When it was signed.
    #[schemars(with = "String")]
    pub issued_at: Timestamp,
    /// It is begun before this, or not at all.
    #[schemars(with = "String")]
    pub expires_at: Timestamp,
}

/// The same, signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ticket {
    /// What is ordered.
    #[serde(flatten)]
    pub order: Order,
    /// Which key it was signed with: see [`crate::seal::key_id`].
    pub key: String,
    /// Ed25519 over [`Order::bytes`], in base64.
    pub signature: String,
}

/// How far a ticket is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// The agent has written it into its journal and begins; it is never begun again.
    Begun,
    /// It was done.
    Done,
    /// It was not done: the ticket is not obeyed, or what it is for does not allow it. Nothing was touched.
    Refused,
    /// It was tried, and did not come out well.
    Failed,
    /// The agent was ended in the middle of it: it may or may not have been done.
    Unclear,
}

impl Phase {
    /// Whether nothing follows.
    pub fn is_over(self) -> bool {
        self != Phase::Begun
    }
}

/// What came of it, in the agent's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// How far it is.
    pub phase: Phase,
    /// Why, as a word: of a refusal [`Refusal::word`].
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The same in a sentence.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Since when it is so far.
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// The unit before it was restarted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Unit>,
    /// And after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Unit>,
    /// The unit's last lines, where it did not start; redacted, at most [`MOST_LINES`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
}

/// Why a ticket is not obeyed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Malformed(String),
    /// Nobody whose key this agent knows signed it.
    #[error("it is signed with the key {0}, which this agent does not know")]
    UnknownKey(String),
    /// The signature is not of these words.
    #[error("its signature does not hold: it was changed, or is not podwhy's")]
    Forged,
    /// It is for another node.
    #[error("it is for Node {0}")]
    OtherNode(String),
    /// It is for a node of this name that is not there any more.
    #[error("it is for an earlier Node of this name")]
    OtherUid,
    /// Its time is over.
    #[error("it was valid until {0}")]
    Expired(Timestamp),
    /// It is from the future: one of the clocks is wrong.
    #[error("it was issued at {0}, which is still to come here: one of the clocks is wrong")]
    Early(Timestamp),
    /// It would be valid for longer than any ticket is.
    #[error("it would be valid for more than {} minutes", MOST_VALID.as_mins())]
    TooLong,
    /// This agent does no such thing.
    #[error("this agent was not set up for {}", .0.as_str())]
    NotAllowed(Action),
    /// It was obeyed already.
    #[error("its Remediation was obeyed already")]
    Replayed,
    /// Too many others were obeyed lately.
    #[error("{0} were obeyed within the hour, which is all that is allowed")]
    TooMany(usize),
}

impl Refusal {
    /// Of metrics and of [`Status::reason`].
    pub fn word(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "Malformed",
            Refusal::UnknownKey(_) => "UnknownKey",
            Refusal::Forged => "Forged",
            Refusal::OtherNode(_) => "OtherNode",
            Refusal::OtherUid => "OtherUid",
            Refusal::Expired(_) => "Expired",
            Refusal::Early(_) => "Early",
            Refusal::TooLong => "TooLong",
            Refusal::NotAllowed(_) => "NotAllowed",
            Refusal::Replayed => "Replayed",
            Refusal::TooMany(_) => "TooMany",
        }
    }
}

impl Order {
    /// What is signed: one JSON list of texts, in which no two orders are alike. A new field makes a new first word.
    pub fn bytes(&self) -> Vec<u8> {
        let words = [
            "podwhy.dev/NodeTicket/v1",
            &self.node,
            &self.node_uid,
            self.action.as_str(),
            if self.image.is_some() { "image" } else { "no image" },
            self.image.as_deref().unwrap_or_default(),
            if self.containers_may_die { "containers may die" } else { "containers stay" },
            &self.remediation,
            &self.remediation_uid,
            &self.issued_at.to_string(),
            &self.expires_at.to_string(),
        ];
        // a list of texts is always written
        serde_json::to_vec(&words).unwrap_or_default()
    }

    /// The name of its object: of one Remediation there is one.
    pub fn name(&self) -> String {
        Order::name_of(&self.remediation_uid)
    }

    /// The same, by the uid of the Remediation.
    pub fn name_of(remediation_uid: &str) -> String {
        format!("ticket-{remediation_uid}")
    }

    /// Whether it is for this node, now.
    ///
    /// # Errors
    /// Why not.
    pub fn holds_for(&self, node: &str, uid: &str, now: Timestamp) -> Result<(), Refusal> {
        if self.node != node {
            return Err(Refusal::OtherNode(self.node.clone()));
        }
        if self.node_uid != uid || uid.is_empty() {
            return Err(Refusal::OtherUid);
        }
        if self.remediation_uid.is_empty() {
            return Err(Refusal::Malformed("it names no Remediation".to_string()));
        }
        match (self.action, self.image.as_deref()) {
            (Action::RemoveImage, None | Some("")) => {
                return Err(Refusal::Malformed("it names no image".to_string()));
            }
            (Action::RestartKubelet | Action::RestartRuntime, Some(_)) => {
                return Err(Refusal::Malformed("it names an image, and a unit is restarted".to_string()));
            }
            _ => {}
        }
        if self.expires_at.duration_since(self.issued_at) > MOST_VALID {
            return Err(Refusal::TooLong);
        }
        if self.issued_at.duration_since(now) > MOST_SKEW {
            return Err(Refusal::Early(self.issued_at));
        }
        if now >= self.expires_at {
            return Err(Refusal::Expired(self.expires_at));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
