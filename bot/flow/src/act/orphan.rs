//! Whether whoever would take a finalizer off is gone: looked for twice, a minute apart, in the whole cluster.

use jiff::SignedDuration;

use super::plan::withheld::{Why, Withheld};
use super::plan::{Candidate, Offerable};
use super::record::Orphaned;
use crate::ports::{Clock, ClusterSearch};

/// So long after the first look comes the second at the earliest: what is moved, or installed anew, is back by then or shows itself.
pub const APART: SignedDuration = SignedDuration::from_secs(60);

/// Looks for the controller of a finalizer: what can be offered, or why it is not.
///
/// # Errors
/// [`Withheld`] where something of the controller is there, or it could not be looked for everywhere.
pub async fn first_look(
    search: &dyn ClusterSearch,
    candidate: Candidate,
    clock: &Clock,
) -> Result<Offerable, Withheld> {
    let controller = candidate.controller;
    let name = controller.name.to_string();
    match search.parts_of(controller.parts).await {
        Ok(found) if found.is_empty() => {}
        Ok(found) => return Err(candidate.withheld(Why::ControllerThere { controller: name, found })),
        Err(error) => {
            let why = Why::NotLooked { controller: name, why: error.to_string() };
            return Err(candidate.withheld(why));
        }
    }
    let Candidate { mut offerable, finalizer, .. } = candidate;
    let absent = controller.told();
    // from its end on: between the two looks there is a minute at least
    offerable.plan.finalizer =
        Some(Orphaned { name: finalizer, controller: name, absent, looked_at: clock.now() });
    Ok(offerable)
}

impl Orphaned {
    /// When it may be looked for the second time.
    pub fn again_at(&self) -> jiff::Timestamp {
        self.looked_at.checked_add(APART).unwrap_or(jiff::Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests;
