//! The last rollout of the pod's workload, and in what it differs from the one before.

use std::cmp::Reverse;

use jiff::Timestamp;
use serde_json::Value;

use super::{Changed, What, change, difference};
use crate::evidence::object_name;
use crate::finding::{Evidence, Source};
use crate::snapshot::{Snapshot, pod_owner};
use crate::target::Kind;

/// One revision: a ReplicaSet, or a ControllerRevision.
struct Revision<'a> {
    number: i64,
    kind: &'static str,
    name: &'a str,
    made: Option<Timestamp>,
    template: Option<&'a Value>,
}

pub(super) fn of(s: &Snapshot) -> Option<Changed> {
    let top = s.owners.last()?;
    let mut revisions = match top.kind {
        Kind::Deployment => replica_sets(s, &top.name),
        Kind::StatefulSet | Kind::DaemonSet => controller_revisions(s, top.kind.camel(), &top.name),
        _ => Vec::new(),
    };
    revisions.sort_by_key(|revision| Reverse(revision.number));
    let newest = revisions.first().filter(|newest| newest.number > 1 && is_of(s, newest))?;
    let previous = revisions.get(1);
    // a revision that is put back keeps the time it was first made
    let back = previous.is_some_and(|previous| previous.made > newest.made);
    let at = if back { progressed(&top.raw) } else { newest.made };
    let differences =
        previous.and_then(|previous| Some(difference::between(previous.template?, newest.template?)));
    let place = object_name(newest.kind, s.namespace(), newest.name);
    let said = match previous {
        Some(previous) => {
            format!("revision {}; before it {} {}", newest.number, previous.kind, previous.name)
        }
        None => format!("revision {}", newest.number),
    };
    let evidence = Evidence::new(Source::Owner, place, newest.made, said);
    let object = object_name(top.kind.camel(), &top.namespace, &top.name);
    Some(change(at, object, What::Rollout { revision: newest.number, back, differences }, evidence))
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/deployment/util/deployment_util.go>
/// (`RevisionAnnotation`)
fn replica_sets<'a>(s: &'a Snapshot, deployment: &str) -> Vec<Revision<'a>> {
    let owner = (Kind::Deployment.camel().to_string(), deployment.to_string());
    let first = (Kind::ReplicaSet, s.namespace().to_string(), String::new());
    let sets = s
        .world
        .workloads
        .range(first..)
        .take_while(|((kind, ns, _), _)| *kind == Kind::ReplicaSet && ns == s.namespace());
    sets.filter(|(_, set)| set.owner.as_ref() == Some(&owner))
        .filter_map(|((.., name), set)| {
            let number =
                set.raw.pointer("/metadata/annotations/deployment.kubernetes.io~1revision")?.as_str()?;
            Some(Revision {
                number: number.parse().ok()?,
                kind: "ReplicaSet",
                name,
                made: set.created,
                template: set.raw.pointer("/spec/template"),
            })
        })
        .collect()
}

fn controller_revisions<'a>(s: &'a Snapshot, kind: &str, owner: &str) -> Vec<Revision<'a>> {
    let all = s.others("ControllerRevision", s.namespace());
    all.filter(|(_, object)| {
        crate::workload::controller_of(object) == Some((kind.to_string(), owner.to_string()))
    })
    .filter_map(|(name, object)| {
        let made = object.pointer("/metadata/creationTimestamp").and_then(Value::as_str);
        Some(Revision {
            number: object.get("revision")?.as_i64()?,
            kind: "ControllerRevision",
            name,
            made: made.and_then(|time| time.parse().ok()),
            template: object.pointer("/data/spec/template"),
        })
    })
    .collect()
}

/// Whether the pod was made from this revision.
fn is_of(s: &Snapshot, revision: &Revision<'_>) -> bool {
    let Some(pod) = s.pod() else { return false };
    if revision.kind == "ReplicaSet" {
        return pod_owner(pod).is_some_and(|(_, name)| name == revision.name);
    }
    let hash = pod.metadata.labels.as_ref().and_then(|labels| labels.get("controller-revision-hash"));
    // a StatefulSet's label is the revision's whole name, a DaemonSet's its end
    hash.is_some_and(|hash| revision.name == hash || revision.name.ends_with(&format!("-{hash}")))
}

/// When a Deployment last said how its rollout goes.
fn progressed(deployment: &Value) -> Option<Timestamp> {
    let conditions = deployment.pointer("/status/conditions")?.as_array()?;
    let progressing =
        conditions.iter().find(|c| c.get("type").and_then(Value::as_str) == Some("Progressing"))?;
    progressing.get("lastUpdateTime")?.as_str()?.parse().ok()
}
