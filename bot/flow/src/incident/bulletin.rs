//! What the configuration calls a digest: a message at fixed times of what fails and what did. (What [`digest`](super::wanted::digest)
//! makes is another thing: a few letters that tell whether a message shows what it should.)
//!
//! Reads as it happens: a [`Schedule`] says which [`slot`](Schedule::slot) is the last; if no record of it is in the ledger, the
//! clusters are looked at, and what is known then is `compose`d into a record, whose name is made of the slot. Two who do so make the
//! same record, and the ledger takes one. The keeper posts it, as it does with every message.

mod compose;
mod run;
mod schedule;
mod untold;
mod words;

#[cfg(test)]
mod tests;

use podwhy_knowledge::Lang;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::run::Bulletins;
pub use self::schedule::Schedule;
pub use self::untold::Untold;
use super::card::{Button, Card, Tone};
use super::name::{ACTION, BULLETIN};
use super::record::Incident;

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Stands {
    /// Something fails.
    Failing,
    /// Nothing does.
    Well,
    /// Nothing does, as far as could be read.
    Unclear,
    /// Something is done about it.
    Doing,
}

/// A digest as it is posted, in words: it tells of a moment, and stays so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bulletin {
    /// Its language, `en` or `zh`.
    pub lang: String,
    /// How things stand.
    pub stands: Stands,
    /// Of when it is.
    pub title: String,
    /// All of it in one line.
    pub summary: String,
    /// The rest, a line each.
    pub lines: Vec<String>,
    /// Its buttons, by their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buttons: Vec<String>,
    /// Whether it stands in the thread of a message that was there before, and not in the channel itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub in_thread: bool,
}

impl Bulletin {
    /// As it is posted.
    pub(super) fn card(&self, incident: &Incident) -> Card {
        Card {
            lang: self.lang.parse().unwrap_or(Lang::En),
            tone: match self.stands {
                Stands::Failing => Tone::Failing,
                Stands::Well => Tone::Well,
                Stands::Unclear => Tone::Unclear,
                Stands::Doing => Tone::Taken,
            },
            title: self.title.clone(),
            summary: self.summary.clone(),
            lines: self.lines.clone(),
            members: Vec::new(),
            members_beyond: 0,
            links: Vec::new(),
            mention: None,
            buttons: self.buttons.iter().filter_map(|id| Button::of(id)).collect(),
            incident: incident.name.clone(),
        }
    }
}

impl Incident {
    /// Whether it is a record that is posted as it stands: a digest, or what is to be done.
    pub(super) fn is_bulletin(&self) -> bool {
        matches!(self.spec.root_cause.cause.as_str(), BULLETIN | ACTION)
    }
}
