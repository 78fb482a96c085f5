//! What was typed into a dialog. <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>
//!
//! It comes without a channel and without a response URL: where it is answered the dialog has carried along. Who typed it is
//! the payload's own user.

use podwhy_flow::incident::Button;
use podwhy_flow::ports::Click;
use podwhy_flow::show::text::line;
use serde_json::Value;

use super::dialog::Carried;
use super::guard::{Skip, own_team};
use super::incident::{Pressed, shown_name};
use super::{Place, Taken, asker, is_direct, text_at};
use crate::identity::Identity;
use crate::render::{INPUT, LONGEST_TYPED, action};

pub(super) fn read(payload: &Value, own: &Identity) -> Result<Taken, Skip> {
    own_team(payload, own, "/team/id", &["/user/team_id", "/view/team_id"])?;
    if text_at(payload, "/view/callback_id") != Some(action::DIALOG) {
        return Err(Skip::Other);
    }
    let required = |path| text_at(payload, path).filter(|text| !text.is_empty()).ok_or(Skip::Malformed);
    let (person, view) = (required("/user/id")?, required("/view/id")?);
    let carried = Carried::of(required("/view/private_metadata")?).ok_or(Skip::Malformed)?;
    let typed = text_at(payload, &format!("/view/state/values/{INPUT}/{INPUT}/value"));
    // Slack lets nobody type more; what is cut might be another object's name
    let typed = typed.filter(|typed| typed.chars().count() <= LONGEST_TYPED).ok_or(Skip::Malformed)?;
    let click = Click {
        button: Button::ApproveTyped,
        incident: carried.incident,
        asker: asker(person, &carried.channel),
        shown_name: shown_name(payload, person),
        typed: Some(line(typed)),
    };
    let place = Place {
        is_direct: is_direct(&carried.channel),
        channel: carried.channel,
        is_thread: carried.thread.is_some(),
        thread: carried.thread,
        person: person.to_string(),
        respond: None,
    };
    // a dialog is answered once, also where a person presses again because the first time seemed to fail
    let key = format!("slack:dialog:{}:{person}:{view}", own.team);
    Ok(Taken::Incident(Pressed { key, click, place }))
}

#[cfg(test)]
mod tests;
