//! A Service, claim, node or namespace that is well.

use std::sync::Arc;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;
use serde_json::Value;

use super::Facts;
use crate::diagnose::diagnose;
use crate::event::Identity;
use crate::evidence::object_name;
use crate::finding::{Evidence, Source, Verdict};
use crate::node_state;
use crate::quantity::Milli;
use crate::schedule::taint::{self, Passing, passing};
use crate::service::{endpoints, selected, serves};
use crate::snapshot::{Snapshot, Surrounding, pods_around};
use crate::target::Kind;
use crate::text::counted;
use crate::triage::triage;
use crate::world::PodObject;

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
    let ready = pods.iter().filter(|key| s.world.pods.get(*key).is_some_and(serves)).count();
    let known = endpoints(&s.world, &object.namespace, &object.name);
    if pods.is_empty() && known.ready > 0 {
        // filled by hand or by a controller, as the API server's own Service is
        let count = i64::try_from(known.ready).unwrap_or(i64::MAX);
        let facts = Facts { pods: known.ready + known.not_ready, ready_count: count, by_hand: true, ..facts };
        return Some((facts, known.evidence().into_iter().collect()));
    }
    // the nodes send traffic by the slices: without an address in one nothing arrives, however ready the pods are
    let settled =
        |pod: &&PodObject| serves(pod) && since_ready(s, pod).is_none_or(|seconds| seconds > LISTED_SECONDS);
    if known.sliced && known.ready == 0 && selected(&s.world, object).iter().any(settled) {
        return None;
    }
    let balanced = object.text("/spec/type") == "LoadBalancer";
    let pending = balanced && object.raw.pointer("/status/loadBalancer/ingress/0").is_none();
    if pending && s.events.iter().any(|event| event.warning && event.reason == "SyncLoadBalancerFailed") {
        return None;
    }
    let ready_count = i64::try_from(ready).unwrap_or(i64::MAX);
    let facts = Facts { pods: pods.len(), ready_count, no_address: pending, ..facts };
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

/// The endpoints controller follows within moments.
const LISTED_SECONDS: i64 = 60;

/// For how many seconds a pod has been ready.
fn since_ready(s: &Snapshot, pod: &PodObject) -> Option<i64> {
    let conditions = pod.pod.status.as_ref()?.conditions.as_ref()?;
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready")?;
    Some(s.taken_at().seconds_since(ready.last_transition_time.as_ref()?.0))
}

fn of_claim(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let volume = object.text("/spec/volumeName");
    let bound = object.text("/status/phase") == "Bound" && !volume.is_empty();
    let users = pods_around(&s.world, object).len();
    if !bound && users == 0 && waits_for_a_pod(s, object) {
        let facts = Facts { object: true, is_claim: true, expected: true, waits: true, ..Facts::default() };
        return Some((
            facts,
            told(object, "status.phase Pending, volumeBindingMode WaitForFirstConsumer".to_string()),
        ));
    }
    let asked = object.text("/spec/resources/requests/storage");
    let has = object.text("/status/capacity/storage");
    let grows = Milli::parse(asked).zip(Milli::parse(has)).is_some_and(|(asked, has)| asked > has);
    if grows && s.events.iter().any(|event| event.warning && event.reason.contains("Resize")) {
        return None;
    }
    let facts = Facts {
        object: true,
        is_claim: true,
        pods: users,
        grows: grows.then(|| asked.to_string()),
        stands_for: Some(volume.to_string()),
        ..Facts::default()
    };
    bound.then(|| (facts, told(object, format!("status.phase Bound to {volume}"))))
}

/// Whether its class makes a volume only for a pod's node, and no pod asks yet.
fn waits_for_a_pod(s: &Snapshot, object: &Surrounding) -> bool {
    let class = s.world.storage_classes.get(object.text("/spec/storageClassName"));
    let late = class.is_some_and(|c| c.volume_binding_mode.as_deref() == Some("WaitForFirstConsumer"));
    late && object.text("/status/phase") == "Pending" && !s.events.iter().any(|event| event.warning)
}

fn of_node(s: &Snapshot, object: &Surrounding) -> Option<(Facts, Vec<Evidence>)> {
    let node = s.world.nodes.get(&object.name)?;
    if let Some(age) = node_state::joining(s, node) {
        let facts =
            Facts { object: true, is_node: true, expected: true, joining: Some(age), ..Facts::default() };
        return Some((facts, Evidence::node_condition(node, "Ready").into_iter().collect()));
    }
    let ready = node_state::condition(node, "Ready").filter(|c| c.status == "True")?;
    let trouble = node_state::troubles(node).next().is_some();
    let cordoned = node.spec.as_ref().is_some_and(|spec| spec.unschedulable == Some(true));
    if trouble || cordoned {
        return None;
    }
    let on_it = pods_around(&s.world, object);
    let pods = on_it.iter().filter_map(|(namespace, name)| Snapshot::of_pod(&s.world, namespace, name));
    let unwell = pods.filter(|pod| matches!(diagnose(pod).verdict, Verdict::Failing | Verdict::Unknown));
    let (leaving, others): (Vec<&Taint>, Vec<&Taint>) =
        taint::closing(node).partition(|taint| passing(&taint.key) == Some(Passing::Leaving));
    let facts = Facts {
        object: true,
        is_node: true,
        expected: !leaving.is_empty(),
        leaving: leaving.first().map(|taint| taint::show(taint)),
        taints: (!others.is_empty())
            .then(|| others.iter().map(|t| taint::show(t)).collect::<Vec<_>>().join(", ")),
        out_of_memory: out_of_memory(s, &object.name).map(|at| s.taken_at().age(at)),
        since: ready.last_transition_time.as_ref().map(|at| s.taken_at().age(at.0)),
        pods: s.world.pods_on(&object.name).count(),
        unwell: unwell.count(),
        ..Facts::default()
    };
    Some((facts, Evidence::node_condition(node, "Ready").into_iter().collect()))
}

/// When the kubelet last wrote that the node as a whole had run out.
fn out_of_memory(s: &Snapshot, name: &str) -> Option<Timestamp> {
    let events = s.world.events_about(&Identity::of_node(name));
    let told = events.iter().filter(|event| event.reason == "SystemOOM");
    told.filter_map(|event| event.at).max().filter(|at| s.is_recent(*at))
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
