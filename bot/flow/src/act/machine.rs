//! Which phase of a Remediation follows which: one pure function, which everyone who changes one goes through.
//!
//! ```text
//! Offered → Approved → Executing → Verifying → Succeeded | Partial | Failed
//!    ↓          ↓           ↓
//! Declined | Expired | Superseded    Failed | Unclear
//! ```
//!
//! The ledger stores by version, so of two who take the same step one succeeds. With that the function gives what the model
//! (`tests/remediation_model`) proves of it: an action begins once, only with enough distinct people, never after an offer's end or a no; and whatever was
//! approved ends.

mod event;
mod refused;
#[cfg(test)]
pub(crate) mod testing;

use jiff::{SignedDuration, Timestamp};

pub use self::event::{Event, Help};
pub use self::refused::Refused;
use super::record::{
    Approval, Attested, Executing, LOOK_AFTER, MOST_ATTESTED, MOST_STEPS, Outcome, Phase, Result as Of, Spec,
    Status, Step, WRITE_WITHIN,
};

/// The status after something happened.
///
/// # Errors
/// [`Refused`] when it cannot happen now; nothing is changed then.
pub fn next(spec: &Spec, status: &Status, event: &Event, now: Timestamp) -> Result<Status, Refused> {
    let phase = status.phase;
    if phase.is_over() {
        return Err(Refused::Over(phase));
    }
    match event {
        Event::Approve(approval) => approve(spec, status, approval, now),
        Event::Attest(attested) => attest(spec, status, attested, now),
        Event::Decline { who, why } => {
            open(spec, status, now).map(|()| status.then(Phase::Declined, now, who, why))
        }
        Event::Supersede { who, why } => {
            waits(status)?;
            Ok(status.then(Phase::Superseded, now, who, why))
        }
        Event::Expire { who } => {
            waits(status)?;
            if now < spec.expires_at() {
                return Err(Refused::TooEarly);
            }
            Ok(status.then(Phase::Expired, now, who, ""))
        }
        Event::Begin { by } => begin(spec, status, by, now),
        Event::Wrote { by, outcomes } => {
            let executing = executing(status)?;
            if executing.by != *by {
                return Err(Refused::NotYours);
            }
            wrote(spec, status, by, outcomes, now)
        }
        Event::Looked { by, outcomes } => {
            let executing = executing(status)?;
            if executing.deadline_at.checked_add(LOOK_AFTER).is_ok_and(|at| now < at) {
                return Err(Refused::TooEarly);
            }
            wrote(spec, status, by, outcomes, now)
        }
        Event::Verified { by, help } => verified(status, by, help, now),
    }
}

/// Nothing was begun yet.
fn waits(status: &Status) -> Result<(), Refused> {
    match status.phase {
        Phase::Offered | Phase::Approved => Ok(()),
        phase => Err(Refused::Not(phase)),
    }
}

/// It waits for people, and still may.
fn open(spec: &Spec, status: &Status, now: Timestamp) -> Result<(), Refused> {
    waits(status)?;
    if now >= spec.expires_at() { Err(Refused::Expired) } else { Ok(()) }
}

fn executing(status: &Status) -> Result<&Executing, Refused> {
    match (status.phase, &status.executing) {
        (Phase::Executing, Some(executing)) => Ok(executing),
        (phase, _) => Err(Refused::Not(phase)),
    }
}

fn approve(spec: &Spec, status: &Status, approval: &Approval, now: Timestamp) -> Result<Status, Refused> {
    open(spec, status, now)?;
    if status.phase != Phase::Offered {
        return Err(Refused::Not(status.phase));
    }
    if status.approvals.iter().any(|known| known.user == approval.user) {
        return Err(Refused::Twice);
    }
    if is_requesters_second(spec, &status.approvals, approval) {
        return Err(Refused::Requester);
    }
    if spec.floor.typed_name && approval.typed.as_deref() != Some(spec.typed_name()) {
        return Err(Refused::NotTyped);
    }
    let mut after = status.clone();
    after.approvals.push(approval.clone());
    if after.approvals.len() < spec.floor.approvals as usize {
        return Ok(after);
    }
    Ok(after.then(Phase::Approved, now, &approval.user, ""))
}

/// A later word of the same person takes the place of their earlier one.
fn attest(spec: &Spec, status: &Status, attested: &Attested, now: Timestamp) -> Result<Status, Refused> {
    open(spec, status, now)?;
    if !spec.plan.remedy.needs_dead_node() {
        return Err(Refused::NoWord);
    }
    let mut after = status.clone();
    after.attested.retain(|known| known.user != attested.user);
    if after.attested.len() >= MOST_ATTESTED {
        return Err(Refused::Enough);
    }
    after.attested.push(attested.clone());
    Ok(after)
}

fn begin(spec: &Spec, status: &Status, by: &str, now: Timestamp) -> Result<Status, Refused> {
    if status.phase != Phase::Approved {
        return Err(Refused::Not(status.phase));
    }
    if now >= spec.expires_at() {
        return Err(Refused::Expired);
    }
    // whoever sets a phase back does not undo what was begun
    let was_begun = status.executing.is_some() || !status.outcomes.is_empty();
    if was_begun || status.history.iter().any(|step| step.phase == Phase::Executing) {
        return Err(Refused::Begun);
    }
    // nor what ended
    if let Some(ended) = status.history.iter().find(|step| step.phase.is_over()) {
        return Err(Refused::Over(ended.phase));
    }
    if distinct(spec, &status.approvals) < spec.floor.approvals as usize {
        return Err(Refused::TooFew);
    }
    let deadline = now.checked_add(WRITE_WITHIN).unwrap_or(now).min(spec.expires_at());
    let mut after = status.then(Phase::Executing, now, by, "");
    after.executing = Some(Executing { by: by.to_string(), deadline_at: deadline });
    Ok(after)
}

/// How many people agreed that count.
fn distinct(spec: &Spec, approvals: &[Approval]) -> usize {
    let of = |(at, approval): &(usize, &Approval)| {
        let before = approvals.get(..*at).unwrap_or_default();
        let is_new = before.iter().all(|known| known.user != approval.user);
        is_new && !is_requesters_second(spec, before, approval)
    };
    approvals.iter().enumerate().filter(of).count()
}

/// Whoever asked may be the first to agree, but not complete what others began to agree to.
fn is_requesters_second(spec: &Spec, before: &[Approval], approval: &Approval) -> bool {
    !before.is_empty() && spec.asked_by.as_ref() == Some(&approval.user)
}

fn wrote(
    spec: &Spec,
    status: &Status,
    by: &str,
    outcomes: &[Outcome],
    now: Timestamp,
) -> Result<Status, Refused> {
    let is_whole = outcomes.len() == spec.plan.targets.len()
        && outcomes.iter().enumerate().all(|(at, outcome)| outcome.target as usize == at);
    if !is_whole {
        return Err(Refused::NotAll);
    }
    let any = |result: Of| outcomes.iter().any(|outcome| outcome.result == result);
    let phase = match (any(Of::Unclear), any(Of::Done)) {
        (true, _) => Phase::Unclear,
        (false, true) => Phase::Verifying,
        (false, false) => Phase::Failed,
    };
    let why = outcomes.iter().find(|outcome| outcome.result != Of::Done).map(|outcome| outcome.why.as_str());
    let mut after = status.then(phase, now, by, why.unwrap_or_default());
    after.outcomes = outcomes.to_vec();
    if phase == Phase::Verifying {
        let long = SignedDuration::from_secs(i64::from(spec.plan.verify_seconds));
        after.verify_until = Some(now.checked_add(long).unwrap_or(now));
    }
    Ok(after)
}

fn verified(status: &Status, by: &str, help: &Help, now: Timestamp) -> Result<Status, Refused> {
    if status.phase != Phase::Verifying {
        return Err(Refused::Not(status.phase));
    }
    let all_done = status.outcomes.iter().all(|outcome| outcome.result == Of::Done);
    let (phase, why) = match help {
        Help::Helped { why } if all_done => (Phase::Succeeded, why),
        Help::Helped { why } => (Phase::Partial, why),
        Help::DidNot { why } => {
            if status.verify_until.is_some_and(|until| now < until) {
                return Err(Refused::TooEarly);
            }
            (Phase::Failed, why)
        }
        Help::NotDone { why, .. } => (Phase::Failed, why),
        Help::Unclear { why } => (Phase::Unclear, why),
    };
    let mut after = status.then(phase, now, by, why);
    let result = match help {
        Help::NotDone { touched: false, .. } => Of::NotDone,
        Help::Unclear { .. } => Of::Unclear,
        Help::Helped { .. } | Help::DidNot { .. } | Help::NotDone { touched: true, .. } => return Ok(after),
    };
    for outcome in after.outcomes.iter_mut().filter(|outcome| outcome.result == Of::Done) {
        (outcome.result, outcome.why) = (result, why.clone());
    }
    Ok(after)
}

impl Status {
    /// The same, in another phase.
    fn then(&self, phase: Phase, at: Timestamp, who: &str, why: &str) -> Status {
        let mut after = self.clone();
        after.phase = phase;
        if after.history.len() < MOST_STEPS {
            after.history.push(Step { phase, at, who: who.to_string(), why: why.to_string() });
        }
        after
    }
}

#[cfg(test)]
mod tests;
