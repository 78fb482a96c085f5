//! The proof, put together now: what this process sees, what the power probe says, what people said.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use podwhy_knowledge::Lang;
use tokio::time::Instant;

use super::eyes::Eyes;
use super::judge::{Missing, Options, Proof, Verdict, judge};
use super::{Attestation, Inputs, words};
use crate::act::record::{Remediation, Said, Target};
use crate::ports::PowerProbe;

/// Proves nodes of one cluster dead, or does not.
#[derive(Clone, Debug)]
pub struct Proving {
    eyes: Arc<Eyes>,
    power: Option<Arc<dyn PowerProbe>>,
    options: Options,
}

impl Proving {
    /// By what these eyes see, and this probe says if there is one.
    pub fn new(eyes: Arc<Eyes>, power: Option<Arc<dyn PowerProbe>>, options: Options) -> Proving {
        Proving { eyes, power, options }
    }

    /// Of a node that is about to be offered.
    pub async fn at_offer(&self, node: &Target, now: Timestamp) -> Proof {
        self.judged(node, None, Vec::new(), Vec::new(), now).await
    }

    /// Of the node of an offer, as if this person agreed as well.
    pub async fn of(&self, one: &Remediation, also: Option<&str>, now: Timestamp) -> Option<Proof> {
        let node = node_of(one)?;
        let approvers = one.status.approvals.iter().map(|approval| approval.user.as_str()).chain(also);
        let approvers = approvers.map(str::to_string).collect();
        let attested = one.status.attested.iter().map(|said| Attestation {
            by: said.user.clone(),
            how: said.how.clone(),
            established_at: said.established_at,
        });
        // an offer has a time of day: this process may not be the one that made it
        let ago = now.duration_since(one.spec.offered_at);
        let ago = Duration::try_from(ago).unwrap_or_default();
        let offered = Instant::now().checked_sub(ago);
        Some(self.judged(&node, offered, attested.collect(), approvers, now).await)
    }

    async fn judged(
        &self,
        node: &Target,
        offered: Option<Instant>,
        attestations: Vec<Attestation>,
        approvers: Vec<String>,
        now: Timestamp,
    ) -> Proof {
        let power = match &self.power {
            Some(probe) => Some(probe.ask(&node.name).await),
            None => None,
        };
        let at = Instant::now();
        let watched = self.eyes.watched(&node.name, &node.uid, offered, at);
        let inputs = Inputs {
            node: node.name.clone(),
            watched,
            neighbours: self.eyes.neighbours(&node.name, &node.uid, at),
            power,
            attestations,
            approvers,
            now,
        };
        judge(&inputs, &self.options)
    }
}

/// The node that an offer takes for dead: its target, or the one that the root cause names for its pods.
pub fn node_of(one: &Remediation) -> Option<Target> {
    let plan = &one.spec.plan;
    if !plan.remedy.needs_dead_node() {
        return None;
    }
    plan.node.clone().or_else(|| plan.targets.iter().find(|target| target.kind == "Node").cloned())
}

impl Proof {
    /// Whether people can still complete it: nothing speaks against it, and what is missing is their word.
    pub fn is_open(&self) -> bool {
        match &self.verdict {
            Verdict::Confirmed { .. } => true,
            Verdict::Refused(_) => false,
            Verdict::NotConfirmed(missing) => {
                missing.iter().all(|one| matches!(one, Missing::PowerOff | Missing::Approvers))
            }
        }
    }

    /// Whether it is complete.
    pub fn is_confirmed(&self) -> bool {
        matches!(self.verdict, Verdict::Confirmed { .. })
    }

    /// The checklist in both languages, the verdict first.
    pub fn said(&self) -> Vec<Said> {
        let of = |lang: Lang| {
            let missing = match &self.verdict {
                Verdict::NotConfirmed(missing) => wanted(missing, lang),
                _ => Vec::new(),
            };
            let verdict = words::verdict(self, lang);
            let verdict = verdict.lines().map(str::to_string);
            verdict.chain(words::checklist(self, lang)).chain(missing).collect::<Vec<_>>()
        };
        of(Lang::En).into_iter().zip(of(Lang::Zh)).map(|(en, zh)| Said { en, zh }).collect()
    }

    /// Why it is not confirmed, in one language; empty where it is.
    pub fn lacks(&self, lang: Lang) -> Vec<String> {
        match &self.verdict {
            Verdict::Confirmed { .. } => Vec::new(),
            Verdict::Refused(found) => {
                found.iter().map(|one| format!("✗ {}", words::found(one, lang))).collect()
            }
            Verdict::NotConfirmed(missing) => wanted(missing, lang),
        }
    }
}

fn wanted(missing: &[Missing], lang: Lang) -> Vec<String> {
    missing.iter().map(|one| format!("→ {}", words::missing(*one, lang))).collect()
}
