//! The buttons below an answer. Each carries the line that is asked, so that none needs a store.

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::incident::words::FIX;
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
    if let Some(fix) = reply.fix_line().filter(|_| !interrupted) {
        elements.push(button(action::FIX, FIX.of(reply.lang), &fix));
    }
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

#[cfg(test)]
mod tests {
    use podwhy_flow::chat::Audience;
    use podwhy_knowledge::Lang;

    use super::*;

    fn reply(line: &str, fix: bool) -> Reply {
        let content = Content::Told("it fails".to_string());
        Reply { lang: Lang::En, audience: Audience::Channel, content, line: Some(line.to_string()), fix }
    }

    #[test]
    fn what_can_be_done_is_asked_where_something_can() {
        let ids = |reply: &Reply, state: &State| -> Vec<(String, String)> {
            let all = buttons(reply, state).map(|all| all["elements"].clone()).unwrap_or_default();
            let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_string();
            all.as_array()
                .into_iter()
                .flatten()
                .map(|one| (text(one, "action_id"), text(one, "value")))
                .collect()
        };
        let fix = (action::FIX.to_string(), "fix shop/cart-0".to_string());
        let known = reply("why shop/cart-0", true);
        assert!(ids(&known, &State::Answer).contains(&fix));
        assert!(!ids(&known, &State::Interrupted).contains(&fix));
        assert!(!ids(&reply("why shop/cart-0", false), &State::Answer).contains(&fix));
        // of what is no question about a target nothing is asked
        assert!(!ids(&reply("triage", true), &State::Answer).iter().any(|(id, _)| id == action::FIX));
    }
}
