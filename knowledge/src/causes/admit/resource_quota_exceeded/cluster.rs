//! OpenShift's quota over several namespaces: the API server refuses for it in the same words.
//! <https://docs.openshift.com/container-platform/4.16/applications/quotas/quotas-setting-across-multiple-projects.html>

use serde_json::Value;

use super::usage::User;
use crate::finding::{Confidence, Evidence, Source};
use crate::quantity::Milli;
use crate::snapshot::Snapshot;

const KIND: &str = "ClusterResourceQuota";

/// How surely the name is that of a ClusterResourceQuota: that object was read, or the namespace's own quotas were, this
/// is none of them, and the cluster is an OpenShift.
pub(super) fn is_cluster_wide(s: &Snapshot, quota: &str) -> Option<Confidence> {
    if quota.is_empty() || s.other("ResourceQuota", s.namespace(), quota).is_some() {
        return None;
    }
    if s.other(KIND, "", quota).is_some() {
        return Some(Confidence::Certain);
    }
    let read = s.others("ResourceQuota", s.namespace()).next().is_some()
        || s.world.why_unread("ResourceQuota", s.namespace(), quota).is_none();
    (read && is_openshift(s)).then_some(Confidence::Likely)
}

/// Its controllers annotate every namespace.
fn is_openshift(s: &Snapshot) -> bool {
    let namespace = s.other("Namespace", "", s.namespace());
    let annotations = namespace.and_then(|object| object.pointer("/metadata/annotations")?.as_object());
    annotations.is_some_and(|all| all.keys().any(|key| key.starts_with("openshift.io/")))
}

/// What it counts in each namespace, most first.
pub(super) fn users(s: &Snapshot, quota: &str, resource: &str) -> Vec<User> {
    let object = s.other(KIND, "", quota);
    let list = object.and_then(|object| object.pointer("/status/namespaces")?.as_array());
    let used = |entry: &Value| {
        let amount = entry.pointer("/status/used")?.get(resource)?.as_str()?;
        Some((Milli::parse(amount)?, entry.get("namespace")?.as_str()?.to_string(), amount.to_string()))
    };
    let mut found: Vec<_> = list.into_iter().flatten().filter_map(used).collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let user = |(_, namespace, amount)| User { who: format!("Namespace {namespace}"), amount, pods: 0 };
    found.into_iter().take(super::usage::MAX_USERS).map(user).collect()
}

/// What it says of a resource now, over all its namespaces.
pub(super) fn status_of(s: &Snapshot, quota: &str, resource: &str) -> Option<Evidence> {
    let total = s.other(KIND, "", quota)?.pointer("/status/total")?;
    let read = |place: &str| total.get(place)?.get(resource)?.as_str();
    let text = format!("status.total {resource}: used {} of {}", read("used")?, read("hard")?);
    Some(Evidence::new(Source::Object, format!("{KIND} {quota}"), None, text))
}
