//! What `podwhy setup` finds of what it looks at: what is there, and for what is not, what to do.

use serde::Serialize;

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// `the bot's token`
    pub what: String,
    /// How it is.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// How it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// As it should be.
    Fine {
        /// What was found.
        found: String,
    },
    /// Something is missing.
    Missing {
        /// What.
        missing: String,
        /// What to do about it.
        todo: String,
    },
    /// Not configured, or not possible there: nothing has to be done.
    Off {
        /// Why.
        why: String,
    },
    /// It could not be asked.
    Unknown {
        /// Why.
        why: String,
    },
}

impl Check {
    /// As it should be.
    pub fn fine(what: &str, found: impl Into<String>) -> Check {
        Check { what: what.to_string(), outcome: Outcome::Fine { found: found.into() } }
    }

    /// Something is missing.
    pub fn missing(what: &str, missing: impl Into<String>, todo: impl Into<String>) -> Check {
        let outcome = Outcome::Missing { missing: missing.into(), todo: todo.into() };
        Check { what: what.to_string(), outcome }
    }

    /// Not configured, or not possible there.
    pub fn off(what: &str, why: impl Into<String>) -> Check {
        Check { what: what.to_string(), outcome: Outcome::Off { why: why.into() } }
    }

    /// It could not be asked.
    pub fn unknown(what: &str, why: impl Into<String>) -> Check {
        Check { what: what.to_string(), outcome: Outcome::Unknown { why: why.into() } }
    }

    /// Whether nothing has to be done about it.
    pub fn is_well(&self) -> bool {
        matches!(self.outcome, Outcome::Fine { .. } | Outcome::Off { .. })
    }
}
