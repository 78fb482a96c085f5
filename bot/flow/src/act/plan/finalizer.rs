//! A pod that is gone but for its object, which a finalizer holds whose controller may be gone.

use std::collections::BTreeSet;

use podwhy_knowledge::{Finding, causes};

use super::pod::target;
use super::withheld::{Why, Withheld};
use super::{FINALIZER_VERIFY, Found, Offerable, plan, pod_of};
use crate::act::finalizers::{Controller, Whose, whose};
use crate::act::record::{Caution, Target, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::ask::diagnose::Diagnosed;

/// A finalizer of a known controller. It is offered if that controller is seen to be gone: [`first_look`](crate::act::orphan::first_look).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// What is offered then; it does not say yet which finalizer, so nobody can do it.
    pub offerable: Offerable,
    /// The finalizer.
    pub finalizer: String,
    /// Who would take it off.
    pub controller: &'static Controller,
}

impl Candidate {
    /// Why it is not offered.
    pub fn withheld(&self, why: Why) -> Withheld {
        let target = self.offerable.plan.targets.first();
        let of = target.map_or_else(String::new, |target| shown(&self.finalizer, target));
        Withheld { remedy: Remedy::RemoveFinalizer, of, why }
    }
}

/// Each finalizer of the pod that a finding is about, by itself: what can be offered, and what never is.
pub(super) fn remove(diagnosed: &Diagnosed, finding: &Finding, all: &mut Found) {
    let cause = causes::find(finding.cause);
    let names_it = cause.is_some_and(|cause| {
        cause.remedies.iter().any(|remedy| remedy.id == Remedy::RemoveFinalizer.as_str())
    });
    let Some((target, finalizers)) = held(diagnosed, finding).filter(|_| names_it) else { return };
    for finalizer in finalizers {
        let why = match whose(&finalizer) {
            Whose::Of(controller) => {
                let candidate = candidate(finding, target.clone(), finalizer, controller);
                if !all.candidates.contains(&candidate) {
                    all.candidates.push(candidate);
                }
                continue;
            }
            Whose::Own => Why::OwnFinalizer,
            Whose::Unknown => Why::UnknownFinalizer,
        };
        let withheld = Withheld { remedy: Remedy::RemoveFinalizer, of: shown(&finalizer, &target), why };
        if !all.withheld.contains(&withheld) {
            all.withheld.push(withheld);
        }
    }
}

/// The pod, and what holds it. Only of what is being deleted: no finalizer holds anything else.
fn held(diagnosed: &Diagnosed, finding: &Finding) -> Option<(Target, BTreeSet<String>)> {
    let pod = pod_of(&diagnosed.snapshot, finding).filter(|pod| pod.metadata.deletion_timestamp.is_some())?;
    Some((target(pod)?, pod.metadata.finalizers.iter().flatten().cloned().collect()))
}

fn candidate(
    finding: &Finding,
    target: Target,
    finalizer: String,
    controller: &'static Controller,
) -> Candidate {
    let skipped = Warning { caution: Caution::CleanupSkipped, names: vec![controller.name.to_string()] };
    let plan = plan(Remedy::RemoveFinalizer, vec![target], vec![skipped], FINALIZER_VERIFY);
    let offerable = Offerable::new(finding, plan, Circumstances::default());
    Candidate { offerable, finalizer, controller }
}

fn shown(finalizer: &str, target: &Target) -> String {
    format!("{finalizer} ({} {}/{})", target.kind, target.namespace, target.name)
}

#[cfg(test)]
mod tests;
