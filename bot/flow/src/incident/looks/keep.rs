//! What is kept of the pods that fail, for when they are gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::triage::Group;
use podwhy_knowledge::world::Key;
use podwhy_knowledge::{Finding, Snapshot, diagnose};

use super::super::look::Sighted;
use super::super::record::{Blamed, Kept};
use super::super::ring::Remains;
use super::sights::{Of, of_subject};
use super::top_owner;
use crate::ask::conceal::Foreign;

/// Of a group with no more pods each one's own evidence is kept; of a larger one its first's, which stands for all.
const FEW_PODS: usize = 8;

/// No more pods are diagnosed once more in one look, for their evidence.
const MOST_DIAGNOSED: usize = 40;

impl Of {
    /// What is left of a group's pods when they are gone.
    pub fn keep(
        &self,
        group: &Group,
        sighted: &Sighted,
        others: &Foreign,
        diagnosed: &mut usize,
        remains: &mut Vec<Remains>,
    ) {
        let mut shared: BTreeMap<&str, Arc<[Kept]>> = BTreeMap::new();
        for key in &group.pods {
            let foreign = others.beyond(&key.0);
            let own = group.pods.len() <= FEW_PODS
                && group.finding.pod.as_deref() != Some(key.1.as_str())
                && *diagnosed < MOST_DIAGNOSED;
            let snapshot = own.then(|| Snapshot::of_pod(&self.world, &key.0, &key.1)).flatten();
            let evidence = match snapshot {
                Some(snapshot) => {
                    *diagnosed += 1;
                    self.kept(of_subject(&diagnose(&snapshot), &snapshot), &foreign)
                }
                None => {
                    let shared = shared.entry(&key.0);
                    Arc::clone(shared.or_insert_with(|| self.kept(&group.finding, &foreign)))
                }
            };
            remains.extend(self.left_of(key, sighted, evidence, &foreign));
        }
    }

    /// What is left of a pod.
    fn left_of(
        &self,
        key: &Key,
        sighted: &Sighted,
        evidence: Arc<[Kept]>,
        foreign: &Foreign,
    ) -> Option<Remains> {
        let pod = self.world.pods.get(key)?;
        let (namespace, name) = key;
        let mut summary = sighted.summary.clone();
        foreign.conceal(&mut summary, self.lang);
        Some(Remains {
            cluster: self.cluster.clone(),
            namespace: clean_name(namespace),
            name: clean_name(name),
            uid: pod.pod.metadata.uid.clone().unwrap_or_default(),
            owner: top_owner(&self.world, namespace, pod).map(|owner| Blamed::from(&owner)),
            seen_at: self.world.taken_at.at,
            root_cause: sighted.root_cause.clone(),
            confidence: sighted.confidence.clone(),
            summary,
            evidence,
        })
    }

    /// What proves it of the pod it was found on, or of what is at fault; it names no pod of another namespace.
    pub fn proof(&self, group: &Group, others: &Foreign) -> Arc<[Kept]> {
        let of_pod = group.pods.iter().find(|key| group.finding.pod.as_ref() == Some(&key.1));
        let of_pod = of_pod.or(group.pods.first()).map(|key| key.0.as_str());
        let namespace = of_pod.or(group.blame.namespace.as_deref()).unwrap_or_default();
        self.kept(&group.finding, &others.beyond(namespace))
    }

    /// A finding's evidence; it was redacted and cut when it was found.
    pub fn kept(&self, finding: &Finding, foreign: &Foreign) -> Arc<[Kept]> {
        let evidence = finding.evidence.iter().map(|evidence| {
            let (mut object, mut text) = (evidence.object.clone(), evidence.text.clone());
            foreign.conceal(&mut object, self.lang);
            foreign.conceal(&mut text, self.lang);
            let seen_at = evidence.at.unwrap_or(self.world.taken_at.at);
            Kept { object, seen_at, source: evidence.source.as_str().to_string(), text }
        });
        evidence.collect()
    }
}
