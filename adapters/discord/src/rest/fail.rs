//! What a failed call means.

use thiserror::Error;

/// Discord's own numbers, as far as they decide something:
/// <https://discord.com/developers/docs/topics/opcodes-and-status-codes#json-json-error-codes>
pub(crate) mod code {
    /// Unknown Channel: there is none, or no thread yet.
    pub(crate) const UNKNOWN_CHANNEL: i64 = 10003;
    /// Unknown Message: deleted, or one only a person sees.
    pub(crate) const UNKNOWN_MESSAGE: i64 = 10008;
    /// Unknown interaction: more than 3 s old, or another replica answered it.
    pub(crate) const UNKNOWN_INTERACTION: i64 = 10062;
    /// Interaction has already been acknowledged.
    pub(crate) const ALREADY_ACKNOWLEDGED: i64 = 40060;
    /// A thread has already been created for this message.
    pub(crate) const THREAD_EXISTS: i64 = 160_004;
}

/// Why a call brought nothing. Has no address and no token in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum Fail {
    /// Discord says no, and nothing has happened.
    #[error("Discord answered {status}, code {code}: {message}")]
    Refused {
        /// HTTP's
        status: u16,
        /// Discord's, or 0.
        code: i64,
        /// In Discord's words.
        message: String,
    },
    /// There was no connection: Discord has seen nothing.
    #[error("no connection to Discord")]
    NotSent,
    /// No answer, or a 5xx: it may have happened.
    #[error("no answer from Discord, or none that says what became of the call")]
    Unknown,
}

impl Fail {
    /// Whether the same call may succeed later.
    pub(crate) fn may_heal(&self) -> bool {
        match self {
            Fail::NotSent | Fail::Unknown => true,
            Fail::Refused { status, .. } => *status == 429,
        }
    }

    /// Discord's own number.
    pub(crate) fn code(&self) -> Option<i64> {
        match self {
            Fail::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Whether the token is refused.
    pub(crate) fn is_unauthorized(&self) -> bool {
        matches!(self, Fail::Refused { status: 401, .. })
    }

    /// For the metric.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            Fail::Refused { .. } => "refused",
            Fail::NotSent => "not-sent",
            Fail::Unknown => "unknown",
        }
    }
}
