//! How often remediations came to each phase.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::act::record::{Phase, Remediation};
use crate::act::remedy::Remedy;

/// By remedy and phase, as this replica saw them begin: the one that takes a step counts it.
#[derive(Debug, Default)]
pub struct Steps(Mutex<BTreeMap<(Remedy, Phase), u64>>);

impl Steps {
    /// One was offered.
    pub fn offered(&self, one: &Remediation) {
        self.add(one, Phase::Offered);
    }

    /// One had so many steps in its history, and has these now.
    pub fn came(&self, before: usize, now: &Remediation) {
        for step in now.status.history.iter().skip(before) {
            self.add(now, step.phase);
        }
    }

    /// How many there were of each.
    pub fn get(&self) -> BTreeMap<(Remedy, Phase), u64> {
        self.known().clone()
    }

    fn add(&self, one: &Remediation, phase: Phase) {
        *self.known().entry((one.spec.plan.remedy, phase)).or_default() += 1;
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<(Remedy, Phase), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::act::machine::testing::{approval, offered_at, remediation};
    use crate::act::machine::{Event, next};

    #[test]
    fn every_phase_that_began_is_counted_once() {
        let (steps, mut one) = (Steps::default(), remediation());
        steps.offered(&one);
        let at = offered_at() + jiff::SignedDuration::from_mins(1);
        for event in [
            Event::Approve(approval("ann")),
            Event::Approve(approval("bob")),
            Event::Begin { by: "a/1".to_string() },
        ] {
            let before = one.status.history.len();
            one.status = next(&one.spec, &one.status, &event, at).unwrap();
            steps.came(before, &one);
        }
        let counted: Vec<_> = steps.get().into_iter().map(|((_, phase), count)| (phase, count)).collect();
        assert_eq!(counted, [(Phase::Offered, 1), (Phase::Approved, 1), (Phase::Executing, 1)]);
    }
}
