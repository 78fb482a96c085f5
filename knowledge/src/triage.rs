//! Everything that fails, one group for each root cause.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::diagnose::{diagnose, is_left_over, of_itself, wraps};
use crate::finding::{Blame, Confidence, Diagnosis, Finding, Verdict};
use crate::gap::{Gap, GapReason};
use crate::job::is_forgiven;
use crate::snapshot::Snapshot;
use crate::target::Kind;
use crate::text::counted;
use crate::world::{Key, World};

/// Pods and workloads that fail for one reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// The first of its findings, with the data its page is rendered with.
    pub finding: Finding,
    /// The highest confidence of its members.
    pub confidence: Option<Confidence>,
    /// The object at fault.
    pub blame: Blame,
    /// Its pods.
    pub pods: Vec<Key>,
    /// The workloads these pods belong to, or that have no pod at all.
    pub workloads: Vec<Blame>,
}

impl Group {
    /// How many pods fail for it; of workloads without pods, how many workloads.
    pub fn count(&self) -> usize {
        if self.pods.is_empty() { self.workloads.len() } else { self.pods.len() }
    }
}

/// A cluster, or some namespaces of it, at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Triage {
    /// Pods that fail, those without a known cause included.
    pub failing: usize,
    /// Pods that do not run and are not meant to.
    pub expected: usize,
    /// Pods that are well.
    pub healthy: usize,
    /// Largest harm first.
    pub groups: Vec<Group>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

/// Diagnoses every pod of the namespaces that are wanted, and every workload that lacks pods without a failing one.
pub fn triage(world: &Arc<World>, wanted: impl Fn(&str) -> bool) -> Triage {
    let mut tally = Tally { healthy: world.well, ..Tally::default() };
    let brief = world.pods.iter().filter(|((ns, _), object)| wanted(ns) && object.is_brief()).count();
    if brief > 0 {
        tally.gaps.insert(Gap {
            what: format!("status of {} that the dump holds in brief", counted(brief, "pod", "pods")),
            why: GapReason::NotInDump,
            could_hide: Vec::new(),
        });
    }
    for ((ns, name), _) in world.pods.iter().filter(|((ns, _), object)| wanted(ns) && !object.is_brief()) {
        if let Some(snapshot) = Snapshot::of_pod(world, ns, name) {
            tally.pod((ns.clone(), name.clone()), &snapshot, diagnose(&snapshot));
        }
    }
    for (kind, ns, name) in world.workloads.keys().filter(|(_, ns, _)| wanted(ns)) {
        // a workload's own workloads speak through it
        let outermost =
            world.workloads.get(&(*kind, ns.clone(), name.clone())).is_some_and(|w| w.is_outermost());
        if outermost && let Some(snapshot) = Snapshot::of_workload(world, *kind, ns, name) {
            tally.workload(&snapshot);
        }
    }
    let deleted = |object: &Value| object.pointer("/metadata/deletionTimestamp").is_some();
    for ((kind, _, name), object) in &world.others {
        if kind == Kind::Namespace.camel() && wanted(name) && deleted(object) {
            tally.namespace(world, name);
        }
    }
    tally.finish()
}

#[derive(Default)]
struct Tally {
    failing: usize,
    expected: usize,
    healthy: usize,
    groups: BTreeMap<(&'static str, Blame), Group>,
    gaps: BTreeSet<Gap>,
    unwell: BTreeSet<Blame>,
}

impl Tally {
    fn pod(&mut self, key: Key, snapshot: &Snapshot, diagnosis: Diagnosis) {
        match diagnosis.verdict {
            // a try of a Job that succeeded with a later one
            Verdict::Failing | Verdict::Unknown if is_forgiven(snapshot) || is_left_over(snapshot) => {
                self.expected += 1
            }
            Verdict::Healthy => self.healthy += 1,
            Verdict::Expected => self.expected += 1,
            Verdict::Failing | Verdict::Unknown => {
                self.failing += 1;
                let owner = snapshot.top_owner();
                self.gaps.extend(diagnosis.gaps.iter().cloned());
                self.unwell.insert(owner.clone());
                // below an operator's object its workload is asked about, too
                let makers = snapshot.owners.iter();
                self.unwell.extend(makers.map(|w| Blame::namespaced(w.kind.camel(), &w.namespace, &w.name)));
                let group = self.group(diagnosis, &owner);
                group.pods.push(key);
                if owner.kind != "Pod" && !group.workloads.contains(&owner) {
                    group.workloads.push(owner);
                }
            }
        }
    }

    fn workload(&mut self, snapshot: &Snapshot) {
        let blame = snapshot.subject_blame();
        // what its pods told is told
        if self.unwell.contains(&blame) {
            return;
        }
        let diagnosis = diagnose(snapshot);
        match diagnosis.verdict {
            Verdict::Failing | Verdict::Unknown => {
                self.failing += 1;
                self.gaps.extend(diagnosis.gaps.iter().cloned());
                self.group(diagnosis, &blame).workloads.push(blame);
            }
            // one that is paused or at zero has no pod that would be counted
            Verdict::Expected if snapshot.members.is_empty() && !is_old_revision(snapshot) => {
                self.expected += 1
            }
            _ => {}
        }
    }

    /// A namespace that is to go and does not.
    fn namespace(&mut self, world: &Arc<World>, name: &str) {
        let snapshot = Snapshot::of_object(world, Kind::Namespace, "", name);
        let Some((snapshot, diagnosis)) = snapshot.and_then(|s| of_itself(&s).map(|found| (s, found))) else {
            return;
        };
        self.failing += 1;
        let blame = snapshot.subject_blame();
        self.group(diagnosis, &blame).workloads.push(blame);
    }

    fn group(&mut self, mut diagnosis: Diagnosis, owner: &Blame) -> &mut Group {
        let finding = diagnosis.findings.swap_remove(root(&diagnosis.findings));
        // pods of one workload that no cause fits are one question, not many
        let blame = if finding.cause == "unknown" { owner.clone() } else { finding.blame.clone() };
        let confidence = finding.confidence;
        let group = self.groups.entry((finding.cause, blame.clone())).or_insert_with(|| Group {
            finding,
            confidence,
            blame,
            pods: Vec::new(),
            workloads: Vec::new(),
        });
        group.confidence = group.confidence.max(confidence);
        group
    }

    fn finish(self) -> Triage {
        let mut groups: Vec<Group> = self.groups.into_values().collect();
        groups.sort_by(|a, b| {
            let key =
                |g: &Group| (std::cmp::Reverse(g.count()), std::cmp::Reverse(g.confidence), g.finding.cause);
            key(a).cmp(&key(b)).then_with(|| a.blame.cmp(&b.blame))
        });
        Triage {
            failing: self.failing,
            expected: self.expected,
            healthy: self.healthy,
            groups,
            gaps: self.gaps.into_iter().collect(),
        }
    }
}

/// An empty ReplicaSet that something else than a Deployment keeps for a way back.
fn is_old_revision(snapshot: &Snapshot) -> bool {
    snapshot.workload().is_some_and(|w| w.kind == Kind::ReplicaSet && w.owner.is_some())
}

/// The finding a group forms by: the first, or what stands inside it when that is another object's fault, which others
/// may share.
fn root(findings: &[Finding]) -> usize {
    let Some(inner) = findings.iter().position(|f| wraps(f).is_none()) else {
        return 0;
    };
    let (first, inside) = (&findings[0], &findings[inner]);
    let shared = inside.blame != first.blame && inside.confidence >= Some(Confidence::Likely);
    if wraps(first).is_some() && shared && !is_own(inside) { inner } else { 0 }
}

/// Whether a finding blames what makes the pod, or the pod itself.
fn is_own(finding: &Finding) -> bool {
    Kind::from_camel(&finding.blame.kind).is_some_and(|kind| kind.is_workload() || kind == Kind::Pod)
}
