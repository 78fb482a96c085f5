//! One message of an incident, in words: an app only lays it out and escapes it.

use podwhy_knowledge::Lang;

use crate::chat::Reply;

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Something fails.
    Failing,
    /// Something fails, and someone is on it.
    Taken,
    /// All is well again.
    Well,
    /// Nothing can be said.
    Unclear,
}

/// A button; it carries the incident's name and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Button {
    /// "I'm on it".
    Take,
    /// "Mute 1 h".
    Mute,
    /// "Right diagnosis".
    Right,
    /// "Wrong diagnosis".
    Wrong,
    /// "Fix…": what can be done about it is offered in its thread.
    Fix,
    /// "Approve": asked once more before it counts.
    Approve,
    /// "Approve…": it counts with the name of what is changed, typed into a dialog.
    ApproveTyped,
    /// "The machine is off…": somebody's word counts with how they know it and since when, typed into a dialog of its own.
    Attest,
    /// "Decline".
    Decline,
}

impl Button {
    /// Every button.
    pub const ALL: [Button; 9] = [
        Button::Take,
        Button::Mute,
        Button::Right,
        Button::Wrong,
        Button::Fix,
        Button::Approve,
        Button::ApproveTyped,
        Button::Attest,
        Button::Decline,
    ];

    /// Whether it is about what is to be done, not about an incident.
    pub fn acts(self) -> bool {
        matches!(self, Button::Approve | Button::ApproveTyped | Button::Attest | Button::Decline)
    }

    /// As a button's id has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Button::Take => "take",
            Button::Mute => "mute",
            Button::Right => "right",
            Button::Wrong => "wrong",
            Button::Fix => "fix",
            Button::Approve => "approve",
            Button::ApproveTyped => "approve-typed",
            Button::Attest => "attest",
            Button::Decline => "decline",
        }
    }

    /// Of a button's id.
    pub fn of(id: &str) -> Option<Button> {
        Button::ALL.into_iter().find(|button| button.as_str() == id)
    }
}

/// What stands in a channel for an incident. Every text is redacted and without control characters; none is escaped for an app.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Card {
    /// Its language.
    pub lang: Lang,
    /// How it stands.
    pub tone: Tone,
    /// `oom-killed · Deployment prod:shop/cart · 3 pods`
    pub title: String,
    /// One line with the names in it.
    pub summary: String,
    /// What else is to be told, a line each: since when, who is on it, what the sender left out.
    pub lines: Vec<String>,
    /// What fails, as far as it is listed: `shop/cart-0`.
    pub members: Vec<String>,
    /// How many more there are.
    pub members_beyond: usize,
    /// A runbook and other links: (what, http(s) URL).
    pub links: Vec<(String, String)>,
    /// Whom to call, in the app's own form (`<!subteam^S1>`, `<@&1>`), from configuration only.
    pub mention: Option<String>,
    /// Its buttons.
    pub buttons: Vec<Button>,
    /// The incident's name, for the buttons.
    pub incident: String,
}

/// What a message of an incident shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// The first message, kept current.
    Card(Card),
    /// In its thread: the whole answer.
    Answer(Box<Reply>),
    /// In its thread: one line.
    Note(Lang, String),
}
