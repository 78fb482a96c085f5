//! What the agent of a node could do: restart its kubelet or runtime, or remove an image. Only what its own report says it would.

use jiff::SignedDuration;
use podwhy_knowledge::agent::{Ability, NodeFacts};
use podwhy_knowledge::{Finding, Snapshot};

use super::withheld::{Why, Withheld};
use super::{Offerable, plan, pod_of};
use crate::act::record::{Caution, Target, Ticket, Warning};
use crate::act::remedy::{Circumstances, Remedy};
use crate::ask::diagnose::Diagnosed;

/// An agent writes its report this often at least, whether anything changed or not: one that is older is of an agent that is gone.
const REPORTED_WITHIN: SignedDuration = SignedDuration::from_mins(10);

/// A restarted kubelet has said that its node is ready, or an image was pulled anew, within this, in seconds.
const AGENT_VERIFY: u32 = 300;

/// `None` where no node is known to be at fault.
pub(super) fn ticket(
    diagnosed: &Diagnosed,
    finding: &Finding,
    remedy: Remedy,
) -> Option<Result<Offerable, Withheld>> {
    let snapshot = &diagnosed.snapshot;
    let name = node_of(snapshot, finding)?;
    let node = snapshot.world.nodes.get(&name)?;
    let target = super::target(node)?;
    let withheld = |why| Some(Err(Withheld { remedy, of: format!("Node {name}"), why }));
    let Some(report) = snapshot.world.agents.get(&name) else { return withheld(Why::NoAgent) };
    if !is_of(report, &target, snapshot) {
        return withheld(Why::AgentSilent);
    }
    let ability = match ability(report, remedy) {
        Ok(ability) => ability,
        Err(why) => return withheld(Why::NotAble(why)),
    };
    let mut ticket = Ticket { unit: ability.unit.clone(), ..Ticket::default() };
    let mut warnings = Vec::new();
    if remedy == Remedy::RemoveImage {
        ticket.image = Some(image_of(snapshot, finding)?);
    }
    if remedy == Remedy::RestartRuntime && report.survival.survive != Some(true) {
        ticket.containers_may_die = true;
        warnings.push(Warning { caution: Caution::ContainersDie, names: dying(report) });
    }
    let control_plane = super::pod::is_control_plane(node);
    if control_plane {
        warnings.push(Warning { caution: Caution::ControlPlane, names: vec![name.clone()] });
    }
    let mut plan = plan(remedy, vec![target], warnings, AGENT_VERIFY);
    plan.ticket = Some(ticket);
    Some(Ok(Offerable::new(finding, plan, Circumstances { protected: false, control_plane })))
}

/// The node that is at fault, or the one that the pod at fault stands on.
fn node_of(snapshot: &Snapshot, finding: &Finding) -> Option<String> {
    if finding.blame.kind == "Node" {
        return Some(finding.blame.name.clone());
    }
    let own = pod_of(snapshot, finding).and_then(|pod| pod.spec.as_ref()?.node_name.clone());
    own.filter(|name| !name.is_empty())
}

/// Whether a report is of this node, and not of an earlier one of its name, and still made.
fn is_of(report: &NodeFacts, node: &Target, snapshot: &Snapshot) -> bool {
    let now = snapshot.taken_at().at;
    let is_fresh = report.reported_at.is_some_and(|at| now.duration_since(at) <= REPORTED_WITHIN);
    // one that could not read its own Node says no uid, and looks again before it does anything
    (report.node_uid.is_empty() || report.node_uid == node.uid) && is_fresh
}

fn ability(report: &NodeFacts, remedy: Remedy) -> Result<&Ability, String> {
    match report.actions.iter().find(|ability| ability.action == remedy.as_str()) {
        Some(ability) if ability.why_not.is_empty() => Ok(ability),
        Some(ability) => Err(ability.why_not.clone()),
        None => Err("it is not switched on there".to_string()),
    }
}

/// How many containers end, and by what that is known.
fn dying(report: &NodeFacts) -> Vec<String> {
    let survival = &report.survival;
    let count = survival.running.map_or("?".to_string(), |count| count.to_string());
    [count, survival.because.clone()].into_iter().filter(|text| !text.is_empty()).collect()
}

/// The image of the container that a finding is about; of a pod with one container that one's.
fn image_of(snapshot: &Snapshot, finding: &Finding) -> Option<String> {
    let spec = pod_of(snapshot, finding)?.spec.as_ref()?;
    let mut all = spec.init_containers.iter().flatten().chain(&spec.containers);
    let found = match finding.container.as_deref() {
        Some(name) => all.find(|container| container.name == name),
        None if spec.containers.len() == 1 => spec.containers.first(),
        None => None,
    };
    found?.image.clone().filter(|image| !image.is_empty())
}

#[cfg(test)]
mod tests;
