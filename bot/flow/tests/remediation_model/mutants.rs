//! Faults of the function, each as somebody might write it.

use jiff::{SignedDuration, Timestamp};
use podwhy_flow::act::machine::{Event, Refused, next};
use podwhy_flow::act::record::{Approval, Phase, Result as Of, Spec, Status, WRITE_WITHIN};

/// The function that is checked.
pub type Next = fn(&Spec, &Status, &Event, Timestamp) -> Result<Status, Refused>;

/// Begin does not look at the offer's end.
pub fn endless(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    if !matches!(event, Event::Begin { .. }) {
        return next(spec, status, event, now);
    }
    let last = spec.expires_at() - SignedDuration::from_secs(1);
    let mut after = next(spec, status, event, now.min(last))?;
    if let Some(executing) = &mut after.executing {
        executing.deadline_at = now + WRITE_WITHIN;
    }
    Ok(after)
}

/// Approvals are told apart by the id in the app.
pub fn counts_twice(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    match event {
        Event::Approve(approval) => {
            let approval = Approval { user: approval.person.clone(), ..approval.clone() };
            next(spec, status, &Event::Approve(approval), now)
        }
        _ => next(spec, status, event, now),
    }
}

/// Nobody looks who asked.
pub fn lets_requester(
    spec: &Spec,
    status: &Status,
    event: &Event,
    now: Timestamp,
) -> Result<Status, Refused> {
    next(&Spec { asked_by: None, ..spec.clone() }, status, event, now)
}

/// As if it had never been begun.
fn fresh(status: &Status) -> Status {
    let mut fresh = Status { phase: Phase::Approved, executing: None, ..status.clone() };
    fresh.history.retain(|step| step.phase != Phase::Executing);
    fresh
}

/// Begin is allowed from Executing.
pub fn begins_again(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    match (event, status.phase) {
        (Event::Begin { .. }, Phase::Executing) => next(spec, &fresh(status), event, now),
        _ => next(spec, status, event, now),
    }
}

/// A look counts at once.
pub fn looks_early(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    match event {
        Event::Looked { .. } => next(spec, status, event, now + SignedDuration::from_hours(1)),
        _ => next(spec, status, event, now),
    }
}

/// A look counts at once, and what was not done is begun again.
pub fn retries(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    let after = looks_early(spec, status, event, now)?;
    match event {
        Event::Looked { outcomes, .. } if outcomes.iter().all(|of| of.result == Of::NotDone) => {
            Ok(fresh(status))
        }
        _ => Ok(after),
    }
}

/// Begin looks at the phase alone, and not at what it was before.
pub fn forgets_a_no(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    let Event::Begin { .. } = event else { return next(spec, status, event, now) };
    let mut forgotten = status.clone();
    forgotten.history.retain(|step| !step.phase.is_over());
    next(spec, &forgotten, event, now)
}

/// What was approved does not expire.
pub fn keeps_approved(
    spec: &Spec,
    status: &Status,
    event: &Event,
    now: Timestamp,
) -> Result<Status, Refused> {
    match (event, status.phase) {
        (Event::Expire { .. }, Phase::Approved) => Err(Refused::Not(Phase::Approved)),
        // with nobody there to say no
        (Event::Decline { .. } | Event::Supersede { .. }, _) => Err(Refused::Not(status.phase)),
        _ => next(spec, status, event, now),
    }
}
