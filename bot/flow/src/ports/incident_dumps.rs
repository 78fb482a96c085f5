//! What the diagnosis of an incident sees, for one who says that it is wrong.

use std::fmt::Debug;

use futures::future::BoxFuture;
use podwhy_knowledge::Target;

use crate::ask::collect::Collected;
use crate::ask::within::Within;
use crate::chat::Asker;
use crate::incident::Incident;

/// A text for one person to keep. Its name is a file's: letters, digits, `-`, `_` and `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Its name.
    pub name: String,
    /// What is in it, redacted.
    pub text: String,
}

/// Reads what an incident's diagnosis is made of.
///
/// # Caveats
/// A call takes as long as the cluster does, at most its own patience. It reads what is there now: what was there when the incident
/// was opened is in it as far as the incident kept it.
pub trait IncidentDumps: Send + Sync + Debug {
    /// As a file, as far as this person may read it in this channel, redacted; `None` where nothing of it can be read.
    fn dump<'a>(&'a self, incident: &'a Incident, asker: &'a Asker) -> BoxFuture<'a, Option<TextFile>>;
}

/// What of an incident a person may read.
pub trait IncidentReach: Send + Sync + Debug {
    /// The first of what fails that this person may read in this channel, and as far as they may; `None` where that is nothing, or the
    /// cluster does not answer.
    fn reach<'a>(
        &'a self,
        incident: &'a Incident,
        asker: &'a Asker,
    ) -> BoxFuture<'a, Option<(Target, Within)>>;
}

/// Writes what was read as one text, which `podwhy why --from` reads.
pub trait DumpWrite: Send + Sync + Debug {
    /// The text, redacted: no value of a Secret or ConfigMap is in it. Of more than `most` bytes, as many whole objects and ends of
    /// logs as fit, and it says what was left out. `None` where it cannot be written.
    fn text(&self, collected: &Collected, most: usize) -> Option<String>;
}
