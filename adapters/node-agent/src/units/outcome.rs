//! How a restart is waited for, and what comes of it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use podwhy_api::report::Unit;
use podwhy_api::ticket::Phase;
use thiserror::Error;

use super::bus::UnitError;
use super::roles::Never;

/// How a restart is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// A unit that was started less long ago is left alone.
    pub cooldown: SignedDuration,
    /// It is up within this time, the stop of what runs now included: systemd gives that a minute and a half, unless the unit says otherwise.
    pub within: Duration,
    /// It stays up for so long: a service of `Type=simple` counts as started before it has read its configuration.
    pub steady: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            cooldown: SignedDuration::from_mins(10),
            within: Duration::from_secs(150),
            steady: Duration::from_secs(5),
        }
    }
}

/// A unit that was restarted, and runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restarted {
    /// As it was before.
    pub before: Unit,
    /// As it is now: of another invocation.
    pub after: Unit,
}

/// Why it was not restarted, or does not run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RestartError {
    /// It could not be looked at before. Nothing was done.
    #[error(transparent)]
    Unit(#[from] UnitError),
    /// It is none that is restarted. Nothing was done.
    #[error(transparent)]
    Never(#[from] Never),
    /// It was started a moment ago. Nothing was done.
    #[error("{unit} was started {} s ago, and is left alone for {} s after a start", ago.as_secs(), cooldown.as_secs())]
    TooSoon {
        /// The unit.
        unit: String,
        /// How long ago; negative where the clock was set back since.
        ago: SignedDuration,
        /// How long it is left alone.
        cooldown: SignedDuration,
    },
    /// systemd did not take the order. Nothing was done.
    #[error("systemd does not restart {unit}: {why}")]
    NotTaken {
        /// The unit.
        unit: String,
        /// systemd's answer.
        why: String,
    },
    /// systemd tried, and it does not run. It is not tried again here; systemd itself may, as its unit says.
    #[error("{unit} does not run: {why}")]
    Failed {
        /// The unit.
        unit: String,
        /// When it was ordered: its lines in the journal since then tell why.
        at: Timestamp,
        /// What became of it.
        why: String,
        /// As it was before.
        before: Box<Unit>,
        /// As it is now, where that is known.
        after: Option<Box<Unit>>,
    },
    /// What came of it was not told in time: it may or may not have been restarted.
    #[error("whether {unit} was restarted is not clear: {why}")]
    Unclear {
        /// The unit.
        unit: String,
        /// When it was ordered.
        at: Timestamp,
        /// What is missing.
        why: String,
        /// As it was before.
        before: Box<Unit>,
    },
}

impl RestartError {
    /// How far the order is with that.
    pub fn phase(&self) -> Phase {
        match self {
            RestartError::Failed { .. } => Phase::Failed,
            RestartError::Unclear { .. } => Phase::Unclear,
            _ => Phase::Refused,
        }
    }

    /// Of metrics and of a status: one word.
    pub fn word(&self) -> &'static str {
        match self {
            RestartError::Unit(UnitError::NotFound(_)) => "NotFound",
            RestartError::Unit(_) => "Unreachable",
            RestartError::Never(_) => "Never",
            RestartError::TooSoon { .. } => "TooSoon",
            RestartError::NotTaken { .. } => "NotTaken",
            RestartError::Failed { .. } => "Failed",
            RestartError::Unclear { .. } => "Unclear",
        }
    }
}
