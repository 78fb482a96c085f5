//! What could be done about what a diagnosis found: plans with every object named, and nothing where a button would be wrong.
//!
//! A cause's page declares its remedies; here each is looked at for this pod, this owner and this node. What is not offered stands on the
//! page as a command, and a person decides.

mod agent;
pub mod dead;
mod finalizer;
mod node;
mod pod;
mod rollout;
#[cfg(test)]
mod tests;
pub mod withheld;

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Pod;
use podwhy_knowledge::{Confidence, Finding, Kind, Snapshot, causes};

pub use self::finalizer::Candidate;
pub(crate) use self::node::is_ready;
pub use self::node::target;
pub use self::withheld::Withheld;
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

impl Offerable {
    fn new(finding: &Finding, plan: Plan, circumstances: Circumstances) -> Offerable {
        let blame = finding.blame.clone();
        Offerable { cause: finding.cause.to_string(), blame, plan, circumstances }
    }
}

/// At most this many names stand in a warning.
const MOST_NAMES: usize = 10;

/// A pod's successor should be ready within this, in seconds: an image is pulled, a volume attached.
const POD_VERIFY: u32 = 600;

/// An object that no finalizer holds any more goes within this, in seconds: its kubelet may have to say so first.
const FINALIZER_VERIFY: u32 = 120;

/// A node that takes pods again has one of those that wait within this, in seconds.
const NODE_VERIFY: u32 = 180;

/// The causes about which one of these can be offered, if it fits.
pub fn causes_of(remedies: &[Remedy]) -> BTreeSet<&'static str> {
    let can = |id: &str| match id {
        "delete-pod" => [Remedy::DeletePod, Remedy::DeleteFailedPods, Remedy::RolloutRestart]
            .iter()
            .any(|remedy| remedies.contains(remedy)),
        id => remedies.iter().any(|remedy| remedy.as_str() == id),
    };
    let causes = causes::catalogue().filter(|cause| cause.remedies.iter().any(|remedy| can(remedy.id)));
    causes.map(|cause| cause.id).collect()
}

/// What is known beside what was collected for one diagnosis.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The uids of ReplicaSets that the watch saw fully available for ten minutes.
    pub proven: BTreeSet<String>,
}

/// What can be done about what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// What can be offered, the first finding's first.
    pub offerable: Vec<Offerable>,
    /// What can be offered once it is seen that nobody is left to do it.
    pub candidates: Vec<Candidate>,
    /// What a page names and nobody is offered.
    pub withheld: Vec<Withheld>,
}

/// What can be done about it. About what is only possible nothing is: a button is no way to find out.
pub fn found(diagnosed: &Diagnosed, known: &Known) -> Found {
    let mut all = Found::default();
    for finding in &diagnosed.diagnosis.findings {
        if !is_sure(finding) {
            continue;
        }
        finalizer::remove(diagnosed, finding, &mut all);
        for one in of_finding(diagnosed, finding, known) {
            match one {
                Ok(one) if !all.offerable.iter().any(|other| is_same(&other.plan, &one.plan)) => {
                    all.offerable.push(one);
                }
                Err(one) if !all.withheld.contains(&one) => all.withheld.push(one),
                _ => {}
            }
        }
    }
    all.offerable.extend(node::untaint(diagnosed));
    all
}

fn is_same(one: &Plan, other: &Plan) -> bool {
    one.targets == other.targets && one.remedy == other.remedy
}

fn is_sure(finding: &Finding) -> bool {
    finding.confidence.is_some_and(|confidence| confidence != Confidence::Possible)
}

/// The pod that a finding is about.
fn pod_of<'s>(snapshot: &'s Snapshot, finding: &Finding) -> Option<&'s Pod> {
    let name = finding.pod.as_deref().or(snapshot.pod().and_then(|pod| pod.metadata.name.as_deref()))?;
    Some(&snapshot.world.pods.get(&(snapshot.namespace().to_string(), name.to_string()))?.pod)
}

fn of_finding(diagnosed: &Diagnosed, finding: &Finding, known: &Known) -> Vec<Result<Offerable, Withheld>> {
    let Some(cause) = causes::find(finding.cause) else { return Vec::new() };
    let offered = cause.remedies.iter().flat_map(|remedy| match remedy.id {
        "delete-pod" => pods(diagnosed, finding),
        "uncordon" => node::uncordon(diagnosed, finding).map(Ok).into_iter().collect(),
        "roll-back" => rollout::roll_back(diagnosed, finding, known).into_iter().collect(),
        "restart-kubelet" => agent::ticket(diagnosed, finding, Remedy::RestartKubelet).into_iter().collect(),
        "restart-runtime" => agent::ticket(diagnosed, finding, Remedy::RestartRuntime).into_iter().collect(),
        "remove-image" => agent::ticket(diagnosed, finding, Remedy::RemoveImage).into_iter().collect(),
        // by words and commands until what it takes is proved at the click as well
        _ => Vec::new(),
    });
    offered.collect()
}

/// The pod alone, or all of its workload's where several have the same.
fn pods(diagnosed: &Diagnosed, finding: &Finding) -> Vec<Result<Offerable, Withheld>> {
    let one = pod::delete(diagnosed, finding);
    let is_running = one.as_ref().is_some_and(|one| one.plan.remedy == Remedy::DeletePod);
    let restart = if is_running { rollout::restart(diagnosed, finding) } else { None };
    one.map(Ok).into_iter().chain(restart).collect()
}

fn plan(remedy: Remedy, targets: Vec<Target>, warnings: Vec<Warning>, verify_seconds: u32) -> Plan {
    Plan {
        remedy,
        targets,
        finalizer: None,
        revision: None,
        node: None,
        ticket: None,
        checklist: Vec::new(),
        warnings,
        verify_seconds,
    }
}

/// What is diagnosed after a plan was carried out.
pub fn after(diagnosed: &Diagnosed, plan: &Plan) -> Member {
    let owner = diagnosed.snapshot.top_owner();
    let is_workload = Kind::from_camel(&owner.kind).is_some_and(Kind::is_workload);
    match owner.namespace.filter(|_| plan.makes_pods() && is_workload) {
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
