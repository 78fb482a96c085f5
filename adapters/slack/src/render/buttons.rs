//! The buttons below an answer. Each carries the line that is asked, so that none needs a store.

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words::{self, Words};
use serde_json::{Value, json};

use super::{State, action};
use crate::limits;
use podwhy_flow::show::text::units;

/// The line of a reply, where a button can carry it.
pub(crate) fn carried(reply: &Reply) -> Option<&str> {
    reply.line.as_deref().filter(|line| !line.trim().is_empty() && units(line) <= limits::BUTTON_VALUE)
}

/// Whether there is a button that shows everything.
pub(crate) fn has_evidence(reply: &Reply, state: &State) -> bool {
    let told = match &reply.content {
        Content::Answer(answer) => !matches!(answer, Answer::Help),
        Content::Several(answers) => !answers.is_empty(),
        Content::Refused { .. } | Content::Told(_) | Content::Fault(_) => false,
    };
    told && carried(reply).is_some() && *state != State::Interrupted
}

/// The block of buttons; none where nothing can be asked.
pub(crate) fn buttons(reply: &Reply, state: &State) -> Option<Value> {
    let line = carried(reply)?;
    let interrupted = *state == State::Interrupted;
    let watching = matches!(state, State::Watching { .. });
    let mut elements = Vec::new();
    let mut add = |shown: bool, id: &str, label: Words| {
        if shown {
            elements.push(button(id, label.of(reply.lang), line));
        }
    };
    add(!matches!(reply.content, Content::Answer(Answer::Help)), action::AGAIN, words::ASK_AGAIN);
    add(has_evidence(reply, state), action::EVIDENCE, words::ALL_EVIDENCE);
    add(!interrupted && reply.has_commands(), action::COMMANDS, words::SHOW_COMMANDS);
    add(!interrupted && !watching && reply.can_be_watched(), action::WATCH, words::WATCH);
    (!elements.is_empty()).then(|| json!({"type": "actions", "elements": elements}))
}

/// One of them alone, below what is no answer itself.
pub(crate) fn evidence(reply: &Reply) -> Option<Value> {
    let line = carried(reply)?;
    let element = button(action::EVIDENCE, words::ALL_EVIDENCE.of(reply.lang), line);
    Some(json!({"type": "actions", "elements": [element]}))
}

fn button(id: &str, label: &str, value: &str) -> Value {
    json!({
        "type": "button",
        "text": {"type": "plain_text", "text": label, "emoji": false},
        "action_id": id,
        "value": value,
    })
}
