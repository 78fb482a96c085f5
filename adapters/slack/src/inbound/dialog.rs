//! "Approve…", "The machine is off…": the click that opens a dialog, and what the dialog carries until it comes back.

use podwhy_flow::incident::Form;
use podwhy_flow::show::text::line;
use podwhy_knowledge::Lang;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::guard::Skip;
use super::incident::{self, Pressed, is_name};
use super::text_at;
use crate::identity::Identity;
use crate::{limits, render};

/// No id of Slack's and no time of a message is longer.
const ID: usize = 64;

/// A click that a dialog answers.
#[derive(Debug)]
pub(crate) struct Dialog {
    /// The click; nothing was typed yet.
    pub(crate) pressed: Pressed,
    /// What is asked.
    pub(crate) form: &'static Form,
    /// By which the dialog is opened, once. <https://docs.slack.dev/interactivity/handling-user-interaction/#trigger_id>
    pub(crate) trigger: String,
    /// When it came.
    pub(crate) since: Instant,
    /// What is to be done, as the message says it: its title, its summary.
    pub(crate) about: Vec<String>,
    /// The message's language, if it can be told.
    pub(crate) lang: Option<Lang>,
}

/// What a dialog carries unseen. It says where the click was, and never who typed: that the answer's own payload says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Carried {
    pub(crate) incident: String,
    pub(crate) channel: String,
    /// The thread in which the person is answered.
    pub(crate) thread: Option<String>,
}

/// Reads a click of the bot's own team, which was looked at already.
pub(super) fn read(
    payload: &Value,
    own: &Identity,
    form: &'static Form,
    person: &str,
) -> Result<Dialog, Skip> {
    let pressed = incident::read(payload, own, form.button, person)?;
    let is_trigger = |id: &&str| !id.is_empty() && id.len() <= limits::BUTTON_VALUE;
    let trigger = text_at(payload, "/trigger_id").filter(is_trigger).ok_or(Skip::Malformed)?.to_string();
    let about = about(payload, &pressed.click.incident);
    let label = text_at(payload, "/actions/0/text/text");
    // a message does not say its language, but its button is written in it
    let written = render::label(form.button);
    let lang = Lang::ALL.into_iter().find(|lang| Some(written.of(*lang)) == label);
    Ok(Dialog { pressed, form, trigger, since: Instant::now(), about, lang })
}

/// The first lines of the message's first block; the incident's name where there are none, as of an ephemeral message.
fn about(payload: &Value, incident: &str) -> Vec<String> {
    let elements = payload.pointer("/message/blocks/0/elements").and_then(Value::as_array);
    let sections = elements.into_iter().flatten().filter(|one| one["type"] == "rich_text_section");
    let about: Vec<String> = sections.take(2).map(words).filter(|text| !text.is_empty()).collect();
    if about.is_empty() { vec![incident.to_string()] } else { about }
}

fn words(section: &Value) -> String {
    let elements = section["elements"].as_array().into_iter().flatten();
    let texts: String =
        elements.filter(|one| one["type"] == "text").filter_map(|one| one["text"].as_str()).collect();
    line(&texts)
}

impl Dialog {
    /// What it carries.
    pub(crate) fn carried(&self) -> Carried {
        let spot = self.pressed.place.aside();
        Carried { incident: self.pressed.click.incident.clone(), channel: spot.channel, thread: spot.thread }
    }
}

impl Carried {
    /// As a dialog has it: short of [`limits::PRIVATE_METADATA`] whatever the incident's name is.
    pub(crate) fn text(&self) -> String {
        let mut value = json!({"incident": self.incident, "channel": self.channel});
        if let Some(thread) = &self.thread {
            value["thread"] = json!(thread);
        }
        value.to_string()
    }

    /// Reads it back; `None` for what was never written.
    pub(crate) fn of(text: &str) -> Option<Carried> {
        if text.len() > limits::PRIVATE_METADATA {
            return None;
        }
        let value: Value = serde_json::from_str(text).ok()?;
        let incident = text_at(&value, "/incident").filter(is_name)?.to_string();
        let is_channel = |id: &&str| is_id(id, |c| c.is_ascii_uppercase() || c.is_ascii_digit());
        let channel = text_at(&value, "/channel").filter(is_channel)?.to_string();
        let thread = match value.get("thread") {
            None => None,
            Some(thread) => {
                let is_ts = |ts: &&str| is_id(ts, |c| c.is_ascii_digit() || c == '.');
                Some(thread.as_str().filter(is_ts)?.to_string())
            }
        };
        Some(Carried { incident, channel, thread })
    }
}

fn is_id(id: &str, is: impl Fn(char) -> bool) -> bool {
    (1..=ID).contains(&id.len()) && id.chars().all(is)
}

#[cfg(test)]
mod tests;
