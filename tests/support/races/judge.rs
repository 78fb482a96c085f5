//! Whether each was done once, and told as it was.

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use podwhy_flow::act::record::{Phase, Remediation, Result as Of};
use podwhy_flow::incident::Button;

use super::Report;
use super::lane::People;
use super::ports::{Reason, Sent};
use super::round::{Press, Round};
use super::seen::Seen;

/// A round that is over.
#[derive(Clone, Debug)]
pub(super) struct Told {
    ended: Remediation,
    /// How it stands after it was over, if otherwise.
    again: Option<Remediation>,
    sent: Vec<Sent>,
    declined: bool,
    is_quiet: bool,
    is_blind: bool,
    reason: Reason,
    kills: u32,
    stops: u32,
    lost: u32,
}

impl Told {
    pub(super) fn new(
        round: &Round<'_>,
        ended: Remediation,
        again: Option<Remediation>,
        presses: &[Press],
        is_quiet: bool,
    ) -> Told {
        Told {
            ended,
            again,
            sent: round.events.sent.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            declined: presses.iter().any(|press| press.button == Button::Decline),
            is_quiet,
            is_blind: round.events.is_blind.load(Ordering::SeqCst),
            reason: round.reason,
            kills: round.tally.kills.load(Ordering::Relaxed),
            stops: round.tally.stops.load(Ordering::Relaxed),
            lost: round.tally.lost.load(Ordering::Relaxed),
        }
    }

    fn target(&self) -> &str {
        &self.ended.spec.plan.targets[0].name
    }

    fn result(&self) -> Option<Of> {
        self.ended.status.outcomes.first().map(|outcome| outcome.result)
    }

    /// What is wrong with it, by what the API server saw.
    fn faults(&self, seen: &[Seen]) -> Vec<String> {
        let mut faults = Vec::new();
        let phase = self.ended.status.phase;
        if !phase.is_over() {
            faults.push("it does not end".to_string());
        }
        if seen.len() > 1 {
            faults.push(format!("written {} times", seen.len()));
        }
        if seen.len() != self.sent.len() {
            faults.push(format!("sent {} times, seen {}", self.sent.len(), seen.len()));
        }
        if let Some(again) = &self.again {
            faults.push(format!("what was over has changed: {:?}", again.status));
        }
        faults.extend(seen.iter().flat_map(|one| self.written(one)));
        let is_said_done = self.result() == Some(Of::Done);
        if seen.is_empty() && is_said_done {
            faults.push("told as done, and nobody did it".to_string());
        }
        let is_done = seen.iter().any(|one| one.code < 300);
        if is_done && self.result() == Some(Of::NotDone) {
            faults.push("told as not done, and it was".to_string());
        }
        if is_done && self.result().is_none() {
            faults.push(format!("nothing is told of it, but {}", phase.as_str()));
        }
        if phase == Phase::Unclear && !self.is_blind && self.lost == 0 {
            faults.push("unclear without a reason".to_string());
        }
        if self.is_quiet && phase != self.of_quiet() {
            faults.push(format!("nothing went wrong, and it is {}", phase.as_str()));
        }
        faults.iter().map(|fault| format!("{}: {fault}: {:?}", self.target(), self.ended.status)).collect()
    }

    /// What a quiet round ends in.
    fn of_quiet(&self) -> Phase {
        match self.reason {
            Reason::UntilDone => Phase::Succeeded,
            Reason::Always => Phase::Failed,
            Reason::Never => Phase::Superseded,
        }
    }

    /// What is wrong with a write.
    fn written(&self, one: &Seen) -> Vec<String> {
        let (spec, status) = (&self.ended.spec, &self.ended.status);
        let mut faults = Vec::new();
        let mut people: Vec<&str> = status.approvals.iter().map(|approval| approval.user.as_str()).collect();
        let first = people.first().copied();
        if first != Some(one.by.as_str()) {
            faults.push(format!("written as {:?}, and {first:?} was the first to agree", one.by));
        }
        people.sort_unstable();
        people.dedup();
        if people.len() < spec.floor.approvals as usize || people.iter().any(|who| !People::ALL.contains(who))
        {
            faults.push(format!("written with {people:?}, and {} have to agree", spec.floor.approvals));
        }
        if self.sent.iter().any(|sent| sent.at >= spec.expires_at()) {
            faults.push("written after the offer's end".to_string());
        }
        let begun = status.history.iter().filter(|step| step.phase == Phase::Executing).count();
        let never = matches!(status.phase, Phase::Declined | Phase::Expired | Phase::Superseded);
        if begun != 1 || never {
            faults.push(format!("written, begun {begun} times, and {}", status.phase.as_str()));
        }
        faults
    }

    /// Whether one began it, and another told its end.
    fn is_taken_over(&self) -> bool {
        let steps = &self.ended.status.history;
        let begun = steps.iter().position(|step| step.phase == Phase::Executing);
        let next = begun.and_then(|at| Some((steps.get(at)?, steps.get(at + 1)?)));
        next.is_some_and(|(begun, next)| begun.who != next.who)
    }
}

/// Of all of them.
pub(super) fn report(all: &[Told], seen: &BTreeMap<String, Vec<Seen>>) -> Report {
    let mut report = Report::default();
    for told in all {
        let own = seen.get(told.target()).map(Vec::as_slice).unwrap_or_default();
        report.rounds += 1;
        *report.phases.entry(told.ended.status.phase.as_str()).or_default() += 1;
        report.written += u32::try_from(own.len()).unwrap_or(u32::MAX);
        report.kills += told.kills;
        report.stops += told.stops;
        report.lost += told.lost;
        report.taken_over += u32::from(told.is_taken_over());
        report.declined += u32::from(told.declined);
        report.faults.extend(told.faults(own));
    }
    report
}
