//! Discord: questions in, answers out.
//!
//! Reads as it happens: the `gateway` gives interactions, `received` reads one, `question` asks the flow and shows what
//! it answers, `claim` acknowledges first, `original` is the message that is shown. `buttons` are what stands below an
//! answer, `complete` helps while someone types, `watch` keeps messages current, `sweep` finishes what an earlier process
//! left. `board` shows incidents, whose buttons `buttons` hands on. `commands` are what people see, `register` makes Discord show them. [`render`] turns a reply into a message.
//! `rest` calls Discord.
//!
//! # Promises
//! - A question is answered at most once, however many replicas get it: the acknowledgement is the claim, see `claim`.
//! - An acknowledgement waits for nothing: reading a question makes no request, and nothing else uses its connections.
//! - Nobody is ever mentioned: every message goes out with `allowed_mentions` of nobody, see `body`. Only a card of an incident
//!   calls whom the configuration names.
//! - No token is ever in a log, an error or a message. serenity's own log is another matter: see [`LOG_FILTER`].
//!
//! # What is repeated when Discord does not answer
//! | call | when the outcome is not known | 429 |
//! |---|---|---|
//! | acknowledgement | never; see `claim` | waited for, within 3 s |
//! | edits, reads, a message's one thread | repeated with growing waits, while someone waits for it | waited for |
//! | messages with a nonce Discord enforces | repeated; Discord posts one | waited for |
//! | messages of incidents | never here: whoever keeps incidents looks for them first | waited for |
//! | messages after an answer | never | waited for |
//! | the commands | the whole list again | waited for |
//!
//! What was not sent at all, for want of a connection, is sent again in every case. Every call has two timeouts: one exchange,
//! and all of it.

mod app;
mod asked;
mod attach;
mod board;
mod body;
mod bot;
mod buttons;
mod check;
mod claim;
mod commands;
mod complete;
mod gateway;
mod id;
mod life;
pub mod limits;
mod metrics;
mod options;
mod original;
mod permissions;
mod posted;
mod question;
mod received;
mod register;
pub mod render;
mod rest;
mod sweep;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod thread;
mod watch;

pub use bot::{Discord, StartError};
pub use check::{check, invite};
pub use id::NoId;
pub use metrics::Metrics;
pub use options::{ApiOverride, Options, Ports, Timeouts};
pub use rest::client::NoClient;

/// What a log filter must hold. Below `warn`, serenity's spans have interactions with their tokens in them; its WebSocket
/// client warns with the whole payload of what it cannot read.
pub const LOG_FILTER: &str = "serenity=warn,serenity::gateway::ws=error";
