//! A Service, claim, node or namespace: what is wrong with it, else what it did to its pods or they to it.

use std::sync::Arc;

use serde_json::Value;

use super::{detect, ending, has_just_ended, is_worse, of_pod, of_workload, rank, verdict};
use crate::finding::{Blame, Diagnosis, Finding, Stage, Verdict};
use crate::service::behind;
use crate::snapshot::{Snapshot, Surrounding};
use crate::target::Kind;
use crate::triage::triage;

/// At most this many causes are named for a namespace: for the rest there is triage.
const MAX_OF_NAMESPACE: usize = 5;

/// Its own causes first; of its pods' causes those that concern it.
pub(super) fn of_object(s: &Snapshot, object: &Surrounding) -> Diagnosis {
    let own = rank(detect(s));
    let mut gaps = s.gaps.clone();
    let findings = match object.kind {
        Kind::Namespace if own.is_empty() => of_namespace(s, object),
        Kind::Service => {
            let worst = if s.members.is_empty() { behind_it(s, object) } else { worst(s) };
            let starting = if worst.is_none() { starting(s) } else { None };
            let is_theirs = starting.is_some();
            let mut findings = worst.or(starting).map_or_else(Vec::new, |told| {
                gaps.extend(told.gaps);
                told.findings
            });
            findings.extend(own.into_iter().filter(|_| !is_theirs));
            findings
        }
        _ => {
            // what failed long ago stays on the list until somebody clears it, and says nothing of how things are
            let current =
                s.members.iter().filter(|member| member.phase() != "Failed" || has_just_ended(member));
            let of_pods = current.flat_map(|member| of_pod(member).findings);
            let mut findings = own;
            for finding in of_pods.filter(|finding| !finding.expected && concerns(finding, object)) {
                if !findings.iter().any(|known| known.cause == finding.cause && known.blame == finding.blame)
                {
                    findings.push(finding);
                }
            }
            rank(findings)
        }
    };
    let findings = if findings.is_empty() { vec![ending(s)] } else { findings };
    Diagnosis { verdict: verdict(&findings), findings, gaps, changes: Vec::new() }
}

/// The worst of a Service's pods, where none of them serves: as long as one is ready, the Service works.
fn worst(s: &Snapshot) -> Option<Diagnosis> {
    let ready = |member: &Snapshot| {
        !member.is_deleting() && member.condition("Ready").is_some_and(|c| c.status == "True")
    };
    if s.members.iter().any(ready) {
        return None;
    }
    let failing = s.members.iter().map(of_pod).filter(|found| found.verdict == Verdict::Failing);
    failing.reduce(|a, b| if is_worse(&b, &a) { b } else { a })
}

/// What is told of a Service's pods where all of them are within the time a start may take: the Service is as they are.
fn starting(s: &Snapshot) -> Option<Diagnosis> {
    let told: Vec<Diagnosis> = s.members.iter().map(of_pod).collect();
    let is_starting = |found: &Diagnosis| found.top().facts.get("starting") == Some(&Value::Bool(true));
    let all = told.iter().all(is_starting);
    told.into_iter().next().filter(|_| all)
}

/// Why the workloads have no pod whose pods it would select: one that is at zero on purpose is told as that.
fn behind_it(s: &Snapshot, service: &Surrounding) -> Option<Diagnosis> {
    let own = behind(&s.world, service).into_iter();
    let snapshots = own.filter_map(|w| Snapshot::of_workload(&s.world, w.kind, &w.namespace, &w.name));
    let told = snapshots.map(|s| of_workload(&s));
    let told = told.filter(|found| matches!(found.verdict, Verdict::Failing | Verdict::Expected));
    told.reduce(|a, b| if is_worse(&b, &a) { b } else { a })
}

/// Whether what was found on a pod is about this object.
fn concerns(finding: &Finding, object: &Surrounding) -> bool {
    let blamed = |kind: &str, name: &str| finding.blame.kind == kind && finding.blame.name == name;
    match object.kind {
        Kind::Node => finding.blame == Blame::global("Node", &object.name),
        Kind::PersistentVolumeClaim => {
            blamed("PersistentVolumeClaim", &object.name)
                || blamed("PersistentVolume", object.text("/spec/volumeName"))
                || blamed("StorageClass", object.text("/spec/storageClassName"))
                || (finding.stage == Some(Stage::Volume)
                    && finding.evidence.iter().any(|e| e.text.contains(&object.name)))
        }
        _ => false,
    }
}

fn of_namespace(s: &Snapshot, object: &Surrounding) -> Vec<Finding> {
    let world = Arc::clone(&s.world);
    let found = triage(&world, |name| name == object.name);
    found.groups.into_iter().map(|group| group.finding).take(MAX_OF_NAMESPACE).collect()
}
