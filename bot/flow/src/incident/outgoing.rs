//! What receivers outside the chats are to be told of an incident. Pure: an incident as it stands, and what its receiver was last
//! told, give the next notice.
//!
//! - `notice`: what is sent, whatever carries it; its types stand here.
//! - [`next`](self::next()): which it is.
//!
//! Every change is told once, in order: opened, changed, taken, resolved, reopened. What changed several times meanwhile is told
//! together, as it is now. While an incident is muted nothing new is told of it; that it was taken or ended is, where its beginning
//! was told: that makes nobody louder.

mod next;
mod notice;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use podwhy_knowledge::Lang;

pub use self::next::{Due, next};
pub use self::notice::{Blame, Cause, Notice, Told, TookIt, VERSION};
use super::alert::Severity;
use super::record::{Incident, Sent};
use crate::chat::policy::Area;

/// What became of an incident.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum News {
    /// It began, or the receiver has not heard of it before.
    Opened,
    /// Something else of it is otherwise than it was told.
    Changed,
    /// Someone is on it.
    Taken,
    /// All is well again.
    Resolved,
    /// It fails again.
    Reopened,
}

/// Who is told, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receiver {
    /// Its name, by which the ledger knows it: another name is another receiver.
    pub name: String,
    /// Where something fails; empty for anywhere.
    pub areas: Vec<Area>,
    /// At least this severe. What became severe enough later is opened then; what was told once is told to its end.
    pub severity: Severity,
    /// Of these causes; empty for any.
    pub causes: BTreeSet<String>,
    /// Whether someone is woken by it: then neither is told what is over already, nor who else fails for the same reason.
    pub wakes: bool,
    /// The language of its texts.
    pub lang: Lang,
}

impl Receiver {
    fn fits(&self, incident: &Incident) -> bool {
        let status = &incident.status;
        incident.is_in(&self.areas)
            && status.severity >= self.severity
            && (self.causes.is_empty() || self.causes.contains(&status.root_cause.cause))
    }

    /// What it was last told.
    pub(super) fn told<'i>(&self, incident: &'i Incident) -> Option<&'i Sent> {
        incident.status.sent.iter().find(|sent| sent.to == self.name)
    }
}
