//! Why a call brought nothing, and what may be done then.

use std::time::Duration;

use thiserror::Error;

/// Why a call brought nothing. None of these has a URL, a token or a body in it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(crate) enum CallError {
    #[error("Slack did not answer in time")]
    TimedOut,
    /// No connection, or one that broke. What was not sent can be sent again.
    #[error("Slack could not be reached")]
    Unreachable { sent: bool },
    /// 429. <https://docs.slack.dev/apis/web-api/rate-limits/>
    #[error("Slack asked to wait {} s", .0.as_secs())]
    Limited(Duration),
    /// A fault of Slack's own: a 5xx, or a word for one.
    #[error("Slack failed: {0}")]
    Failed(String),
    /// Slack's word for why not.
    #[error("Slack refused it: {0}")]
    Refused(String),
    #[error("what Slack answered could not be read")]
    Garbled,
    /// A message could not be told from all that stands around it.
    #[error("too much stands there to be looked through")]
    Crowded,
    /// A response URL is good for half an hour and five messages.
    #[error("the response URL is used up")]
    Spent,
    /// A newer edit of the same message takes its place.
    #[error("a newer edit took its place")]
    Superseded,
    /// A dialog is opened within a few seconds of the click, or not at all.
    #[error("the click is too long ago")]
    Late,
}

/// Where Slack limits without saying for how long.
pub(crate) const UNSAID_WAIT: Duration = Duration::from_secs(5);

impl CallError {
    /// What a word of Slack's means. The words that several methods share:
    /// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>.
    pub(crate) fn of_word(word: &str) -> CallError {
        let word: String = word.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
        match word.as_str() {
            "ratelimited" | "rate_limited" => CallError::Limited(UNSAID_WAIT),
            "internal_error"
            | "fatal_error"
            | "service_unavailable"
            | "request_timeout"
            | "team_added_to_org" => CallError::Failed(word),
            _ => CallError::Refused(word),
        }
    }

    /// Whether Slack may have done what it was asked to.
    pub(crate) fn is_unclear(&self) -> bool {
        match self {
            CallError::TimedOut | CallError::Failed(_) | CallError::Garbled => true,
            CallError::Unreachable { sent } => *sent,
            CallError::Limited(_)
            | CallError::Refused(_)
            | CallError::Crowded
            | CallError::Spent
            | CallError::Superseded
            | CallError::Late => false,
        }
    }

    /// Whether the same call may succeed a moment later.
    pub(crate) fn is_passing(&self) -> bool {
        self.is_unclear() || matches!(self, CallError::Unreachable { .. })
    }

    fn is_one_of(&self, words: &[&str]) -> bool {
        matches!(self, CallError::Refused(word) if words.contains(&word.as_str()))
    }

    /// Whether the token was refused, whatever the call.
    pub(crate) fn is_token(&self) -> bool {
        self.is_one_of(&[
            "invalid_auth",
            "not_authed",
            "account_inactive",
            "token_revoked",
            "token_expired",
            "not_allowed_token_type",
        ])
    }

    /// Whether the app lacks a scope for it.
    pub(crate) fn is_scope(&self) -> bool {
        self.is_one_of(&["missing_scope"])
    }

    /// Whether the bot is no member there.
    pub(crate) fn is_no_member(&self) -> bool {
        self.is_one_of(&["not_in_channel", "channel_not_found"])
    }

    /// Whether the message is no longer there.
    pub(crate) fn is_gone(&self) -> bool {
        self.is_one_of(&["message_not_found", "thread_not_found"])
    }

    /// Whether the dialog was opened already, for a copy of the same click.
    pub(crate) fn is_exchanged(&self) -> bool {
        self.is_one_of(&["exchanged_trigger_id"])
    }

    /// Whether it was the message's own shape that was refused: its text alone may pass.
    pub(crate) fn is_shape(&self) -> bool {
        self.is_one_of(&[
            "invalid_blocks",
            "invalid_blocks_format",
            "msg_blocks_too_long",
            "msg_too_long",
            "metadata_too_large",
            "invalid_metadata_format",
            "invalid_metadata_schema",
        ])
    }

    /// As metrics have it.
    pub(crate) fn outcome(&self) -> &'static str {
        match self {
            CallError::TimedOut => "timed-out",
            CallError::Unreachable { .. } => "unreachable",
            CallError::Limited(_) => "limited",
            CallError::Failed(_) => "failed",
            CallError::Refused(_) => "refused",
            CallError::Garbled => "garbled",
            CallError::Crowded => "crowded",
            CallError::Spent => "spent",
            CallError::Superseded => "superseded",
            CallError::Late => "late",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_becomes_what_it_means() {
        assert_eq!(CallError::of_word("ratelimited"), CallError::Limited(UNSAID_WAIT));
        assert!(CallError::of_word("internal_error").is_unclear());
        assert!(CallError::of_word("not_in_channel").is_no_member());
        assert!(CallError::of_word("token_revoked").is_token());
        assert!(!CallError::of_word("token_revoked").is_passing());
        assert!(!CallError::Unreachable { sent: false }.is_unclear());
        assert!(CallError::Unreachable { sent: false }.is_passing());
    }

    #[test]
    fn a_word_has_no_more_than_a_word_in_it() {
        let shown = CallError::of_word("bad\nhttps://hooks.slack.com/x?y=1").to_string();
        assert_eq!(shown, "Slack refused it: badhttpshooksslackcomxy1");
    }
}
