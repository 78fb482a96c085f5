//! The buttons below an incident.

use std::fmt::Debug;

use futures::future::BoxFuture;

use super::TextFile;
use crate::chat::Asker;
use crate::incident::Button;

/// A button below an incident that someone pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Click {
    /// Which.
    pub button: Button,
    /// The incident's name, as its card has it. It came back from a chat: it may name none.
    pub incident: String,
    /// Who pressed it, and in which channel.
    pub asker: Asker,
    /// How the app shows that person: at most 80 characters, none of which cannot be seen. People choose it themselves, so
    /// that it says nothing about what they may do.
    pub shown_name: String,
    /// What they typed into the button's dialog, cut as a name is; `None` where it has none.
    pub typed: Option<String>,
    /// What they said in the dialog of [`Button::Attest`]; `None` where it is another's.
    pub attests: Option<Attests>,
}

/// Somebody's word that a machine is off, as they typed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attests {
    /// How they know it, cut to [`crate::act::dead::attestation::LONGEST`] characters.
    pub how: String,
    /// How many minutes ago they saw it. It is read where it is judged, so that whoever typed something else is told.
    pub minutes_ago: String,
}

/// What is said to the one who pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// In words.
    pub text: String,
    /// And a file, for them alone.
    pub file: Option<TextFile>,
}

impl From<String> for Said {
    fn from(text: String) -> Said {
        Said { text, file: None }
    }
}

/// Does what the buttons below incidents say.
///
/// # Caveats
/// An app asks only after it told the person that the click came; it gives up after as long as an answer may take. The same
/// click comes once, at most. Whether this person may do it is decided here: an app knows only that the channel is configured.
pub trait IncidentClicks: Send + Sync + Debug {
    /// Does it, and says what was done, in words for the one who pressed.
    ///
    /// # Errors
    /// Why not, in words for the one who pressed.
    fn clicked<'a>(&'a self, click: Click) -> BoxFuture<'a, Result<Said, String>>;
}
