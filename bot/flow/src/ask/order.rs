//! What a person wants of incidents, as it is typed: `mute shop/cart 2h`, `ack`, `unmute oom-killed -n shop`, `mutes`.
//!
//! ```text
//! ack [WHAT]            of a thread, without WHAT: the incident it tells
//! mute WHAT [TIME]      30m, 2h, 1h30m; an hour where none is written, a day at most
//! unmute WHAT
//! mutes
//! fix TARGET            as of `why`: what could be done by a button is offered
//! approvals             history
//! freeze [TIME]         unfreeze
//! WHAT                  oom-killed-279117a39cac3421       one incident, by its name
//!                       oom-killed                        a cause
//!                       ns/shop   -n shop                 a namespace
//!                       shop/cart   deploy/cart -n shop   a workload, or what else `why` can be asked about
//!                       oom-killed -n shop                a cause in a namespace
//!                       cause=… namespace=… workload=… cluster=…
//! ```
//! A cluster stands before any of them, as in `prod:shop/cart` and `prod:oom-killed`, or alone: `prod:`.

mod error;
mod lasts;
mod what;

use std::fmt;

use podwhy_knowledge::Target;

pub use error::OrderError;
pub use lasts::Lasts;
pub use what::causes;
use what::what;

use crate::error::UserError;

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Someone is on it; without more words, on the incident in whose thread it is said, or the only one of the channel.
    Ack(Option<About>),
    /// Nothing is said about it for a while.
    Mute(About, Lasts),
    /// It is told of again.
    Unmute(About),
    /// What is not told of now?
    Mutes,
    /// What could be done about it is offered.
    Fix(Target),
    /// What waits for somebody to agree?
    Approvals,
    /// What was done?
    History,
    /// Nothing that was not begun begins for a while.
    Freeze(Lasts),
    /// It does again.
    Unfreeze,
}

/// Of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// One incident, by its name.
    Incident(String),
    /// Whatever has all of it.
    All(Fitting),
}

/// What an incident has. Nothing of it is looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitting {
    /// Its cause.
    pub cause: Option<String>,
    /// Its cluster, where there is no target that names it.
    pub cluster: Option<String>,
    /// What fails, or is at fault; a namespace for all that is in it.
    pub target: Option<Target>,
}

impl Order {
    /// Whether it changes something: then only someone who is known may say it.
    pub fn changes(&self) -> bool {
        !matches!(self, Order::Mutes | Order::Approvals | Order::History)
    }

    /// Whether it is about what is done, and not about what is told.
    pub fn acts(&self) -> bool {
        matches!(self, Order::Fix(_) | Order::Approvals | Order::History | Order::Freeze(_) | Order::Unfreeze)
    }

    /// What it is about.
    pub fn about(&self) -> Option<&About> {
        match self {
            Order::Ack(about) => about.as_ref(),
            Order::Mute(about, _) | Order::Unmute(about) => Some(about),
            Order::Mutes
            | Order::Fix(_)
            | Order::Approvals
            | Order::History
            | Order::Freeze(_)
            | Order::Unfreeze => None,
        }
    }

    /// The same about something else; what is about nothing stays as it is.
    pub fn of(self, about: About) -> Order {
        match self {
            Order::Ack(Some(_)) => Order::Ack(Some(about)),
            Order::Mute(_, lasts) => Order::Mute(about, lasts),
            Order::Unmute(_) => Order::Unmute(about),
            other => other,
        }
    }
}

impl Fitting {
    /// The cluster it names.
    pub fn cluster(&self) -> Option<&str> {
        self.target.as_ref().map_or(self.cluster.as_deref(), |target| target.cluster.as_deref())
    }
}

/// The commands' words.
pub const WORDS: [&str; 9] =
    ["ack", "mute", "unmute", "mutes", "fix", "approvals", "history", "freeze", "unfreeze"];

/// Reads the rest of a line that begins with one of [`WORDS`].
///
/// # Errors
/// [`UserError`] when it names nothing, several things, or a time that is none.
pub fn order(word: &str, rest: &str) -> Result<Order, UserError> {
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    match word {
        "mutes" if words.is_empty() => Ok(Order::Mutes),
        "mutes" => Err(OrderError::MutesOfNothing.into()),
        "ack" if words.is_empty() => Ok(Order::Ack(None)),
        "ack" => Ok(Order::Ack(Some(what("ack", &words)?))),
        "unmute" => Ok(Order::Unmute(what("unmute", &words)?)),
        "fix" => super::command::about("fix", rest).map(Order::Fix),
        "approvals" | "history" | "unfreeze" if !words.is_empty() => {
            Err(OrderError::NothingAfter(word.to_string()).into())
        }
        "approvals" => Ok(Order::Approvals),
        "history" => Ok(Order::History),
        "unfreeze" => Ok(Order::Unfreeze),
        "freeze" => {
            let lasts = Lasts::taken_from(&mut words)?;
            if words.is_empty() {
                Ok(Order::Freeze(lasts))
            } else {
                Err(OrderError::NothingAfter(word.to_string()).into())
            }
        }
        _ => {
            let lasts = Lasts::taken_from(&mut words)?;
            Ok(Order::Mute(what("mute", &words)?, lasts))
        }
    }
}

/// As it is typed: [`order`] reads it back.
impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Order::Ack(None) => f.write_str("ack"),
            Order::Ack(Some(about)) => write!(f, "ack {about}"),
            Order::Mute(about, lasts) => write!(f, "mute {about} {lasts}"),
            Order::Unmute(about) => write!(f, "unmute {about}"),
            Order::Mutes => f.write_str("mutes"),
            Order::Fix(target) => write!(f, "fix {target}"),
            Order::Approvals => f.write_str("approvals"),
            Order::History => f.write_str("history"),
            Order::Freeze(lasts) => write!(f, "freeze {lasts}"),
            Order::Unfreeze => f.write_str("unfreeze"),
        }
    }
}

impl fmt::Display for About {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            About::Incident(name) => f.write_str(name),
            About::All(fitting) => write!(f, "{fitting}"),
        }
    }
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = self.target.as_ref().map(|target| {
            let text = target.to_string();
            // a name alone could be a cause
            if target.namespace.is_none() && target.kind.is_none() {
                format!("workload={text}")
            } else {
                text
            }
        });
        let cluster =
            self.cluster.as_ref().filter(|_| self.target.is_none()).map(|cluster| format!("{cluster}:"));
        let parts: Vec<String> = [self.cause.clone(), cluster, target].into_iter().flatten().collect();
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests;
