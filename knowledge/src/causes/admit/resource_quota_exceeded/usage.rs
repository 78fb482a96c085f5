//! Who uses a quota: the namespace's pods, added up by the workload they belong to.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, PodSpec};
use serde::Serialize;
use serde_json::Value;

use super::scope::counts;
use crate::brief::requests;
use crate::quantity::Milli;
use crate::snapshot::{Snapshot, pod_owner};
use crate::target::Kind;

/// At most this many are named.
pub(super) const MAX_USERS: usize = 5;

/// A workload and what its pods take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct User {
    pub(super) who: String,
    pub(super) amount: String,
    pub(super) pods: usize,
}

/// The workloads that use most of a quota's resource, most first, by the pods it counts. Empty for a resource pods do not take.
/// An ended pod counts no more.
/// <https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-on-object-count>
pub(super) fn users(s: &Snapshot, quota: Option<&Value>, resource: &str) -> Vec<User> {
    let mut sums: BTreeMap<String, (Milli, usize)> = BTreeMap::new();
    for ((namespace, name), object) in &s.world.pods {
        let phase = object.pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or_default();
        let Some(spec) = object.pod.spec.as_ref().filter(|_| namespace == s.namespace()) else { continue };
        if !counts(quota, &object.pod) {
            continue;
        }
        let ended = matches!(phase, "Failed" | "Succeeded");
        let Some(amount) = amount(spec, resource, ended).filter(|amount| amount.0 > 0) else { continue };
        let who = match pod_owner(&object.pod) {
            Some((kind, owner)) => outermost(s, &kind, &owner),
            None => format!("Pod {name}"),
        };
        let sum = sums.entry(who).or_default();
        *sum = (sum.0 + amount, sum.1 + 1);
    }
    let mut users: Vec<(Milli, User)> = sums
        .into_iter()
        .map(|(who, (total, pods))| (total, User { who, amount: total.show(plain(resource)), pods }))
        .collect();
    users.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.who.cmp(&b.1.who)));
    users.into_iter().take(MAX_USERS).map(|(_, user)| user).collect()
}

fn plain(resource: &str) -> &str {
    resource.trim_start_matches("requests.").trim_start_matches("limits.")
}

fn amount(spec: &PodSpec, resource: &str, ended: bool) -> Option<Milli> {
    match resource {
        // counted as objects, ended ones too
        "count/pods" => return Some(Milli::units(1)),
        _ if ended => return None,
        "pods" => return Some(Milli::units(1)),
        _ => {}
    }
    if let Some(limited) = resource.strip_prefix("limits.") {
        let of = |c: &Container| Milli::parse(&c.resources.as_ref()?.limits.as_ref()?.get(limited)?.0);
        return Some(spec.containers.iter().filter_map(of).sum());
    }
    requests(spec).get(plain(resource)).copied()
}

fn outermost(s: &Snapshot, kind: &str, name: &str) -> String {
    let parent = Kind::from_camel(kind)
        .and_then(|kind| s.world.workloads.get(&(kind, s.namespace().to_string(), name.to_string())))
        .and_then(|workload| workload.owner.clone());
    match parent {
        Some((kind, name)) => format!("{kind} {name}"),
        None => format!("{kind} {name}"),
    }
}
