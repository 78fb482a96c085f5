//! What was offered to be done, and what came of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::BlameAnswer;

/// The answer to `podwhy remediations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "podwhy remediations", deny_unknown_fields)]
pub struct RemediationsAnswer {
    /// Where they are kept.
    pub namespace: String,
    /// The latest first.
    pub remediations: Vec<RemediationAnswer>,
    /// How many there are besides, which nobody agreed to and which are over.
    pub left_out: usize,
}

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RemediationAnswer {
    /// Its name; empty while it is not offered.
    pub name: String,
    /// How far it is: `Offered`, `Succeeded`, …
    pub phase: String,
    /// What is done to what, in a few words.
    pub title: String,
    /// How it stands, in one line.
    pub stands: String,
    /// What is done: `delete-pod`, …
    pub remedy: String,
    /// The cluster in which it is done.
    pub cluster: String,
    /// The cause it is for.
    pub cause: String,
    /// And what that cause is the fault of.
    pub blame: BlameAnswer,
    /// What is changed.
    pub targets: Vec<ChangedAnswer>,
    /// What whoever agrees has to know, in words.
    pub warnings: Vec<String>,
    /// What it takes.
    pub needs: NeedsAnswer,
    /// Who asked, as the clusters know them; null where an alert did.
    pub asked_by: Option<String>,
    /// Since when it is offered, RFC 3339.
    pub offered_at: String,
    /// No one can agree after this, RFC 3339.
    pub expires_at: String,
    /// Who agreed.
    pub agreed: Vec<AgreedAnswer>,
    /// What happened, in order.
    pub steps: Vec<StepAnswer>,
}

/// An object that is changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChangedAnswer {
    /// A Kubernetes kind in CamelCase.
    pub kind: String,
    /// Its namespace, where it has one.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Its uid, as it was when this was offered: no other object of its name is changed.
    pub uid: String,
    /// `Done`, `NotDone` or `Unclear`; null before it was tried.
    pub result: Option<String>,
    /// Why it was not done.
    pub why: Option<String>,
}

/// What it takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct NeedsAnswer {
    /// So many people have to agree.
    pub approvals: u32,
    /// Whether each of them types the name of what is changed.
    pub typed_name: bool,
}

/// Somebody agreed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct AgreedAnswer {
    /// Who, as the clusters know them.
    pub user: String,
    /// Where: `slack`, `discord` or `console`.
    pub app: String,
    /// When, RFC 3339.
    pub at: String,
}

/// A phase that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StepAnswer {
    /// Which.
    pub phase: String,
    /// When, RFC 3339.
    pub at: String,
    /// Through whom: a person, or a replica of podwhy.
    pub who: String,
    /// Why, if there is something to say.
    pub why: Option<String>,
}

impl ChangedAnswer {
    /// `Pod shop/web-a`
    pub fn shown(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

impl RemediationAnswer {
    /// Whether nothing follows.
    pub fn is_over(&self) -> bool {
        !["Offered", "Approved", "Executing", "Verifying"].contains(&self.phase.as_str())
    }
}
