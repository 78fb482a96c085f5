//! A claim that is deleted while a pod uses it: it goes when the last of them does.
//! <https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection>

use jiff::Timestamp;

use super::{Facts, Owned};
use crate::cause::Match;
use crate::evidence::object_name;
use crate::finding::{Confidence, Evidence, Source};
use crate::snapshot::{Snapshot, Surrounding, has_ended, pods_around};
use crate::target::Kind;

/// At most this many are named.
const MAX_USERS: usize = 10;

const PROTECTION: &str = "kubernetes.io/pvc-protection";

pub(super) fn protected(s: &Snapshot) -> Option<Match> {
    let claim = s.object_of(Kind::PersistentVolumeClaim)?;
    let deleted: Timestamp = claim.text("/metadata/deletionTimestamp").parse().ok()?;
    let finalizers: Vec<String> = (claim.raw.pointer("/metadata/finalizers")?.as_array()?.iter())
        .filter_map(|name| name.as_str().map(str::to_string))
        .collect();
    let first = finalizers.iter().find(|name| *name == PROTECTION).or(finalizers.first())?.clone();
    let users = if first == PROTECTION { users(s, claim) } else { Vec::new() };
    // whoever is to take it away needs a moment; what no pod that was read holds may be held by another
    let confidence = match users.is_empty() {
        false => Confidence::Certain,
        true if s.taken_at().seconds_since(deleted) < super::MOMENT_SECONDS => return None,
        true => Confidence::Possible,
    };
    let owned = |name: &String| {
        let owner = super::owners::owner(s, name);
        Owned { name: name.clone(), by: owner.by, seen: None, up: false, down: false }
    };
    let facts = Facts {
        finalizers: finalizers.iter().map(owned).collect(),
        first,
        since: s.taken_at().age(deleted),
        foreground: false,
        job: false,
        down: None,
        claim: Some(claim.name.clone()),
        users: users.clone(),
    };
    let object = object_name("PersistentVolumeClaim", &claim.namespace, &claim.name);
    let text = format!("metadata.deletionTimestamp {deleted}, finalizers {}", finalizers.join(", "));
    let uses = users.iter().map(|pod| {
        let object = object_name("Pod", &claim.namespace, pod);
        Evidence::new(Source::Spec, object, None, format!("spec.volumes: claim {}", claim.name))
    });
    let found = Match::new(confidence, s.subject_blame(), facts)
        .because(Evidence::new(Source::Object, object, Some(deleted), text))
        .because_all(uses);
    Some(found)
}

/// The pods that keep it: those that have a node and have not ended.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/volume/pvcprotection/pvc_protection_controller.go> (`podUsesPVC`)
fn users(s: &Snapshot, claim: &Surrounding) -> Vec<String> {
    let holds = |key: &(String, String)| {
        let pod = &s.world.pods.get(key)?.pod;
        let bound = pod.spec.as_ref()?.node_name.as_ref().is_some_and(|node| !node.is_empty());
        (bound && !has_ended(pod)).then(|| key.1.clone())
    };
    pods_around(&s.world, claim).iter().filter_map(holds).take(MAX_USERS).collect()
}
