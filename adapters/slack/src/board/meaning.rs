//! What a call's failure means for a message of an incident.

use podwhy_flow::ports::BoardError;

use crate::outbound::CallError;

/// Words by which Slack will not do it however often it is asked, until a person changes something.
/// <https://docs.slack.dev/reference/methods/chat.postMessage#errors>
const FINAL: [&str; 17] = [
    "channel_not_found",
    "not_in_channel",
    "is_archived",
    "missing_scope",
    "no_permission",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "cant_update_message",
    "cant_delete_message",
    "edit_window_closed",
    "invalid_arguments",
    "invalid_blocks",
    "msg_too_long",
    "metadata_too_large",
];

/// The first message of an incident's thread is one that can be replied to, unless it is gone.
const NO_THREAD: &str = "cannot_reply_to_message";

/// What it means. A word that is not known here is not taken for the last one: an incident's message is rather late than lost.
pub(super) fn meaning(error: CallError) -> BoardError {
    let told = error.to_string();
    match &error {
        CallError::Refused(word) if error.is_gone() || word == NO_THREAD => BoardError::Gone,
        CallError::Refused(word) if error.is_shape() || FINAL.contains(&word.as_str()) => {
            BoardError::Refused(told)
        }
        _ if error.is_unclear() => BoardError::Unclear(told),
        _ => BoardError::Later(told),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_what_is_final_is_refused() {
        let of = |word: &str| meaning(CallError::of_word(word));
        for word in
            ["channel_not_found", "not_in_channel", "is_archived", "missing_scope", "invalid_blocks_format"]
        {
            assert!(matches!(of(word), BoardError::Refused(_)), "{word}");
        }
        // a token is exchanged, a proxy mended, and a new word may mean anything
        for word in ["token_revoked", "http_407", "message_limit_exceeded", "a_new_word", "ratelimited"] {
            assert!(matches!(of(word), BoardError::Later(_)), "{word}");
        }
        assert_eq!(of("message_not_found"), BoardError::Gone);
        assert_eq!(of("thread_not_found"), BoardError::Gone);
        assert_eq!(of("cannot_reply_to_message"), BoardError::Gone);
    }

    #[test]
    fn what_may_have_been_done_is_unclear_and_nothing_else() {
        for error in [
            CallError::TimedOut,
            CallError::Garbled,
            CallError::Failed("http_500".into()),
            CallError::of_word("internal_error"),
            CallError::Unreachable { sent: true },
        ] {
            assert!(matches!(meaning(error), BoardError::Unclear(_)));
        }
        for error in [CallError::Unreachable { sent: false }, CallError::Limited(Duration::from_secs(3600))] {
            assert!(matches!(meaning(error), BoardError::Later(_)));
        }
    }
}
