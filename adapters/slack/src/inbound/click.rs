//! The buttons under an answer. <https://docs.slack.dev/reference/interaction-payloads/block_actions-payload>

use podwhy_flow::chat::Asker;
use serde_json::Value;

use super::guard::{Skip, own_team};
use super::{Place, asker, dialog, incident, is_direct, response_url, text_at};
use crate::identity::Identity;
use crate::mark::Mark;
use crate::outbound::Posted;
use crate::render::action;

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Again,
    Evidence,
    Commands,
    Watch,
    Fix,
}

impl Action {
    fn of(id: &str) -> Option<Action> {
        match id {
            action::AGAIN => Some(Action::Again),
            action::EVIDENCE => Some(Action::Evidence),
            action::COMMANDS => Some(Action::Commands),
            action::WATCH => Some(Action::Watch),
            action::FIX => Some(Action::Fix),
            _ => None,
        }
    }
}

/// A click: a new question of the one who clicked.
#[derive(Debug)]
pub(crate) struct Click {
    pub(crate) key: String,
    pub(crate) asker: Asker,
    pub(crate) action: Action,
    /// What is asked.
    pub(crate) line: String,
    pub(crate) place: Place,
    /// What was clicked on; `None` on App Home.
    pub(crate) message: Option<Clicked>,
}

/// A message that was clicked on.
#[derive(Clone, Debug)]
pub(crate) struct Clicked {
    pub(crate) posted: Posted,
    /// Only one person sees it, and it cannot be edited but by the response URL.
    pub(crate) is_ephemeral: bool,
    /// What it says about itself.
    pub(crate) mark: Option<Mark>,
}

pub(super) fn read(payload: &Value, own: &Identity) -> Result<super::Taken, Skip> {
    own_team(payload, own, "/team/id", &["/user/team_id"])?;
    let action = text_at(payload, "/actions/0/action_id").ok_or(Skip::Malformed)?;
    let person = text_at(payload, "/user/id").filter(|user| !user.is_empty()).ok_or(Skip::Malformed)?;
    if let Some(button) = action::of_incident(action) {
        return match button.form() {
            Some(form) => dialog::read(payload, own, form, person).map(super::Taken::Dialog),
            None => incident::read(payload, own, button, person).map(super::Taken::Incident),
        };
    }
    let action = Action::of(action).ok_or(Skip::Other)?;
    let mark = payload.get("message").and_then(Mark::of);
    let value = text_at(payload, "/actions/0/value").filter(|value| !value.trim().is_empty());
    let line = value.or_else(|| mark.as_ref()?.line.as_deref()).ok_or(Skip::Malformed)?.to_string();
    let key = key(payload, own, person)?;
    let (place, message) = match text_at(payload, "/container/type") {
        Some("view") => (at_home(person), None),
        _ => {
            let (place, clicked) = on_message(payload, person, mark).ok_or(Skip::Malformed)?;
            (place, Some(clicked))
        }
    };
    let asker = match &message {
        Some(clicked) => asker(person, &clicked.posted.channel),
        None => Asker { channel: None, ..asker(person, "") },
    };
    Ok(super::Taken::Click(Click { key, asker, action, line, place, message }))
}

/// What a click is claimed by.
pub(super) fn key(payload: &Value, own: &Identity, person: &str) -> Result<String, Skip> {
    let trigger = text_at(payload, "/trigger_id").or_else(|| text_at(payload, "/actions/0/action_ts"));
    Ok(format!("slack:click:{}:{person}:{}", own.team, trigger.ok_or(Skip::Malformed)?))
}

/// What is asked on App Home is answered in the direct message beside it, which a user's id names too.
/// <https://docs.slack.dev/reference/methods/chat.postMessage#app_home>
fn at_home(person: &str) -> Place {
    let (channel, person) = (person.to_string(), person.to_string());
    Place { channel, thread: None, is_thread: false, person, is_direct: true, respond: None }
}

pub(super) fn on_message(payload: &Value, person: &str, mark: Option<Mark>) -> Option<(Place, Clicked)> {
    let text = |path| text_at(payload, path).filter(|text| !text.is_empty());
    let channel = text("/container/channel_id").or_else(|| text("/channel/id"))?.to_string();
    let ts = text("/container/message_ts").or_else(|| text("/message/ts"))?.to_string();
    let thread = text("/container/thread_ts").or_else(|| text("/message/thread_ts"));
    let is_ephemeral = payload.pointer("/container/is_ephemeral") == Some(&Value::Bool(true));
    // an ephemeral message has no thread below it
    let is_thread = thread.is_some();
    let thread = thread.or(Some(ts.as_str()).filter(|_| !is_ephemeral)).map(str::to_string);
    let place = Place {
        channel: channel.clone(),
        thread,
        is_thread,
        person: person.to_string(),
        is_direct: is_direct(&channel),
        respond: response_url(payload),
    };
    Some((place, Clicked { posted: Posted { channel, ts }, is_ephemeral, mark }))
}
