//! What Slack sends → what is asked. Pure: it is done before anything waits.
//!
//! Slack's payloads are read as they come, without types of their own: what tells a stranger (`user_team`, `source_team`)
//! stands in few types, and a field that is new must change nothing.
//!
//! - `guard`: strangers, bots, edits.
//! - `text`: Slack's markup → what was typed.
//! - `command`, `message`, `shortcut`, `click`, `incident`, `dialog`, `submission`, `home`: one file for each kind.

mod click;
mod command;
mod dialog;
mod guard;
mod home;
mod incident;
mod message;
pub(crate) mod shortcut;
mod submission;
mod text;

use std::sync::Arc;

use podwhy_flow::chat::{Asker, Platform, Question};
use serde_json::Value;

pub(crate) use click::{Action, Click, Clicked};
pub(crate) use dialog::Dialog;
pub(crate) use guard::Skip;
pub(crate) use incident::Pressed;

use crate::identity::Identity;
use crate::outbound::{ResponseUrl, Spot};

/// As which kind something came, by Socket Mode or HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// <https://docs.slack.dev/interactivity/implementing-slash-commands/>
    Command,
    /// <https://docs.slack.dev/apis/events-api/>
    Event,
    /// <https://docs.slack.dev/reference/interaction-payloads/>
    Interactive,
}

impl Kind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Kind::Command => "command",
            Kind::Event => "event",
            Kind::Interactive => "interactive",
        }
    }
}

/// What Slack sent. Not `Debug`: it holds a response URL.
pub(crate) struct Raw {
    pub(crate) kind: Kind,
    pub(crate) payload: Value,
}

/// Where something was asked, and so where it is answered.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) channel: String,
    /// The first message of the thread it is answered in.
    pub(crate) thread: Option<String>,
    /// Whether that thread has replies already: in one that has none nobody sees what only one person is to see.
    /// <https://docs.slack.dev/reference/methods/chat.postEphemeral#threads>
    pub(crate) is_thread: bool,
    pub(crate) person: String,
    /// A direct message with the bot: everything there is for one person anyway.
    pub(crate) is_direct: bool,
    pub(crate) respond: Option<Arc<ResponseUrl>>,
}

impl Place {
    pub(crate) fn spot(&self) -> Spot {
        Spot { channel: self.channel.clone(), thread: self.thread.clone() }
    }

    /// Where only the one who asked sees it.
    pub(crate) fn aside(&self) -> Spot {
        let thread = self.thread.clone().filter(|_| self.is_thread);
        Spot { channel: self.channel.clone(), thread }
    }
}

/// A question, where it was asked, and what it is claimed by: the same when Slack sends it again.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) key: String,
    pub(crate) question: Question,
    pub(crate) place: Place,
}

/// What is to be done.
#[derive(Debug)]
pub(crate) enum Taken {
    Question(Asked),
    Click(Click),
    /// A button below an incident.
    Incident(Pressed),
    /// A button that a dialog answers.
    Dialog(Dialog),
    /// A person opened App Home.
    Home(Asker),
}

impl Taken {
    /// Where it is answered; App Home is no place.
    pub(crate) fn place(&self) -> Option<&Place> {
        match self {
            Taken::Question(asked) => Some(&asked.place),
            Taken::Click(click) => Some(&click.place),
            Taken::Incident(pressed) => Some(&pressed.place),
            Taken::Dialog(dialog) => Some(&dialog.pressed.place),
            Taken::Home(_) => None,
        }
    }

    /// Who asks; of a dialog that is only opened nobody needs to know.
    pub(crate) fn asker_mut(&mut self) -> Option<&mut Asker> {
        match self {
            Taken::Question(asked) => Some(&mut asked.question.asker),
            Taken::Click(click) => Some(&mut click.asker),
            Taken::Incident(pressed) => Some(&mut pressed.click.asker),
            Taken::Home(asker) => Some(asker),
            Taken::Dialog(_) => None,
        }
    }

    /// What it is claimed by.
    pub(crate) fn key(&self) -> Option<&str> {
        match self {
            Taken::Question(asked) => Some(&asked.key),
            Taken::Click(click) => Some(&click.key),
            Taken::Incident(pressed) => Some(&pressed.key),
            // a claim could take longer than the dialog's trigger lasts, and Slack takes that once only
            Taken::Dialog(_) | Taken::Home(_) => None,
        }
    }
}

/// Reads what Slack sent. `command` is the slash command that is podwhy's.
///
/// # Errors
/// [`Skip`] when it is nothing to answer.
pub(crate) fn read(raw: &Raw, own: &Identity, command: &str) -> Result<Taken, Skip> {
    let payload = &raw.payload;
    match raw.kind {
        Kind::Command => command::read(payload, own, command),
        Kind::Event => match text_at(payload, "/event/type") {
            Some("app_mention" | "message") => message::read(payload, own),
            Some("app_home_opened") => home::read(payload, own),
            Some(_) => Err(Skip::Other),
            None => Err(Skip::Malformed),
        },
        Kind::Interactive => match text_at(payload, "/type") {
            Some("message_action") => shortcut::read(payload, own),
            Some("block_actions") => click::read(payload, own),
            Some("view_submission") => submission::read(payload, own),
            Some(_) => Err(Skip::Other),
            None => Err(Skip::Malformed),
        },
    }
}

/// A text in a payload, if it stands there.
pub(crate) fn text_at<'v>(value: &'v Value, path: &str) -> Option<&'v str> {
    value.pointer(path).and_then(Value::as_str)
}

/// Whether a channel is a direct message. <https://docs.slack.dev/apis/web-api/using-the-conversations-api/>
fn is_direct(channel: &str) -> bool {
    channel.starts_with('D')
}

fn asker(person: &str, channel: &str) -> Asker {
    let channel = (!is_direct(channel)).then(|| channel.to_string());
    Asker { platform: Platform::Slack, channel, person: person.to_string(), groups: Vec::new() }
}

/// The payload's response URL, if it has one that can be used.
fn response_url(payload: &Value) -> Option<Arc<ResponseUrl>> {
    text_at(payload, "/response_url").and_then(ResponseUrl::received).map(Arc::new)
}

#[cfg(test)]
mod captured;
#[cfg(test)]
mod tests;
