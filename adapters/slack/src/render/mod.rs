//! A reply → Block Kit: pure functions.
//!
//! What a message says, in this order: the verdict, the summary, what it means, what to do, the evidence, what else was
//! found, what could not be read, and buttons. Each part has a share of the room; what does not fit is marked, and is
//! reached by the button "All evidence" or in the file of [`everything`].
//!
//! All text of a cluster stands in rich text elements, which know no markup (`rich`); a notification's text is escaped
//! (`escape`).

use jiff::Timestamp;
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use serde_json::Value;

pub mod action;
mod buttons;
mod commands;
mod confirm;
mod dialog;
mod escape;
mod explain;
mod home;
mod incident;
mod mention;
mod notification;
mod page;
mod rich;
mod said;
mod short;
mod state;
mod told;
mod triage;
mod why;

pub use dialog::dialog;
pub use home::home;
pub use incident::incident;
pub(crate) use incident::label;
use page::Page;
pub use podwhy_flow::chat::reply::everything;
use rich::{Line, block, section};
pub use said::{looking, note};

/// What is posted: the blocks people see, and the text of the notification.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// For notifications and screen readers; escaped.
    pub text: String,
    /// What is seen.
    pub blocks: Vec<Value>,
}

/// What a message is besides an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// An answer.
    Answer,
    /// It is kept current.
    Watching {
        /// Since when.
        since: Timestamp,
    },
    /// It was kept current, and no longer is.
    Over {
        /// Why, in the reply's language.
        note: String,
    },
    /// Its answer was still looked for when podwhy was restarted. Of the reply, only the line and the language are used.
    Interrupted,
}

/// Stands where there is nothing to say.
const NOTHING: &str = "—";
/// Groups of a triage that a message shows.
const GROUPS: usize = 8;

/// The message of a reply.
pub fn message(reply: &Reply, state: State) -> Message {
    let mut blocks = page_of(reply, &state).blocks;
    blocks.extend(state::context(reply, &state));
    blocks.extend(buttons::buttons(reply, &state));
    whole(notification::text(reply, &state), blocks)
}

/// Slack refuses a message without text or blocks, as of a text that is empty.
fn whole(text: String, mut blocks: Vec<Value>) -> Message {
    if blocks.is_empty() {
        blocks.extend(block(section(Line::new().words(NOTHING))));
    }
    Message { text: if text.is_empty() { NOTHING.to_string() } else { text }, blocks }
}

/// Whether a message leaves something out that no button of it shows: it is then to be followed by the file of
/// [`everything`].
pub fn needs_file(reply: &Reply) -> bool {
    page_of(reply, &State::Answer).cut && !buttons::has_evidence(reply, &State::Answer)
}

fn page_of(reply: &Reply, state: &State) -> Page {
    let mut page = Page::new(reply.lang, buttons::has_evidence(reply, state));
    if *state == State::Interrupted {
        page.part(section(Line::new().emoji("warning").words(" ").words(words::INTERRUPTED.of(reply.lang))));
        return page;
    }
    match &reply.content {
        Content::Answer(one) => answer(&mut page, one, GROUPS),
        Content::Several(answers) => short::several(&mut page, answers),
        Content::Refused { why, channels } => said::refused(&mut page, why, channels),
        Content::Told(text) => said::refused(&mut page, text, &[]),
        Content::Fault(id) => said::fault(&mut page, id),
    }
    page
}

fn answer(page: &mut Page, answer: &Answer, groups: usize) {
    match answer {
        Answer::Why(answer) => why::why(page, answer),
        Answer::Triage(cluster, answer) => triage::triage(page, cluster, answer, groups),
        Answer::Logs(answer) => told::logs(page, answer),
        Answer::Events(answer) => told::events(page, answer),
        Answer::Explain(answer) => explain::explain(page, answer),
        Answer::Unread(why) => {
            let elements = short::unread(page, why);
            page.part(elements);
        }
        Answer::Help => explain::help(page),
    }
}

/// Every command of every finding, to be copied.
pub fn commands(reply: &Reply) -> Message {
    let mut page = Page::new(reply.lang, buttons::carried(reply).is_some());
    commands::commands(&mut page, reply);
    let mut blocks = page.blocks;
    if page.cut {
        blocks.extend(buttons::evidence(reply));
    }
    whole(words::COMMANDS.of(reply.lang).to_string(), blocks)
}
