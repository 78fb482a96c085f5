//! The line below an answer that says what becomes of it.

use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use serde_json::{Value, json};

use super::State;
use super::escape::mrkdwn;
use super::rich::DATE;

/// The most a reason takes.
const REASON: usize = 300;

/// A context block; none for a mere answer.
pub(crate) fn context(reply: &Reply, state: &State) -> Option<Value> {
    let text = match state {
        State::Answer | State::Interrupted => return None,
        // said already
        State::Over { note } if matches!(&reply.content, Content::Refused { why, .. } if why == note) => {
            return None;
        }
        State::Over { note } => mrkdwn(note, REASON).text,
        // <https://docs.slack.dev/messaging/formatting-message-text#date-formatting>
        State::Watching { since } => format!(
            ":eyes: {} · {} <!date^{}^{DATE}|{since}>",
            words::WATCHING.of(reply.lang),
            words::SINCE.of(reply.lang),
            since.as_second(),
        ),
    };
    (!text.is_empty()).then(|| json!({"type": "context", "elements": [{"type": "mrkdwn", "text": text}]}))
}
