//! Asking in a chat app: who may ask what where, what a line means there, and what the app is given to show.
//!
//! Reads as it happens: an app's adapter makes a [`Question`] of what it received, [`Answering::intake`] reads it at once
//! (no request is made: an app waits for its acknowledgement), and [`Answering::answer`] answers what was accepted.
//!
//! - [`question`]: who asks, where, and what.
//! - [`reply`]: what is shown, and to whom.
//! - [`policy`]: what a channel, or a person, may read.
//! - [`scope`]: the same question by question: which clusters and namespaces; what must not be named.
//! - [`desk`]: all of it, over the clusters; `reach`, `complete`: what it may look at, and what it offers.
//! - `orders`: what is wanted of incidents, as far as it may be.
//! - [`mention`]: the pods a posted text names.
//! - [`watching`]: when "watch until well" is over.

mod complete;
pub mod desk;
pub mod mention;
mod orders;
pub mod policy;
pub mod question;
mod reach;
pub mod reply;
pub mod scope;
pub mod watching;

pub use question::{Ask, Asker, Platform, Question};
pub use reply::{Audience, Content, Reply, fix_line};

use futures::future::BoxFuture;

/// What an adapter asks: the whole flow, behind one door. No call fails: what cannot be answered is a reply that says why.
pub trait Answering: Send + Sync {
    /// Reads a question. Makes no request and does not wait.
    fn intake(&self, question: &Question) -> Intake;

    /// Answers what was accepted; takes as long as the clusters do, at most `timeouts.total`.
    fn answer<'a>(&'a self, accepted: &'a Accepted) -> BoxFuture<'a, Reply>;

    /// What fails now in all that the asker may see: Slack's App Home.
    fn overview<'a>(&'a self, asker: &'a Asker) -> BoxFuture<'a, Reply>;

    /// Namespaces for a completion, or the pods and workloads of one, from what is watched: at most `most`, those first that
    /// begin as typed. `typed` is as far as it goes: `sh`, `shop/ca`, `prod:shop/ca`.
    fn complete<'a>(&'a self, asker: &'a Asker, typed: &'a str, most: usize) -> BoxFuture<'a, Vec<String>>;
}

/// What a question was read as.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// Answered already: help, a typing mistake, a refusal.
    Now(Reply),
    /// To be answered: an app shows `accepted.looking()` meanwhile.
    Soon(Accepted),
}

/// A question that may be asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    pub(crate) question: Question,
    pub(crate) command: Wanted,
    /// The language of its answer.
    pub lang: podwhy_knowledge::Lang,
    /// Who is to see the answer.
    pub audience: Audience,
    /// The question as a line that can be asked again from anywhere: `why prod:shop/cart-0`. Of a posted text, `None`: the
    /// message itself is asked again.
    pub line: Option<String>,
}

/// A command, or a text in which pods may be named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    Command(crate::ask::command::Command),
    Message(String),
}

impl Accepted {
    /// Who asked, where, and what.
    pub fn question(&self) -> &Question {
        &self.question
    }

    /// `looking at shop/cart-0…`, in the language of the answer. Plain text that was made safe to show but not escaped for
    /// any app.
    pub fn looking(&self) -> String {
        match &self.command {
            Wanted::Command(crate::ask::command::Command::Incident(order)) if order.changes() => {
                crate::words::WRITING_DOWN.of(self.lang).to_string()
            }
            _ => crate::words::looking(self.line.as_deref(), self.lang),
        }
    }
}
