//! Slack: questions in, answers out.
//!
//! A question comes in by a socket or over HTTP, is acknowledged before anything else, read, claimed among the replicas, and
//! answered: "looking at…" stands in the channel at once, and becomes the answer.
//!
//! - `slack`, `options`, `ports`, `setup`: started, ready, stopped.
//! - `socket`, `events`: the two ways in; `inbound`: what came → what is asked; `front`: taken in without waiting.
//! - `answer`: claimed, asked of the flow, shown; buttons, dialogs, watches, App Home.
//! - `board`: messages of incidents, as the flow wants them to stand.
//! - [`render`]: a reply → Block Kit, pure; [`limits`]: what Slack takes.
//! - `outbound`: every call of the Web API.
//! - `mark`: what a message says about itself; `sweep`: what a process that ended left behind.
//!
//! # Retry policy
//! Every call has a timeout, and is counted by method and outcome.
//! - 429: the call waits as long as Slack asks for, and is made again, at most ten times; what the same limit is about waits with
//!   it (messages of the same channel, other calls of the same method), nothing else does. A wait of more than ten minutes is
//!   not waited for.
//! - Not reached at all: made again after 0.5, 1 and 2 s.
//! - A broken connection, no answer in time, a 5xx: what does no harm twice (edits, reads, App Home) is made again like that.
//!   A message is posted again, twice at most, only after it was looked for and not found; where that is not known, never. One
//!   of an incident is not posted again here: whoever keeps incidents looks for it. What
//!   goes to a response URL, an ephemeral message and the last step of a file are not made again.
//! - A dialog is opened within three seconds of the click or not at all, and never again: the person clicks once more.
//! - Sockets: the next is dialled at once, then after longer and longer waits of at most 30 s.
//!
//! # When not
//! Proxies (`HTTPS_PROXY`) are not obeyed. One workspace: nobody of another one is answered, nor an app of a whole organisation.

mod answer;
mod board;
mod check;
mod events;
mod front;
mod health;
mod identity;
mod inbound;
pub mod limits;
pub mod manifest;
mod mark;
mod metrics;
mod options;
mod outbound;
mod ports;
mod random;
pub mod render;
mod setup;
mod slack;
mod socket;
mod stop;
mod sweep;
#[cfg(test)]
mod testing;
mod tls;

pub use check::check;
pub use metrics::Metrics;
pub use options::{API, Limits, Mode, Options, StartError, Timeouts};
pub use ports::Ports;
pub use slack::Slack;
