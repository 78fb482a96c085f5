//! What is remembered of pods that failed: first the ring, in memory; then what incidents keep, which outlives this process and
//! is known to every replica.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podwhy_knowledge::redact::clean_name;
use podwhy_knowledge::{Kind, Lang};

use super::name::{ALERT, CLUSTER_UNREACHABLE};
use super::record::{Blamed, Incident, Kept};
use super::ring::{self, Ring};
use super::store::Store;
use crate::answer::{BlameAnswer, EvidenceAnswer};
use crate::ask::makers::makers;
use crate::ask::within::Visible;
use crate::ports::{Clock, Past, Remembered, Sought};

/// What was looked at for an alert says how something is well, and may name any pod its channel may see.
const NO_PROOF: [&str; 2] = ["checked", "unread"];

/// Remembers what a watch and alerts saw failing.
#[derive(Debug)]
pub struct Memory {
    ring: Arc<Ring>,
    store: Arc<Store>,
    /// The language in which summaries are written down.
    lang: Lang,
    clock: Clock,
}

impl Memory {
    /// Over the ring a watcher fills, and the incidents.
    pub fn new(ring: Arc<Ring>, store: Arc<Store>, lang: Lang, clock: Clock) -> Memory {
        Memory { ring, store, lang, clock }
    }

    fn of_ring(&self, sought: &Sought<'_>, now: Timestamp) -> Option<Remembered> {
        let than = sought.before.map(|stands| stands.uid).unwrap_or_default();
        let found =
            self.ring.find_other(sought.cluster, sought.namespace, sought.name, than, now).filter(|found| {
                let is_named = |owner: &Blamed| sought.kind.is_none_or(|kind| kind.camel() == owner.kind);
                let of_workload = found.remains.owner.as_ref().is_some_and(is_named);
                if found.is_exact { fits(sought, found.remains.seen_at) } else { of_workload }
            });
        found.map(|found| self.remembered(found, sought))
    }

    fn remembered(&self, found: ring::Remembered, sought: &Sought<'_>) -> Remembered {
        let known = found.remains;
        Remembered {
            summary: Some(known.summary).filter(|_| sought.lang == self.lang),
            name: known.name,
            owner: known.owner.as_ref().map(blame),
            seen_at: known.seen_at,
            age: found.age,
            blame: blame_within(&known.root_cause.blame, sought),
            cause: known.root_cause.cause,
            confidence: known.confidence,
            evidence: known.evidence.iter().map(evidence).collect(),
            is_exact: found.is_exact,
        }
    }

    fn of_incidents(&self, sought: &Sought<'_>, now: Timestamp) -> Option<Remembered> {
        let incidents = self.store.incidents();
        let own = incidents.iter().filter(|one| {
            let cause = one.status.root_cause.cause.as_str();
            one.is_ordinary()
                && ![ALERT, CLUSTER_UNREACHABLE].contains(&cause)
                && one.status.root_cause.cluster == sought.cluster
        });
        let own: Vec<&Arc<Incident>> = own.collect();
        let exact = own.iter().filter_map(|one| Some((one, seen_in(one, sought)?)));
        let exact = exact.filter(|(_, seen_at)| fits(sought, *seen_at)).max_by_key(|(_, seen_at)| *seen_at);
        if let Some((one, seen_at)) = exact {
            return Some(self.kept_of(one, sought, sought.name, seen_at, true, now));
        }
        if sought.before.is_some() {
            return None;
        }
        let of_workload = own.iter().filter(|one| is_blamed(&one.status.root_cause.blame, sought));
        let one = of_workload.max_by_key(|one| one.status.last_failing)?;
        let proof = one.status.kept.iter().filter(|kept| is_proof(kept));
        let last = proof.filter_map(|kept| pod_of(kept, sought.namespace)).next()?;
        let seen_at = one.status.last_failing;
        Some(self.kept_of(one, sought, last, seen_at, false, now))
    }

    fn kept_of(
        &self,
        one: &Incident,
        sought: &Sought<'_>,
        pod: &str,
        seen_at: Timestamp,
        is_exact: bool,
        now: Timestamp,
    ) -> Remembered {
        let status = &one.status;
        let object = format!("Pod {}/{pod}", sought.namespace);
        let blamed = &status.root_cause.blame;
        let own = |kept: &&Kept| is_proof(kept) && (kept.object == object || !kept.object.contains('/'));
        let may_be_told = sought.lang == self.lang && sought.within.visible == Visible::All;
        let made = makers(pod).into_iter().any(|(kind, name)| {
            kind.camel() == blamed.kind && name == blamed.name && blamed.namespace.is_some()
        });
        Remembered {
            name: clean_name(pod),
            owner: made.then(|| blame(blamed)),
            seen_at,
            age: now.duration_since(seen_at).max(SignedDuration::ZERO),
            cause: status.root_cause.cause.clone(),
            confidence: status.confidence.clone(),
            blame: blame_within(blamed, sought),
            summary: Some(status.summary.clone()).filter(|_| may_be_told),
            evidence: status.kept.iter().filter(own).map(evidence).collect(),
            is_exact,
        }
    }
}

impl Past for Memory {
    fn last(&self, sought: &Sought<'_>) -> Option<Remembered> {
        if !sought.within.visible.shows(sought.namespace) {
            return None;
        }
        let now = self.clock.now();
        let mut found = self.of_ring(sought, now);
        // of the same pod the ring knows more; but not of one that only belongs to the same workload
        if found.as_ref().is_none_or(|found| !found.is_exact) {
            found = self.of_incidents(sought, now).filter(|kept| kept.is_exact || found.is_none()).or(found);
        }
        found
    }

    fn places_of(&self, cluster: &str, name: &str) -> Vec<String> {
        let mut places: BTreeSet<String> =
            self.ring.places_of(cluster, name, self.clock.now()).into_iter().collect();
        for one in self.store.incidents().iter().filter(|one| one.status.root_cause.cluster == cluster) {
            let named =
                one.status.members.iter().filter(|member| member.kind == "Pod" && member.name == name);
            places.extend(named.map(|member| member.namespace.clone()));
        }
        places.into_iter().collect()
    }
}

/// Whether something that was seen then is not the one that stands now.
fn fits(sought: &Sought<'_>, seen_at: Timestamp) -> bool {
    let made = sought.before.and_then(|stands| stands.made);
    sought.before.is_none() || made.is_some_and(|made| seen_at <= made)
}

/// When the very pod that is sought was last seen failing, as far as an incident says.
fn seen_in(one: &Incident, sought: &Sought<'_>) -> Option<Timestamp> {
    if sought.kind.is_some_and(|kind| kind != Kind::Pod) {
        return None;
    }
    let object = format!("Pod {}/{}", sought.namespace, sought.name);
    let own = one.status.kept.iter().filter(|kept| is_proof(kept) && kept.object == object);
    let kept = own.map(|kept| kept.seen_at).max();
    let is_member = one.status.members.iter().any(|member| {
        member.kind == "Pod" && member.namespace == sought.namespace && member.name == sought.name
    });
    kept.max(is_member.then_some(one.status.last_failing))
}

/// Whether the workload at fault is what is sought, or would have made it.
fn is_blamed(blame: &Blamed, sought: &Sought<'_>) -> bool {
    if blame.namespace.as_deref() != Some(sought.namespace) {
        return false;
    }
    let is = |kind: Option<Kind>, name: &str| {
        blame.name == name && kind.is_none_or(|kind| kind.camel() == blame.kind)
    };
    let makers = if matches!(sought.kind, None | Some(Kind::Pod)) { makers(sought.name) } else { Vec::new() };
    let of_workload = sought.kind != Some(Kind::Pod) && blame.kind != "Pod" && is(sought.kind, sought.name);
    of_workload || makers.iter().any(|(kind, name)| is(Some(*kind), name))
}

fn is_proof(kept: &Kept) -> bool {
    !NO_PROOF.contains(&kept.source.as_str())
}

/// The pod of a namespace that a piece of evidence is about.
fn pod_of<'k>(kept: &'k Kept, namespace: &str) -> Option<&'k str> {
    let (place, name) = kept.object.strip_prefix("Pod ")?.split_once('/')?;
    (place == namespace).then_some(name)
}

fn blame(blame: &Blamed) -> BlameAnswer {
    BlameAnswer {
        kind: clean_name(&blame.kind),
        namespace: blame.namespace.as_deref().map(clean_name),
        name: clean_name(&blame.name),
    }
}

/// What is at fault may stand where the asker may not look.
fn blame_within(blamed: &Blamed, sought: &Sought<'_>) -> BlameAnswer {
    let is_shown = |namespace: &String| sought.within.visible.shows(namespace);
    match blamed.namespace.as_ref() {
        Some(namespace) if !is_shown(namespace) => {
            BlameAnswer { kind: clean_name(&blamed.kind), namespace: None, name: String::new() }
        }
        _ => blame(blamed),
    }
}

fn evidence(kept: &Kept) -> EvidenceAnswer {
    EvidenceAnswer {
        source: kept.source.clone(),
        object: kept.object.clone(),
        at: Some(kept.seen_at.to_string()),
        text: kept.text.clone(),
    }
}
