//! Arbitrary objects and recordings with values exchanged: a diagnosis ends, does not panic, and is of bounded size.

use std::sync::Arc;

use podwhy_knowledge::triage::triage;
use podwhy_knowledge::{Kind, Lang, Snapshot, World, diagnose, page};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::hostile::{any_value, mutate};
use crate::recorded::recorded;

/// However hostile a dump is, an answer is no larger than this.
const MAX_ANSWER: usize = 1 << 20;

fn bounded(snapshot: &Snapshot) {
    let found = diagnose(snapshot);
    assert!(!found.findings.is_empty());
    let pages: Vec<_> =
        found.findings.iter().flat_map(|f| Lang::ALL.map(|lang| format!("{:?}", page(f, lang)))).collect();
    let size = format!("{found:?}").len() + pages.iter().map(String::len).sum::<usize>();
    assert!(size < MAX_ANSWER, "{size} bytes");
}

fn everything(world: &Arc<World>) {
    let _groups = triage(world, |_| true);
    for (namespace, name) in world.pods.keys() {
        bounded(&Snapshot::of_pod(world, namespace, name).unwrap());
    }
    for (kind, namespace, name) in world.workloads.keys() {
        bounded(&Snapshot::of_workload(world, *kind, namespace, name).unwrap());
    }
    let claims = world.claims.keys().map(|(ns, name)| (Kind::PersistentVolumeClaim, ns, name));
    let others = world.others.keys().filter_map(|(kind, ns, name)| Some((Kind::from_camel(kind)?, ns, name)));
    for (kind, namespace, name) in claims.chain(others) {
        if let Some(snapshot) = Snapshot::of_object(world, kind, namespace, name) {
            bounded(&snapshot);
        }
    }
    for name in world.nodes.keys() {
        bounded(&Snapshot::of_object(world, Kind::Node, "", name).unwrap());
    }
}

const KINDS: &[(&str, &str)] = &[
    ("v1", "Pod"),
    ("v1", "Node"),
    ("v1", "Event"),
    ("v1", "Service"),
    ("v1", "Namespace"),
    ("v1", "PersistentVolumeClaim"),
    ("v1", "PersistentVolume"),
    ("v1", "ResourceQuota"),
    ("v1", "LimitRange"),
    ("v1", "Endpoints"),
    ("discovery.k8s.io/v1", "EndpointSlice"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "ReplicaSet"),
    ("apps/v1", "StatefulSet"),
    ("batch/v1", "Job"),
    ("batch/v1", "CronJob"),
    ("storage.k8s.io/v1", "StorageClass"),
    ("storage.k8s.io/v1", "CSINode"),
    ("coordination.k8s.io/v1", "Lease"),
    ("resource.k8s.io/v1", "ResourceClaim"),
    ("podwhy.dev/v1alpha1", "NodeReport"),
];

/// Names of fields that causes read, and texts that they look for.
const FIELDS: &[&str] = &[
    "spec",
    "status",
    "containers",
    "initContainers",
    "containerStatuses",
    "state",
    "waiting",
    "terminated",
    "running",
    "lastState",
    "conditions",
    "type",
    "reason",
    "message",
    "nodeName",
    "volumes",
    "resources",
    "requests",
    "limits",
    "memory",
    "cpu",
    "selector",
    "matchLabels",
    "template",
    "replicas",
    "affinity",
    "podAffinity",
    "podAntiAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
    "topologyKey",
    "topologySpreadConstraints",
    "tolerations",
    "taints",
    "allocatable",
    "hard",
    "used",
    "ports",
    "targetPort",
    "finalizers",
    "phase",
    "exitCode",
    "readinessProbe",
    "httpGet",
    "port",
    "env",
    "valueFrom",
    "command",
    "image",
    "name",
    "nodeSelectorTerms",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "deletionTimestamp",
    "startedAt",
    "finishedAt",
    "restartCount",
    "ready",
    "schedulerName",
    "podCIDR",
];

const TEXTS: &[&str] = &[
    "",
    "CrashLoopBackOff",
    "ErrImagePull",
    "Evicted",
    "FailedScheduling",
    "0/3 nodes are available: 3 Insufficient cpu.",
    "2026-05-04T09:10:00Z",
    "9999-12-31T23:59:59Z",
    "True",
    "False",
    "Unknown",
    "Ready",
    "10.0.0.0/24",
    "4Gi",
    "-1",
    "0/0",
    "exec: \"\": executable file not found",
    "is forbidden: exceeded quota: , requested: , used: , limited: ",
    "%\u{0}\u{202e}",
];

fn tree() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        3 => prop::sample::select(TEXTS).prop_map(Value::from),
        2 => any_value(),
        1 => (-3_i64..300).prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, |inner| {
        prop_oneof![
            3 => prop::collection::vec((prop::sample::select(FIELDS), inner.clone()), 0..6).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(k, v)| (k.to_string(), v)).collect::<Map<_, _>>())
            }),
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::Array),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    let names = prop::sample::select(&["a", "b", "web-0"][..]);
    (prop::sample::select(KINDS), names, tree(), tree(), tree()).prop_map(|((version, kind), name, spec, status, meta)| {
        let mut object = json!({"apiVersion": version, "kind": kind, "spec": spec, "status": status,
            "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "a"}, "reason": "Failed", "message": "x",
            "metadata": {"name": name, "namespace": "shop"}});
        if let (Value::Object(own), Value::Object(more)) = (&mut object["metadata"], meta) {
            own.extend(more.into_iter().filter(|(key, _)| key != "name" && key != "namespace"));
        }
        object
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_objects_have_an_answer(objects in prop::collection::vec(object(), 1..8)) {
        let mut world = World::default();
        for object in objects {
            // what has not its types is left out, as an adapter would
            let _left_out = world.add(object);
        }
        world.finish(None);
        everything(&Arc::new(world));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn mutated_recordings_have_an_answer(
        pick in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 1..9), any_value()), 1..6),
    ) {
        let case = pick.get(recorded());
        let own = |object: &&Value| {
            let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
            namespace == case.truth.namespace || object["kind"] == "Node"
        };
        let mut objects: Vec<Value> = case.cluster.objects.iter().filter(own).cloned().collect();
        for (which, path, with) in changes {
            let index = which.index(objects.len());
            mutate(&mut objects[index], &path, &with);
        }
        let mut world = World::default();
        for object in objects {
            let _left_out = world.add(object);
        }
        world.finish(None);
        everything(&Arc::new(world));
    }
}
