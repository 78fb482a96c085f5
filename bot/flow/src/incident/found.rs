//! What a cluster told about an alert.

use super::alert::Alert;
use super::look::Sighted;

/// An alert, and what was found about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The alert.
    pub alert: Alert,
    /// What was found.
    pub found: Found,
}

/// What was found about an alert.
// nearly every one is a cause, and few are held at once: a box each would save nothing
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Why the object it names fails.
    Cause(Sighted),
    /// The object it names does not fail, or is gone and so is what made it.
    Healthy {
        /// What was checked, a line each, redacted.
        checked: Vec<String>,
    },
    /// It names nothing that podwhy can look at, or is resolved: nothing was asked.
    NoObject,
    /// The cluster could not be asked: why, redacted.
    Unread(String),
}
