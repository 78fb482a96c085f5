//! The buttons below an answer. What they ask stands in the embed's footer.

use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::incident::words::FIX;
use podwhy_flow::words::{self, Words};
use serde_json::{Value, json};

use super::{State, action, marks};

/// The kinds of <https://docs.discord.com/developers/components/reference#component-object-component-types>.
pub(crate) const ACTION_ROW: u8 = 1;
pub(crate) const BUTTON: u8 = 2;
pub(crate) const TEXT_INPUT: u8 = 4;
pub(crate) const TEXT_DISPLAY: u8 = 10;
/// The styles of <https://docs.discord.com/developers/components/reference#button-button-styles>.
pub(crate) const PRIMARY: u8 = 1;
pub(crate) const SECONDARY: u8 = 2;

/// The line of a reply, where a message can carry it.
pub(crate) fn carried(reply: &Reply) -> Option<&str> {
    reply.line.as_deref().filter(|line| marks::carries(line))
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

/// The row of buttons; none where nothing can be asked.
pub(crate) fn buttons(reply: &Reply, state: &State) -> Vec<Value> {
    if carried(reply).is_none() {
        return Vec::new();
    }
    let interrupted = *state == State::Interrupted;
    let watching = matches!(state, State::Watching { .. });
    let mut row = Vec::new();
    let mut add = |shown: bool, id: &str, label: Words, style: u8| {
        if shown {
            row.push(json!({"type": BUTTON, "style": style, "label": label.of(reply.lang), "custom_id": id}));
        }
    };
    let help = matches!(reply.content, Content::Answer(Answer::Help));
    add(!help, action::AGAIN, words::ASK_AGAIN, SECONDARY);
    add(has_evidence(reply, state), action::EVIDENCE, words::ALL_EVIDENCE, SECONDARY);
    add(!interrupted && reply.has_commands(), action::COMMANDS, words::SHOW_COMMANDS, SECONDARY);
    add(!interrupted && !watching && reply.can_be_watched(), action::WATCH, words::WATCH, PRIMARY);
    add(!interrupted && reply.fix_line().is_some(), action::FIX, FIX, PRIMARY);
    if row.is_empty() { row } else { vec![json!({"type": ACTION_ROW, "components": row})] }
}

/// One of them alone, below what is no answer itself.
pub(crate) fn evidence(reply: &Reply) -> Vec<Value> {
    if carried(reply).is_none() {
        return Vec::new();
    }
    let label = words::ALL_EVIDENCE.of(reply.lang);
    let button = json!({"type": BUTTON, "style": SECONDARY, "label": label, "custom_id": action::EVIDENCE});
    vec![json!({"type": ACTION_ROW, "components": [button]})]
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
        let has = |reply: &Reply, state: &State| {
            let rows = buttons(reply, state);
            rows.iter()
                .flat_map(|row| row["components"].as_array())
                .flatten()
                .any(|one| one["custom_id"] == action::FIX)
        };
        let known = reply("why shop/cart-0", true);
        assert!(has(&known, &State::Answer) && !has(&known, &State::Interrupted));
        assert!(!has(&reply("why shop/cart-0", false), &State::Answer));
        assert!(!has(&reply("triage", true), &State::Answer));
    }
}
