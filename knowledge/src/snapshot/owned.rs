//! Who owns whom: a pod's controllers, and a workload's pods.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1::Pod;

use super::{MAX_MEMBERS, Snapshot, carries, labels_at};
use crate::target::Kind;
use crate::workload::Workload;
use crate::world::{Key, World};

/// The (kind, name) of a pod's controller.
pub fn pod_owner(pod: &Pod) -> Option<(String, String)> {
    let owners = pod.metadata.owner_references.as_ref()?;
    owners.iter().find(|o| o.controller == Some(true)).map(|o| (o.kind.clone(), o.name.clone()))
}

/// A pod's controller; where its ReplicaSet was not read but the Deployment that named it was, the Deployment.
pub(super) fn known_owner(world: &World, pod: &Pod) -> Option<(String, String)> {
    let (kind, name) = pod_owner(pod)?;
    let namespace = pod.metadata.namespace.clone().unwrap_or_default();
    let read = world.workloads.contains_key(&(Kind::ReplicaSet, namespace.clone(), name.clone()));
    let hash = pod.metadata.labels.as_ref().and_then(|labels| labels.get("pod-template-hash"));
    if kind == "ReplicaSet"
        && !read
        && let Some(deployment) = hash.and_then(|hash| name.strip_suffix(&format!("-{hash}")))
        && world.workloads.contains_key(&(Kind::Deployment, namespace, deployment.to_string()))
    {
        return Some((Kind::Deployment.camel().to_string(), deployment.to_string()));
    }
    Some((kind, name))
}

pub(super) fn owners_of(
    world: &World,
    namespace: &str,
    first: Option<(String, String)>,
) -> Vec<Arc<Workload>> {
    let mut owners: Vec<Arc<Workload>> = Vec::new();
    let mut next = first;
    while let Some((kind, name)) = next {
        let Some(kind) = Kind::from_camel(&kind) else {
            break;
        };
        let key = (kind, namespace.to_string(), name);
        let Some(owner) = world.workloads.get(&key) else {
            break;
        };
        // a made-up dump may own itself
        if owners.len() >= 4 {
            break;
        }
        next = owner.owner.clone();
        owners.push(Arc::clone(owner));
    }
    owners
}

pub(super) fn children_of(world: &World, workload: &Workload) -> Vec<Arc<Workload>> {
    let owner = (workload.kind.camel().to_string(), workload.name.clone());
    world
        .workloads
        .values()
        .filter(|w| w.namespace == workload.namespace && w.owner.as_ref() == Some(&owner))
        .cloned()
        .collect()
}

/// The keys of a workload's pods, its children's included.
pub fn pods_of(world: &World, workload: &Workload) -> Vec<Key> {
    let mut owners = vec![(workload.kind.camel().to_string(), workload.name.clone())];
    owners.extend(children_of(world, workload).iter().map(|w| (w.kind.camel().to_string(), w.name.clone())));
    let jobs = if workload.kind == Kind::CronJob { children_of(world, workload) } else { Vec::new() };
    let ended = |job: &Workload| job.complete || job.has_failed();
    let newest = jobs.iter().filter(|job| ended(job)).map(|job| job.created).max();
    // a CronJob's finished run needs its pods no more, nor does a run that a later one has followed
    let complete = |name: &str| {
        let job = jobs.iter().find(|job| job.name == name);
        job.is_some_and(|job| job.complete || (ended(job) && Some(job.created) < newest))
    };
    let selector = selector_of(workload);
    let owned = |pod: &Pod| match pod_owner(pod) {
        Some((kind, name)) if kind == "Job" && complete(&name) => false,
        Some(owner) if owners.contains(&owner) => true,
        // a Deployment's ReplicaSet may be missing from a dump: the labels tell
        Some((kind, name)) => kind == "ReplicaSet" && !has(world, workload, &name) && carries(pod, &selector),
        None => false,
    };
    world
        .pods
        .iter()
        .filter(|((namespace, _), object)| *namespace == workload.namespace && owned(&object.pod))
        .map(|(key, _)| key.clone())
        .collect()
}

fn has(world: &World, workload: &Workload, replica_set: &str) -> bool {
    world.workloads.contains_key(&(Kind::ReplicaSet, workload.namespace.clone(), replica_set.to_string()))
}

/// A Deployment's `matchLabels`; empty for every other kind.
fn selector_of(workload: &Workload) -> BTreeMap<String, String> {
    match workload.kind {
        Kind::Deployment => labels_at(&workload.raw, "/spec/selector/matchLabels"),
        _ => BTreeMap::new(),
    }
}

pub(super) fn distinct_members(world: &Arc<World>, keys: &[Key], newest_first: bool) -> Vec<Snapshot> {
    let mut seen = Vec::new();
    let mut members = Vec::new();
    // of a Job's tries the last one stands for those that failed alike
    let mut keys: Vec<&Key> = keys.iter().collect();
    if newest_first {
        let created = |key: &Key| world.pods.get(key).and_then(|o| o.pod.metadata.creation_timestamp.clone());
        keys.sort_by_key(|key| std::cmp::Reverse(created(key)));
    }
    for (namespace, name) in keys {
        let Some(snapshot) = Snapshot::of_pod(world, namespace, name) else {
            continue;
        };
        let state = state_signature(&snapshot);
        if !seen.contains(&state) {
            seen.push(state);
            members.push(snapshot);
        }
        if members.len() == MAX_MEMBERS {
            break;
        }
    }
    members
}

/// Two pods of one workload with equal signatures fail alike as far as their status tells.
fn state_signature(snapshot: &Snapshot) -> String {
    let scheduled = snapshot.condition("PodScheduled").map(|c| c.message.to_string());
    let mut signature = format!(
        "{}|{}|{}|{:?}|{:?}|{:?}",
        snapshot.phase(),
        snapshot.status_reason(),
        snapshot.is_deleting(),
        snapshot.node_name(),
        scheduled,
        snapshot.condition("Ready").map(|c| c.status.to_string()),
    );
    for container in snapshot.containers() {
        let end = container.last_end().map(|e| (e.reason.clone(), e.exit_code));
        let waiting = container.waiting().map(|w| w.0);
        signature.push_str(&format!("|{}:{:?}:{:?}:{}", container.name, waiting, end, container.is_ready()));
    }
    let reasons: Vec<&str> =
        snapshot.events.iter().filter(|e| e.warning).map(|e| e.reason.as_str()).collect();
    signature.push_str(&format!("|{reasons:?}"));
    signature
}
