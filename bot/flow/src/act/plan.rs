//! What could be done about what a diagnosis found: plans with every object named, and nothing where a button would be wrong.
//!
//! A cause's page declares its remedies; here each is looked at for this pod, this owner and this node. What is not offered stands on the
//! page as a command, and a person decides.

mod node;
mod pod;
#[cfg(test)]
mod tests;

use podwhy_knowledge::{Confidence, Finding, Kind, causes};

use super::record::{Plan, Target, Warning};
use super::remedy::{Circumstances, Remedy};
use crate::ask::diagnose::Diagnosed;
use crate::incident::record::Member;

/// Something that can be offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offerable {
    /// The finding it is for: its cause.
    pub cause: String,
    /// And its blame.
    pub blame: podwhy_knowledge::Blame,
    /// What is done.
    pub plan: Plan,
    /// Where, as far as the diagnosis can tell; configuration adds to it.
    pub circumstances: Circumstances,
}

/// At most this many names stand in a warning.
const MOST_NAMES: usize = 10;

/// A pod's successor should be ready within this, in seconds: an image is pulled, a volume attached.
const POD_VERIFY: u32 = 600;

/// A node that takes pods again has one of those that wait within this, in seconds.
const NODE_VERIFY: u32 = 180;

/// What can be offered, the first finding's first. Of what is only possible nothing is: a button is no way to find out.
pub fn offerable(diagnosed: &Diagnosed) -> Vec<Offerable> {
    let mut all: Vec<Offerable> = Vec::new();
    for finding in &diagnosed.diagnosis.findings {
        for one in of_finding(diagnosed, finding) {
            if !all
                .iter()
                .any(|known| known.plan.targets == one.plan.targets && known.plan.remedy == one.plan.remedy)
            {
                all.push(one);
            }
        }
    }
    all
}

fn of_finding(diagnosed: &Diagnosed, finding: &Finding) -> Vec<Offerable> {
    let is_sure = finding.confidence.is_some_and(|confidence| confidence != Confidence::Possible);
    let Some(cause) = causes::find(finding.cause).filter(|_| is_sure) else { return Vec::new() };
    let offered = cause.remedies.iter().filter_map(|remedy| match remedy.id {
        "delete-pod" => pod::delete(diagnosed, finding),
        "uncordon" => node::uncordon(diagnosed, finding),
        // by words and commands until what it takes is proved at the click as well
        _ => None,
    });
    offered.collect()
}

fn plan(remedy: Remedy, targets: Vec<Target>, warnings: Vec<Warning>, verify_seconds: u32) -> Plan {
    Plan { remedy, targets, finalizer: None, revision: None, warnings, verify_seconds }
}

/// What is diagnosed after a plan was carried out.
pub fn after(diagnosed: &Diagnosed, plan: &Plan) -> Member {
    let owner = diagnosed.snapshot.top_owner();
    let is_workload = Kind::from_camel(&owner.kind).is_some_and(Kind::is_workload);
    match owner.namespace.filter(|_| plan.is_of_pods() && is_workload) {
        Some(namespace) => Member { kind: owner.kind, namespace, name: owner.name },
        None => subject(diagnosed),
    }
}

/// What a plan is about, as `why` is asked.
pub fn subject(diagnosed: &Diagnosed) -> Member {
    let snapshot = &diagnosed.snapshot;
    let kind = snapshot.kind();
    let namespace = if kind == Kind::Node { "" } else { snapshot.namespace() };
    Member {
        kind: kind.camel().to_string(),
        namespace: namespace.to_string(),
        name: snapshot.name().to_string(),
    }
}
