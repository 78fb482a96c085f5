//! What was typed into a dialog. <https://docs.slack.dev/reference/interaction-payloads/view-interactions-payload>
//!
//! It comes without a channel and without a response URL: where it is answered the dialog has carried along. Who typed it is
//! the payload's own user.

use podwhy_flow::incident::form::{Field, Form, Typed};
use podwhy_flow::ports::Click;
use serde_json::Value;

use super::dialog::Carried;
use super::guard::{Skip, own_team};
use super::incident::{Pressed, shown_name};
use super::{Place, Taken, asker, is_direct, text_at};
use crate::identity::Identity;
use crate::render::action;

pub(super) fn read(payload: &Value, own: &Identity) -> Result<Taken, Skip> {
    own_team(payload, own, "/team/id", &["/user/team_id", "/view/team_id"])?;
    let form = text_at(payload, "/view/callback_id").and_then(action::of_dialog).ok_or(Skip::Other)?;
    let required = |path| text_at(payload, path).filter(|text| !text.is_empty()).ok_or(Skip::Malformed);
    let (person, view) = (required("/user/id")?, required("/view/id")?);
    let carried = Carried::of(required("/view/private_metadata")?).ok_or(Skip::Malformed)?;
    let Typed { name, attests } = typed(payload, form).ok_or(Skip::Malformed)?;
    let click = Click {
        button: form.button,
        incident: carried.incident,
        asker: asker(person, &carried.channel),
        shown_name: shown_name(payload, person),
        typed: name,
        attests,
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

fn typed(payload: &Value, form: &Form) -> Option<Typed> {
    let value = |field: &Field| {
        let input = action::input(field);
        let typed = text_at(payload, &format!("/view/state/values/{input}/{input}/value"));
        // Slack lets nobody type more; what is cut might be another object's name
        typed.filter(|typed| typed.chars().count() <= field.longest)
    };
    form.typed(value)
}

#[cfg(test)]
mod tests;
