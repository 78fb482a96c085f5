//! Whether a ticket is obeyed. Pure.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use podwhy_api::seal::Keys;
use podwhy_api::ticket::{Action, MOST_SKEW, Order, Refusal, Ticket};

use super::journal::Journal;

/// What this agent was set up for.
#[derive(Clone, Debug)]
pub struct Rules {
    /// What it does at all: nothing, unless it was switched on.
    pub allowed: BTreeSet<Action>,
    /// So many are begun within an hour.
    pub per_hour: usize,
}

/// The node it runs on, as the API server has it.
#[derive(Clone, Copy, Debug)]
pub struct Mine<'a> {
    /// Its name.
    pub node: &'a str,
    /// The uid of its Node object.
    pub uid: &'a str,
}

/// What is ordered, if it is signed by one of these keys and is obeyed.
///
/// # Errors
/// Why not.
pub fn judge<'t>(
    ticket: &'t Ticket,
    name: &str,
    keys: &Keys,
    rules: &Rules,
    mine: Mine<'_>,
    journal: &Journal,
    now: Timestamp,
) -> Result<&'t Order, Refusal> {
    let order = keys.open(ticket)?;
    order.holds_for(mine.node, mine.uid, now)?;
    // of one Remediation there is one object: another name would hide that there are two
    if order.name() != name {
        return Err(Refusal::Malformed(format!("its object is called {name}, not {}", order.name())));
    }
    if !rules.allowed.contains(&order.action) {
        return Err(Refusal::NotAllowed(order.action));
    }
    if journal.knows(&order.remediation_uid) {
        return Err(Refusal::Replayed);
    }
    // a clock that was set back makes tickets valid again that were not
    if let Some(latest) = journal.latest().filter(|latest| latest.duration_since(now) > MOST_SKEW) {
        return Err(Refusal::Early(latest));
    }
    let within = now.checked_sub(SignedDuration::from_hours(1)).unwrap_or(Timestamp::MIN);
    let begun = journal.begun_since(within);
    if begun >= rules.per_hour {
        return Err(Refusal::TooMany(begun));
    }
    Ok(order)
}
