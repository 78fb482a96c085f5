//! Block Kit: which blocks Slack takes, and what it makes of them.
//!
//! Reads as it happens: `check` holds the blocks of a message or a view against the tables of `shapes`, `size` adds up what
//! all of them weigh, `fill` writes the ids and defaults in that Slack adds before it stores them.
//!
//! Limits are counted in Unicode code points, as Slack's own validators in Python and JSON Schema count.
//! <https://docs.slack.dev/reference/block-kit/blocks>

mod check;
mod fill;
mod inputs;
mod rich;
mod shapes;
mod size;

pub use check::{Problem, check, check_modal};
pub(crate) use fill::fill;
pub use size::{HEAVIEST, weight};

/// Where blocks stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// In a message, or an attachment of one: at most 50.
    Message,
    /// On App Home: at most 100.
    Home,
    /// In a modal: at most 100.
    Modal,
}

impl Surface {
    /// How many blocks there may be.
    pub fn most(self) -> usize {
        match self {
            Surface::Message => 50,
            Surface::Home | Surface::Modal => 100,
        }
    }
}
