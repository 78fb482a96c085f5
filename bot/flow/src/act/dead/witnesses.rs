//! What the agents of nodes say of each other, as it came to this process.
//!
//! A probe counts by when its report came here, by this process's own monotonic clock: the agents' clocks are compared with themselves
//! only, to tell a new probe from one that is told again. What was there when the watch began may be of any age.

use std::collections::BTreeMap;

use tokio::time::Instant;

use super::inputs::{Neighbour, Outcome, Probe};
use crate::ports::{ProbeSighting, ProbesSighting};

/// By the node that was probed, and the node whose agent probed it.
#[derive(Debug, Default)]
pub(super) struct Witnesses(BTreeMap<String, BTreeMap<String, Said>>);

#[derive(Debug)]
struct Said {
    by_uid: String,
    /// The uid of the node that was probed.
    uid: String,
    made: String,
    came: Option<Instant>,
    outcome: Option<Outcome>,
    had_reached: bool,
    /// When something there answered last, as it came here: a later silence does not take that back.
    contact: Option<(Instant, Outcome)>,
}

impl Witnesses {
    /// A report came, or was read afresh.
    pub(super) fn said(&mut self, report: ProbesSighting, at: Instant) {
        let ProbesSighting { by, by_uid, probes } = report;
        // whom it does not probe any more it says nothing of
        for (node, witnesses) in &mut self.0 {
            if !probes.iter().any(|probe| probe.node == *node) {
                witnesses.remove(&by);
            }
        }
        for probe in probes {
            let ProbeSighting { node, uid, outcome, made, had_reached } = probe;
            let known = self.0.entry(node).or_default();
            let before = known.get(&by).filter(|before| before.uid == uid && before.by_uid == by_uid);
            let came = match before {
                None => None,
                Some(before) if before.made == made => before.came,
                Some(_) => Some(at),
            };
            let contact = match (outcome, came) {
                (Some(outcome), Some(came)) if outcome.is_contact() => Some((came, outcome)),
                _ => before.and_then(|before| before.contact),
            };
            let said = Said { by_uid: by_uid.clone(), uid, made, came, outcome, had_reached, contact };
            known.insert(by.clone(), said);
        }
        self.0.retain(|_, witnesses| !witnesses.is_empty());
    }

    /// Something may have been missed: how old the last probes are is not known any more.
    pub(super) fn gap(&mut self) {
        self.0.values_mut().flat_map(BTreeMap::values_mut).for_each(|said| said.came = None);
    }

    /// A Node was deleted: nothing of it, and nothing it said, counts.
    pub(super) fn gone(&mut self, node: &str) {
        self.0.remove(node);
        self.0.values_mut().for_each(|witnesses| drop(witnesses.remove(node)));
    }

    /// What is said of the node of this uid; of an earlier one of its name nothing is.
    pub(super) fn of(
        &self,
        node: &str,
        uid: &str,
        now: Instant,
        runs: impl Fn(&str) -> bool,
    ) -> Vec<Neighbour> {
        let all = self.0.get(node).into_iter().flatten();
        let of_it = all.filter(|(by, said)| said.uid == uid && by.as_str() != node);
        let ago = |came: Instant| now.saturating_duration_since(came);
        of_it
            .flat_map(|(by, said)| {
                let last = said.outcome.map(|outcome| Probe { came: said.came.map(ago), outcome });
                let contact = said.contact.filter(|(came, _)| Some(*came) != said.came);
                let contact = contact.map(|(came, outcome)| Probe { came: Some(ago(came)), outcome });
                let one = |probe| Neighbour {
                    node: by.clone(),
                    agent_runs: runs(by),
                    had_reached: said.had_reached,
                    probe,
                };
                [one(last)].into_iter().chain(contact.map(|contact| one(Some(contact))))
            })
            .collect()
    }
}

#[cfg(test)]
mod tests;
