//! Where an incident is told: its threads, and what stands in them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chat::Platform;
use crate::incident::policy::Spot;

/// A message that stands in a channel, or should.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Post {
    /// Its name within the incident: `parent`, `answer`. With the incident's name and the channel it is the message's own id,
    /// by which a chat finds it.
    pub part: String,
    /// In which app.
    pub platform: Platform,
    /// The channel's id.
    pub channel: String,
    /// Since when posting it has been tried without knowing the outcome: it is looked for before it is tried again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub attempted_at: Option<Timestamp>,
    /// The app's id of the message, once it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// A digest of what it shows, once it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// Why it will never stand: the app refused it for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// A channel it is told in, decided once: a thread is neither taken back nor given twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Thread {
    /// In which app.
    pub platform: Platform,
    /// The channel's id.
    pub channel: String,
    /// Since when it is told so.
    #[schemars(with = "String")]
    pub since: Timestamp,
    /// The "many failures" incident in whose thread it is told; none for a thread of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// When someone was last called about it here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub called_at: Option<Timestamp>,
    /// Whether someone was called once more, as nobody took it.
    #[serde(default)]
    pub reminded: bool,
}

impl Post {
    /// A message that is not known to stand, nor to be tried.
    pub fn new(part: &str, to: &Spot) -> Post {
        Post {
            part: part.to_string(),
            platform: to.platform,
            channel: to.channel.clone(),
            attempted_at: None,
            message: None,
            shown: None,
            refused: None,
        }
    }

    /// Whether it is this part of the incident in this channel.
    pub fn is(&self, part: &str, spot: &Spot) -> bool {
        self.part == part && self.platform == spot.platform && self.channel == spot.channel
    }

    /// Its channel.
    pub fn spot(&self) -> Spot {
        Spot { platform: self.platform, channel: self.channel.clone() }
    }
}

impl Thread {
    /// A channel in which it is told from now on, and nobody was called yet.
    pub fn new(to: &Spot, within: Option<String>, since: Timestamp) -> Thread {
        let (platform, channel) = (to.platform, to.channel.clone());
        Thread { platform, channel, since, within, called_at: None, reminded: false }
    }

    /// Its channel.
    pub fn spot(&self) -> Spot {
        Spot { platform: self.platform, channel: self.channel.clone() }
    }

    /// Whether it is in this channel.
    pub fn is_in(&self, spot: &Spot) -> bool {
        self.platform == spot.platform && self.channel == spot.channel
    }
}
