//! What is written down for the tests to read.

use std::time::Duration;

use serde_json::Value;

use super::message::Content;

/// A call of the bot's: of the Web API, of a `response_url` or an upload.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The method's name, or `response_url`, or `upload`.
    pub method: String,
    /// Its arguments, the token left out; of an upload, nothing.
    pub body: Value,
    /// When, since the fake's start.
    pub at: Duration,
    /// What was answered; `None` while it is not, or where it never will be.
    pub answer: Option<Answered>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The HTTP status.
    pub status: u16,
    /// Slack's name of what went wrong.
    pub error: Option<String>,
}

/// What was sent to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `events_api`
    Event,
    /// `slash_commands`
    Command,
    /// `interactive`: a click, a shortcut, or what was typed into a modal.
    Interaction,
}

impl Kind {
    /// The envelope's `type`.
    pub(crate) fn envelope(self) -> &'static str {
        match self {
            Kind::Event => "events_api",
            Kind::Command => "slash_commands",
            Kind::Interaction => "interactive",
        }
    }

    /// How long after each failure it is sent again. Events as documented
    /// (<https://docs.slack.dev/apis/events-api#retries>). Of the others Slack says nothing; in Socket Mode they were seen
    /// to come again (<https://github.com/slackapi/bolt-js/issues/2188>): once, here.
    pub(crate) fn retries(self) -> &'static [Duration] {
        const EVENT: &[Duration] = &[Duration::ZERO, Duration::from_secs(60), Duration::from_secs(300)];
        match self {
            Kind::Event => EVENT,
            Kind::Command | Kind::Interaction => &[Duration::ZERO],
        }
    }
}

/// Something the bot was sent, as often as it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its place in the order of sending, from 0.
    pub number: usize,
    /// What it was.
    pub kind: Kind,
    /// What stays the same when it is sent again: the `event_id`, or the `trigger_id`.
    pub key: String,
    /// What it said.
    pub payload: Value,
    /// How often it was tried, without a socket to send it on too.
    pub tries: usize,
    /// When it was really sent.
    pub attempts: Vec<Attempt>,
}

impl Delivery {
    /// Whether any attempt was acknowledged.
    pub fn is_acked(&self) -> bool {
        self.attempts.iter().any(|attempt| attempt.acked.is_some())
    }
}

/// One time something was sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The envelope's id; over HTTP one of the fake's own.
    pub envelope: String,
    /// On which socket; `None` over HTTP.
    pub socket: Option<u64>,
    /// When, since the fake's start.
    pub at: Duration,
    /// How long it took to be acknowledged.
    pub acked: Option<Duration>,
}

/// One acknowledgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Ack {
    /// The number of what it acknowledges.
    pub delivery: usize,
    /// What that was.
    pub kind: Kind,
    /// The envelope's id.
    pub envelope: String,
    /// How long it took.
    pub after: Duration,
    /// What came with it.
    pub payload: Option<Value>,
}

/// What one person was shown, and nobody else.
#[derive(Clone, Debug, PartialEq)]
pub struct Ephemeral {
    /// Who.
    pub user: String,
    /// Where.
    pub channel: String,
    /// Its id: no method takes it.
    pub ts: String,
    /// What it says.
    pub content: Content,
    /// The thread it stands in.
    pub thread: Option<String>,
    /// What it said before it was replaced, oldest first.
    pub edits: Vec<Content>,
}

/// One person's App Home.
#[derive(Clone, Debug, PartialEq)]
pub struct Home {
    /// The view's id.
    pub id: String,
    /// Changes with every publication.
    pub hash: String,
    /// Its blocks.
    pub blocks: Vec<Value>,
    /// The view as it was published.
    pub view: Value,
    /// How often it was published.
    pub published: usize,
}

/// A modal that was opened before a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Modal {
    /// The view's id.
    pub id: String,
    /// Before whom.
    pub user: String,
    /// The view as it was opened, with its ids filled in.
    pub view: Value,
    /// The delivery of what was typed into it, once somebody has sent it off.
    pub submitted: Option<usize>,
}

/// An uploaded file.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// `F…`
    pub id: String,
    /// Its name.
    pub name: String,
    /// The title it was completed with.
    pub title: Option<String>,
    /// What was announced, in bytes.
    pub length: u64,
    /// What was uploaded.
    pub bytes: Option<Vec<u8>>,
    /// The channel it was shared in.
    pub channel: Option<String>,
    /// The thread it was shared in.
    pub thread: Option<String>,
}

impl File {
    /// What was uploaded, as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(self.bytes.as_deref().unwrap_or_default()).into_owned()
    }
}
