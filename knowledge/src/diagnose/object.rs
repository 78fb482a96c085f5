//! A Service, claim, node or namespace: what is wrong with it, else what it did to its pods or they to it.

use std::sync::Arc;

use super::{detect, ending, is_worse, of_pod, rank, verdict};
use crate::finding::{Blame, Diagnosis, Finding, Stage, Verdict};
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
            let worst = worst(s);
            let mut findings = worst.map_or_else(Vec::new, |worst| {
                gaps.extend(worst.gaps);
                worst.findings
            });
            findings.extend(own);
            findings
        }
        _ => {
            let of_pods = s.members.iter().flat_map(|member| of_pod(member).findings);
            let mut findings = own;
            for finding in of_pods.filter(|finding| concerns(finding, object)) {
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
    let ready = |member: &Snapshot| member.condition("Ready").is_some_and(|c| c.status == "True");
    if s.members.iter().any(ready) {
        return None;
    }
    let failing = s.members.iter().map(of_pod).filter(|found| found.verdict == Verdict::Failing);
    failing.reduce(|a, b| if is_worse(&b, &a) { b } else { a })
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
