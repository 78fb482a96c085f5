//! A reply → a message with embeds and buttons: pure functions.
//!
//! What a message says, in this order: the verdict, the summary, what it means, what to do, the evidence, what else was
//! found, what could not be read, and buttons. Each part has a share of the room; what does not fit is marked, and is
//! reached by the button "All evidence" or in the file of [`everything`].
//!
//! All text of a cluster is escaped, or stands in code (`markdown`). What was asked stands in the embed's footer
//! ([`line_of`]).

use jiff::Timestamp;
use podwhy_flow::ask::desk::Answer;
use podwhy_flow::chat::{Content, Reply};
use podwhy_flow::words;
use serde_json::{Value, json};

pub mod action;
mod buttons;
mod commands;
mod confirm;
mod explain;
mod incident;
mod markdown;
mod marks;
mod mention;
mod page;
mod said;
mod short;
mod told;
mod triage;
mod why;

pub use confirm::{confirm, dialog};
pub use incident::{allowed_mentions, incident, thread_name};
use markdown::escaped;
pub use marks::{id_of, line_of, state_of};
use page::Page;
pub use podwhy_flow::chat::reply::everything;
pub use said::{looking, note};

/// What is posted. It goes out with `allowed_mentions` of nobody; of an incident, with [`allowed_mentions`].
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Above the embeds; may be empty.
    pub content: String,
    /// The embeds.
    pub embeds: Vec<Value>,
    /// The rows of buttons.
    pub components: Vec<Value>,
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

/// What one of our messages was when it was last written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Marked {
    /// Its answer is still looked for.
    Looking,
    /// It is kept current.
    Watching {
        /// Since when.
        since: Timestamp,
    },
    /// Nothing more happens to it.
    Done,
}

/// Stands where there is nothing to say.
const NOTHING: &str = "—";
/// Of what is no verdict.
const GREY: u32 = 0x0080_848E;
/// The most of a target's name in a title.
const NAME: usize = 130;

/// An embed being made.
struct Card {
    title: String,
    text: String,
    colour: u32,
}

impl Card {
    fn embed(self) -> Value {
        let mut embed = json!({"color": self.colour});
        let (title, text) = (self.title.trim(), self.text.trim());
        if !title.is_empty() {
            embed["title"] = json!(title);
        }
        // Discord refuses an embed in which nothing stands
        if !text.is_empty() || title.is_empty() {
            embed["description"] = json!(if text.is_empty() { NOTHING } else { text });
        }
        embed
    }
}

/// The message of a reply.
pub fn message(reply: &Reply, state: State) -> Message {
    let (mut embeds, _) = embeds_of(reply, &state);
    if let Some(last) = embeds.last_mut() {
        marks::mark(last, buttons::carried(reply), &state);
    }
    Message { content: said::status(reply, &state), embeds, components: buttons::buttons(reply, &state) }
}

/// Whether a message leaves something out that no button of it shows: it is then to be followed by the file of
/// [`everything`].
pub fn needs_file(reply: &Reply) -> bool {
    embeds_of(reply, &State::Answer).1 && !buttons::has_evidence(reply, &State::Answer)
}

/// The embeds, and whether anything is missing in them.
fn embeds_of(reply: &Reply, state: &State) -> (Vec<Value>, bool) {
    let mut page = Page::new(reply.lang, buttons::has_evidence(reply, state));
    let (title, colour) = match &reply.content {
        _ if *state == State::Interrupted => {
            page.part("", &format!("⚠️ {}", escaped(words::INTERRUPTED.of(reply.lang))));
            (String::new(), GREY)
        }
        Content::Answer(one) => {
            let titled = title_of(&mut page, one);
            answer(&mut page, one);
            titled
        }
        Content::Several(answers) if !answers.is_empty() => {
            let embeds = short::several(&mut page, answers, marks::size(buttons::carried(reply)));
            return (embeds, page.cut);
        }
        Content::Several(_) => (String::new(), GREY),
        Content::Told(text) => {
            said::refused(&mut page, text, &[]);
            (String::new(), GREY)
        }
        Content::Refused { why, channels } => {
            said::refused(&mut page, why, channels);
            (String::new(), GREY)
        }
        Content::Fault(id) => {
            said::fault(&mut page, id);
            (String::new(), GREY)
        }
    };
    (vec![Card { title, text: page.text, colour }.embed()], page.cut)
}

/// An answer's title, and the colour of its embed.
fn title_of(page: &mut Page, answer: &Answer) -> (String, u32) {
    match answer {
        Answer::Why(answer) => (why::verdict(page, answer), why::face(&answer.verdict).1),
        Answer::Triage(cluster, answer) => {
            (triage::counts(page, cluster, answer), why::face(triage::verdict(answer)).1)
        }
        Answer::Logs(answer) => (page.line(&answer.target.shown(), NAME), GREY),
        Answer::Events(answer) => (page.line(&answer.target.shown(), NAME), GREY),
        Answer::Explain(answer) => {
            let known = answer.verdict != "unknown";
            (escaped(words::explained(known, answer.findings.len(), page.lang)), GREY)
        }
        Answer::Unread(_) => (String::new(), why::face("unknown").1),
        Answer::Help => (escaped(words::HELP.of(page.lang)), GREY),
    }
}

fn answer(page: &mut Page, answer: &Answer) {
    match answer {
        Answer::Why(answer) => why::why(page, answer),
        Answer::Triage(_, answer) => triage::triage(page, answer),
        Answer::Logs(answer) => told::logs(page, answer),
        Answer::Events(answer) => told::events(page, answer),
        Answer::Explain(answer) => explain::explain(page, answer),
        Answer::Unread(why) => {
            let why = short::unread(page, why);
            page.part("", &why);
        }
        Answer::Help => explain::help(page),
    }
}

/// Every command of every finding, to be copied.
pub fn commands(reply: &Reply) -> Message {
    let mut page = Page::new(reply.lang, buttons::carried(reply).is_some());
    let title = commands::title(&mut page, reply);
    commands::commands(&mut page, reply);
    let mut embed = Card { title, text: page.text, colour: GREY }.embed();
    let mut components = Vec::new();
    if page.cut {
        components = buttons::evidence(reply);
        marks::mark(&mut embed, buttons::carried(reply), &State::Answer);
    }
    Message { content: String::new(), embeds: vec![embed], components }
}
