//! Who asks, where, and what.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ask::command::Command;

/// A chat app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Slack
    Slack,
    /// Discord
    Discord,
    /// The console's page, over a simulated cluster: nobody proves there who they are.
    Console,
}

impl Platform {
    /// `slack`, `discord`: as configuration and metrics have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::Slack => "slack",
            Platform::Discord => "discord",
            Platform::Console => "console",
        }
    }
}

/// Who asks, and where.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asker {
    /// In which app.
    pub platform: Platform,
    /// The channel's id; of a thread of Discord, its parent's. `None` in a direct message and on App Home.
    pub channel: Option<String>,
    /// The person's id.
    pub person: String,
    /// Ids of the app's own groups that they are in, by the app's word: user groups of Slack, as far as they are configured, and roles
    /// of Discord. None where the app could not be asked.
    pub groups: Vec<String>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// As it was typed, the bot's mention left out: `why shop/cart-0`. Also what a button carries.
    Line(String),
    /// Typed into an app's own fields.
    Command(Command),
    /// "Why is this failing?" on a message: the pods its text names, else what the text can mean.
    Message(String),
}

/// One question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks, and where.
    pub asker: Asker,
    /// What is asked.
    pub ask: Ask,
    /// In whose thread it is asked: the app's id of the thread's first message; `None` where there is no thread, or the app does
    /// not tell.
    pub thread: Option<String>,
}
