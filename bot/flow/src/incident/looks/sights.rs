//! A world → what fails in it, by root cause.

use std::collections::BTreeSet;
use std::sync::Arc;

use podwhy_knowledge::node_state;
use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::triage::{Group, triage};
use podwhy_knowledge::world::Key;
use podwhy_knowledge::{Blame, Diagnosis, Finding, Kind, Lang, Snapshot, Verdict, World, diagnose};

use super::super::due::Crossed;
use super::super::fixed::Standing;
use super::super::look::{Scope, Sighted};
use super::super::record::Member;
use super::super::ring::Remains;
use super::top_owner;
use crate::ask::conceal::Foreign;
use crate::ask::within::Visible;

/// What fails for one reason, and the workloads it concerns.
#[derive(Clone, Debug)]
pub struct Sight {
    pub sighted: Sighted,
    pub workloads: Vec<Blame>,
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub struct Sights {
    pub sights: Vec<Sight>,
    pub lacking: Vec<Member>,
    pub remains: Vec<Remains>,
    pub standing: Arc<Standing>,
}

/// Of what.
pub struct Of {
    pub cluster: String,
    pub world: Arc<World>,
    pub scope: Scope,
    pub due: Crossed,
    pub visible: Visible,
    pub lang: Lang,
}

impl Of {
    /// Everything that fails in the scope.
    pub fn sights(&self) -> Sights {
        let wanted = |name: &str| self.scope.holds(name) && self.visible.shows(name);
        let found = triage(&self.world, wanted);
        let foreign = Foreign::of(&self.world, &self.visible);
        // what is kept is told to whoever may see one namespace
        let others = Foreign::of(&self.world, &Visible::Only(BTreeSet::new()));
        let (mut all, mut diagnosed) = (Sights::default(), 0);
        for group in &found.groups {
            let lone = self.lone(group);
            let pods = group.pods.iter().map(|(namespace, name)| member("Pod", namespace, name));
            let members: Vec<Member> = pods.chain(lone.iter().cloned()).collect();
            let workloads = group.workloads.clone();
            let sighted = self.sighted(&group.finding, &group.blame, members, &workloads, &foreign);
            let confidence = group.confidence.map(|confidence| confidence.as_str().to_string());
            let evidence = self.proof(group, &others);
            let sighted = Sighted { confidence, evidence, ..sighted };
            self.keep(group, &sighted, &others, &mut diagnosed, &mut all.remains);
            all.lacking.extend(lone);
            all.sights.push(Sight { sighted, workloads });
        }
        all.standing = Arc::new(Standing::of(&self.world));
        if self.scope == Scope::All {
            self.nodes(&foreign, &others, &mut all.sights);
        }
        all
    }

    /// Workloads of a group that fail without a pod.
    fn lone(&self, group: &Group) -> Vec<Member> {
        let owner = |(namespace, name): &Key| {
            let pod = self.world.pods.get(&(namespace.clone(), name.clone()))?;
            top_owner(&self.world, namespace, pod)
        };
        let of_pods: BTreeSet<Blame> = group.pods.iter().filter_map(owner).collect();
        let lone = group.workloads.iter().filter(|workload| !of_pods.contains(workload));
        lone.map(member_of).collect()
    }

    /// A node tells nothing by pods that are well or gone from it.
    fn nodes(&self, foreign: &Foreign, others: &Foreign, sights: &mut Vec<Sight>) {
        let down = self.world.nodes.iter().filter(|(_, node)| is_down(node_state::ready(node)));
        for (name, _) in down {
            let Some(snapshot) = Snapshot::of_object(&self.world, Kind::Node, "", name) else { continue };
            let diagnosis = diagnose(&snapshot);
            if !matches!(diagnosis.verdict, Verdict::Failing | Verdict::Unknown) {
                continue;
            }
            let finding = of_subject(&diagnosis, &snapshot);
            let new = self.sighted(finding, &finding.blame, vec![member("Node", "", name)], &[], foreign);
            let new = Sighted { evidence: self.kept(finding, &others.beyond("")), ..new };
            let same = sights.iter_mut().find(|known| known.sighted.root_cause == new.root_cause);
            match same {
                Some(known) => {
                    known.sighted.members.extend(new.members);
                    known.sighted.is_due |= new.is_due;
                    known.sighted.severity = known.sighted.severity.max(new.severity);
                }
                None => sights.push(Sight { sighted: new, workloads: Vec::new() }),
            }
        }
    }
}

/// The first finding that is the subject's own fault, else the first.
pub fn of_subject<'d>(diagnosis: &'d Diagnosis, subject: &Snapshot) -> &'d Finding {
    let own = subject.subject_blame();
    diagnosis.findings.iter().find(|finding| finding.blame == own).unwrap_or_else(|| diagnosis.top())
}

pub fn is_down(ready: Option<(&str, &str)>) -> bool {
    ready.is_some_and(|(status, _)| status != "True")
}

fn member(kind: &str, namespace: &str, name: &str) -> Member {
    Member { kind: clean_name(kind), namespace: clean_name(namespace), name: clean_name(name) }
}

pub fn member_of(blame: &Blame) -> Member {
    member(&blame.kind, blame.namespace.as_deref().unwrap_or_default(), &blame.name)
}
