//! A world → what fails in it, by root cause.

use std::collections::BTreeSet;
use std::sync::Arc;

use podwhy_knowledge::node_state;
use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::triage::{Group, triage};
use podwhy_knowledge::world::Key;
use podwhy_knowledge::{Blame, Diagnosis, Finding, Kind, Lang, Snapshot, Verdict, World, diagnose, page};

use super::super::alert::Severity;
use super::super::look::{Scope, Sighted};
use super::super::record::{Blamed, Kept, Member, RootCause};
use super::super::ring::Remains;
use super::{KEYS, top_owner};
use crate::ask::conceal::Foreign;
use crate::ask::within::Visible;

/// Of a group with no more pods each one's own evidence is kept; of a larger one its first's, which stands for all.
const FEW_PODS: usize = 8;

/// No more pods are diagnosed once more in one look, for their evidence.
const MOST_DIAGNOSED: usize = 40;

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
}

/// Of what.
pub struct Of {
    pub cluster: String,
    pub world: Arc<World>,
    pub scope: Scope,
    pub due: BTreeSet<Member>,
    pub visible: Visible,
    pub lang: Lang,
}

impl Of {
    /// Everything that fails in the scope.
    pub fn sights(&self) -> Sights {
        let wanted = |name: &str| self.scope.holds(name) && self.visible.shows(name);
        let found = triage(&self.world, wanted);
        let foreign = Foreign::of(&self.world, &self.visible);
        let (mut all, mut diagnosed) = (Sights::default(), 0);
        for group in &found.groups {
            let lone = self.lone(group);
            let pods = group.pods.iter().map(|(namespace, name)| member("Pod", namespace, name));
            let members: Vec<Member> = pods.chain(lone.iter().cloned()).collect();
            let workloads = group.workloads.clone();
            let sighted = self.sighted(&group.finding, &group.blame, members, &workloads, &foreign);
            let confidence = group.confidence.map(|confidence| confidence.as_str().to_string());
            let sighted = Sighted { confidence, ..sighted };
            self.keep(group, &sighted, &mut diagnosed, &mut all.remains);
            all.lacking.extend(lone);
            all.sights.push(Sight { sighted, workloads });
        }
        if self.scope == Scope::All {
            self.nodes(&foreign, &mut all.sights);
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
    fn nodes(&self, foreign: &Foreign, sights: &mut Vec<Sight>) {
        let down = self.world.nodes.iter().filter(|(_, node)| is_down(node_state::ready(node)));
        for (name, _) in down {
            let Some(snapshot) = Snapshot::of_object(&self.world, Kind::Node, "", name) else { continue };
            let diagnosis = diagnose(&snapshot);
            if !matches!(diagnosis.verdict, Verdict::Failing | Verdict::Unknown) {
                continue;
            }
            let finding = of_subject(&diagnosis, &snapshot);
            let new = self.sighted(finding, &finding.blame, vec![member("Node", "", name)], &[], foreign);
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

    /// What fails for one reason, in words that may be shown.
    pub fn sighted(
        &self,
        finding: &Finding,
        blame: &Blame,
        members: Vec<Member>,
        workloads: &[Blame],
        foreign: &Foreign,
    ) -> Sighted {
        let mut blamed = Blamed {
            kind: clean_name(&blame.kind),
            namespace: blame.namespace.as_deref().map(clean_name),
            name: clean_name(&blame.name),
        };
        foreign.conceal(&mut blamed.name, KEYS);
        let mut summary = page(finding, self.lang).map_or_else(
            |fault| {
                tracing::error!(cause = finding.cause, %fault, "a page does not fit its finding");
                finding.cause.to_string()
            },
            |page| page.summary,
        );
        foreign.conceal(&mut summary, self.lang);
        let is_due = members.iter().any(|member| self.due.contains(member))
            || self.due.contains(&member_of(blame))
            || workloads.iter().any(|workload| self.due.contains(&member_of(workload)));
        Sighted {
            root_cause: RootCause {
                cluster: self.cluster.clone(),
                cause: finding.cause.to_string(),
                blame: blamed,
            },
            confidence: finding.confidence.map(|confidence| confidence.as_str().to_string()),
            summary,
            severity: self.severity(blame, &members, workloads),
            members,
            is_due,
        }
    }

    /// Critical is what takes something down whole: a node that is not ready, or a workload without a pod that is. A Job is
    /// never that: nobody is served by it.
    fn severity(&self, blame: &Blame, members: &[Member], workloads: &[Blame]) -> Severity {
        let node_down =
            |name: &str| self.world.nodes.get(name).is_some_and(|node| is_down(node_state::ready(node)));
        let nodes = members.iter().filter(|member| member.kind == "Node").map(|member| member.name.as_str());
        let blamed = Some(blame.name.as_str()).filter(|_| blame.kind == "Node");
        let workload_down = |workload: &Blame| {
            let kind =
                Kind::from_camel(&workload.kind).filter(|kind| !matches!(kind, Kind::Job | Kind::CronJob));
            let namespace = workload.namespace.clone().unwrap_or_default();
            let read =
                kind.and_then(|kind| self.world.workloads.get(&(kind, namespace, workload.name.clone())));
            read.is_some_and(|read| read.ready == 0 && read.desired.is_some_and(|desired| desired > 0))
        };
        let is_down = nodes.chain(blamed).any(node_down) || workloads.iter().any(workload_down);
        if is_down { Severity::Critical } else { Severity::Warning }
    }

    /// What is left of a group's pods when they are gone.
    fn keep(&self, group: &Group, sighted: &Sighted, diagnosed: &mut usize, remains: &mut Vec<Remains>) {
        let shared: Arc<[Kept]> = kept(&self.world, &group.finding).into();
        for key in &group.pods {
            let own = group.pods.len() <= FEW_PODS
                && group.finding.pod.as_deref() != Some(key.1.as_str())
                && *diagnosed < MOST_DIAGNOSED;
            let snapshot = own.then(|| Snapshot::of_pod(&self.world, &key.0, &key.1)).flatten();
            let evidence = match snapshot {
                Some(snapshot) => {
                    *diagnosed += 1;
                    kept(&self.world, of_subject(&diagnose(&snapshot), &snapshot)).into()
                }
                None => Arc::clone(&shared),
            };
            let summary = &sighted.summary;
            remains.extend(remains_of(&self.cluster, &self.world, key, sighted, summary, evidence));
        }
    }
}

/// What is left of a pod.
fn remains_of(
    cluster: &str,
    world: &World,
    (namespace, name): &Key,
    sighted: &Sighted,
    summary: &str,
    evidence: Arc<[Kept]>,
) -> Option<Remains> {
    let pod = world.pods.get(&(namespace.clone(), name.clone()))?;
    Some(Remains {
        cluster: cluster.to_string(),
        namespace: clean_name(namespace),
        name: clean_name(name),
        uid: pod.pod.metadata.uid.clone().unwrap_or_default(),
        owner: top_owner(world, namespace, pod).map(|owner| Blamed::from(&owner)),
        seen_at: world.taken_at.at,
        root_cause: sighted.root_cause.clone(),
        summary: summary.to_string(),
        evidence,
    })
}

/// A finding's evidence; it was redacted and cut when it was found.
fn kept(world: &World, finding: &Finding) -> Vec<Kept> {
    let evidence = finding.evidence.iter().map(|evidence| Kept {
        object: evidence.object.clone(),
        seen_at: evidence.at.unwrap_or(world.taken_at.at),
        source: evidence.source.as_str().to_string(),
        text: evidence.text.clone(),
    });
    evidence.collect()
}

/// The first finding that is the subject's own fault, else the first.
pub fn of_subject<'d>(diagnosis: &'d Diagnosis, subject: &Snapshot) -> &'d Finding {
    let own = subject.subject_blame();
    diagnosis.findings.iter().find(|finding| finding.blame == own).unwrap_or_else(|| diagnosis.top())
}

fn is_down(ready: Option<(&str, &str)>) -> bool {
    ready.is_some_and(|(status, _)| status != "True")
}

fn member(kind: &str, namespace: &str, name: &str) -> Member {
    Member { kind: clean_name(kind), namespace: clean_name(namespace), name: clean_name(name) }
}

pub fn member_of(blame: &Blame) -> Member {
    member(&blame.kind, blame.namespace.as_deref().unwrap_or_default(), &blame.name)
}
