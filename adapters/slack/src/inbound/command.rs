//! `/pod …`

use podwhy_flow::chat::{Ask, Question};
use serde_json::Value;
use tracing::warn;

use super::guard::{Skip, own_team};
use super::{Asked, Place, Taken, asker, is_direct, response_url, text, text_at};
use crate::identity::Identity;

pub(super) fn read(payload: &Value, own: &Identity, command: &str) -> Result<Taken, Skip> {
    own_team(payload, own, "/team_id", &[])?;
    let required = |path| text_at(payload, path).filter(|text| !text.is_empty()).ok_or(Skip::Malformed);
    let (person, channel) = (required("/user_id")?, required("/channel_id")?);
    let written = required("/command")?;
    if !written.eq_ignore_ascii_case(command) {
        warn!(wanted = command, "Slack sent a slash command that is not podwhy's: is its name configured?");
        return Err(Skip::Other);
    }
    let line = text::typed(text_at(payload, "/text").unwrap_or_default());
    let place = Place {
        channel: channel.to_string(),
        thread: None,
        is_thread: false,
        person: person.to_string(),
        is_direct: is_direct(channel),
        respond: response_url(payload),
    };
    let ask = Ask::Line(line.trim().to_string());
    Ok(Taken::Question(Asked {
        key: format!("slack:command:{}:{}", own.team, required("/trigger_id")?),
        question: Question { asker: asker(person, channel), ask, thread: None },
        place,
    }))
}
