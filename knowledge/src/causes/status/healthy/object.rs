//! A Service, claim, node or namespace that is well.

use std::sync::Arc;

use serde_json::Value;

use super::Facts;
use crate::diagnose::diagnose;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source, Verdict};
use crate::node_state;
use crate::service::endpoints;
use crate::snapshot::{Snapshot, Surrounding, pods_around};
use crate::target::Kind;
use crate::text::counted;
use crate::triage::triage;

pub(super) fn of_object(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    match object.kind {
        Kind::Service => of_service(s, object),
        Kind::PersistentVolumeClaim => of_claim(s, object),
        Kind::Node => of_node(s, object),
        Kind::Namespace => of_namespace(s, object),
        _ => None,
    }
}

fn told(object: &Surrounding, text: String) -> Vec<Evidence> {
    let name = object_name(object.kind.camel(), &object.namespace, &object.name);
    vec![Evidence::new(Source::Object, name, None, text)]
}

fn of_service(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let facts = Facts { object: true, is_service: true, ..Facts::default() };
    let outside = object.text("/spec/externalName");
    if object.text("/spec/type") == "ExternalName" && !outside.is_empty() {
        let facts = Facts { stands_for: Some(outside.to_string()), ..facts };
        return Some((facts, told(object, format!("spec.externalName {outside}"))));
    }
    let pods = pods_around(&s.world, object);
    let ready = pods.iter().filter(|key| s.world.pods.get(*key).is_some_and(|pod| pod.is_ready())).count();
    let known = endpoints(&s.world, &object.namespace, &object.name);
    if pods.is_empty() && known.ready > 0 {
        // filled by hand or by a controller, as the API server's own Service is
        let count = i64::try_from(known.ready).unwrap_or(i64::MAX);
        let facts = Facts { pods: known.ready + known.not_ready, ready_count: count, by_hand: true, ..facts };
        return Some((facts, known.evidence().into_iter().collect()));
    }
    let ready_count = i64::try_from(ready).unwrap_or(i64::MAX);
    let facts = Facts { pods: pods.len(), ready_count, ..facts };
    (ready > 0).then(|| {
        (
            facts,
            told(
                object,
                format!(
                    "{ready} of {} ready",
                    counted(pods.len(), "pod it selects is", "pods it selects are")
                ),
            ),
        )
    })
}

fn of_claim(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let volume = object.text("/spec/volumeName");
    let bound = object.text("/status/phase") == "Bound" && !volume.is_empty();
    let facts = Facts {
        object: true,
        is_claim: true,
        pods: pods_around(&s.world, object).len(),
        stands_for: Some(volume.to_string()),
        ..Facts::default()
    };
    bound.then(|| (facts, told(object, format!("status.phase Bound to {volume}"))))
}

fn of_node(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let node = s.world.nodes.get(&object.name)?;
    let ready = node_state::condition(node, "Ready").filter(|c| c.status == "True")?;
    let trouble = node_state::troubles(node).next().is_some();
    let cordoned = node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true));
    if trouble || cordoned {
        return None;
    }
    let on_it = pods_around(&s.world, object);
    let pods = on_it.iter().filter_map(|(namespace, name)| Snapshot::of_pod(&s.world, namespace, name));
    let unwell = pods.filter(|pod| matches!(diagnose(pod).verdict, Verdict::Failing | Verdict::Unknown));
    let facts = Facts {
        object: true,
        is_node: true,
        since: ready.last_transition_time.as_ref().map(|at| s.taken_at().age(at.0)),
        pods: s.world.pods_on(&object.name).count(),
        unwell: unwell.count(),
        ..Facts::default()
    };
    Some((facts, Evidence::node_condition(node, "Ready").into_iter().collect()))
}

fn of_namespace(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let found = triage(&Arc::clone(&s.world), |name| name == object.name);
    let deleting = !object.text("/metadata/deletionTimestamp").is_empty();
    if deleting || found.failing > 0 {
        return None;
    }
    let pods = found.healthy + found.expected;
    let facts = Facts { object: true, pods, ..Facts::default() };
    let mut evidence = told(object, format!("{}, none of which fails", counted(pods, "pod", "pods")));
    evidence
        .extend(s.others("ResourceQuota", &object.name).map(|(name, quota)| used(&object.name, name, quota)));
    Some((facts, evidence))
}

/// How much of a quota is used: nothing is wrong with it, and it says how near the limit is.
fn used(namespace: &str, name: &str, quota: &Value) -> Evidence {
    let hard = quota.pointer("/status/hard").and_then(Value::as_object);
    let of = |resource: &str| quota.pointer("/status/used").and_then(|used| used.get(resource)?.as_str());
    let lines = hard
        .into_iter()
        .flatten()
        .filter_map(|(resource, hard)| Some(format!("{resource} {} of {}", of(resource)?, hard.as_str()?)));
    let text = lines.collect::<Vec<_>>().join(", ");
    Evidence::new(
        Source::Object,
        object_name("ResourceQuota", namespace, name),
        None,
        format!("used: {text}"),
    )
}
