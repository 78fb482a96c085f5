//! Recordings in which one thing is another: events are gone or left over from before, the Node was not read, the pod is on
//! another node, a count differs. Less may be known then; nothing wrong may be certain.

use std::sync::Arc;

use podwhy_knowledge::resolve::resolve;
use podwhy_knowledge::{Confidence, Target, World, diagnose};
use serde_json::{Value, json};

use crate::recorded::{Recorded, recorded};

/// Every so many recordings one is taken: all of them take minutes.
const STEP: usize = 5;

type Variant = (&'static str, Vec<Value>);

fn uid_of(object: &Value) -> &Value {
    &object["metadata"]["uid"]
}

/// The pods the case asks about: by the target's name, which a controller lengthens.
fn pods(case: &Recorded) -> Vec<&Value> {
    let name = case.truth.target.rsplit('/').next().unwrap();
    let own = |o: &&Value| {
        let named = o["metadata"]["name"].as_str().is_some_and(|n| n.starts_with(name));
        o["kind"] == "Pod" && o["metadata"]["namespace"] == case.truth.namespace && named
    };
    case.cluster.objects.iter().filter(own).collect()
}

fn changed(case: &Recorded, change: impl Fn(&mut Value)) -> Vec<Value> {
    let own: Vec<&Value> = pods(case).into_iter().map(uid_of).collect();
    let mut objects = case.cluster.objects.clone();
    objects.iter_mut().filter(|o| o["kind"] == "Pod" && own.contains(&uid_of(o))).for_each(change);
    objects
}

fn kept(case: &Recorded, keep: impl Fn(usize, &Value) -> bool) -> Vec<Value> {
    let kept = case.cluster.objects.iter().enumerate().filter(|(index, object)| keep(*index, object));
    kept.map(|(_, object)| object.clone()).collect()
}

fn with_restarts(case: &Recorded, restarts: i64) -> Vec<Value> {
    changed(case, |pod| {
        let statuses = pod["status"]["containerStatuses"].as_array_mut();
        statuses.into_iter().flatten().for_each(|status| status["restartCount"] = restarts.into());
    })
}

/// What a component may have said minutes before the newest event: (variant, reason, whether about a container, message).
const BEFORE: [(&str, &str, bool, &str); 6] = [
    (
        "another volume was held",
        "FailedAttachVolume",
        false,
        r#"Multi-Attach error for volume "pvc-80c52f0e" Volume is already exclusively attached to one node and can't be attached to another"#,
    ),
    (
        "the network failed",
        "FailedCreatePodSandBox",
        false,
        r#"Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "3c05": plugin type="calico" failed (add): connection is unauthorized: Unauthorized"#,
    ),
    (
        "another command was missing",
        "Failed",
        true,
        r#"Error: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/app/servr": stat /app/servr: no such file or directory"#,
    ),
    ("no node had room", "FailedScheduling", false, "0/3 nodes are available: 3 Insufficient cpu."),
    (
        "another ConfigMap was missing",
        "FailedMount",
        false,
        r#"MountVolume.SetUp failed for volume "conf" : configmap "conf" not found"#,
    ),
    (
        "another image was missing",
        "Failed",
        true,
        r#"Failed to pull image "team/gone:1": rpc error: code = NotFound desc = failed to pull and unpack image "docker.io/team/gone:1": failed to resolve reference "docker.io/team/gone:1": docker.io/team/gone:1: not found"#,
    ),
];

const BEFORE_SECONDS: i64 = 300;

fn with_older(case: &Recorded, reason: &str, of_container: bool, message: &str) -> Vec<Value> {
    let mut objects = case.cluster.objects.clone();
    for pod in pods(case) {
        let own = |e: &&Value| e["kind"] == "Event" && &e["involvedObject"]["uid"] == uid_of(pod);
        let events = case.cluster.objects.iter().filter(own);
        let newest = events.filter_map(|e| e["lastTimestamp"].as_str().or(e["eventTime"].as_str())).max();
        let Some(at) = newest.or(pod["metadata"]["creationTimestamp"].as_str()) else { continue };
        let at: jiff::Timestamp = at.parse().unwrap();
        let at = (at - jiff::SignedDuration::from_secs(BEFORE_SECONDS)).to_string();
        let container = pod["spec"]["containers"][0]["name"].as_str().unwrap_or_default();
        let path = of_container.then(|| format!("spec.containers{{{container}}}"));
        let (namespace, name) = (&pod["metadata"]["namespace"], &pod["metadata"]["name"]);
        objects.push(json!({
            "apiVersion": "v1", "kind": "Event", "type": "Warning", "reason": reason, "message": message,
            "metadata": {"name": format!("{}.before", name.as_str().unwrap()), "namespace": namespace},
            "involvedObject": {"kind": "Pod", "namespace": namespace, "name": name, "uid": uid_of(pod), "fieldPath": path},
            "count": 1, "firstTimestamp": at, "lastTimestamp": at,
        }));
    }
    objects
}

fn variants(case: &Recorded) -> Vec<Variant> {
    let is_event = |o: &Value| o["kind"] == "Event";
    let node = pods(case).first().and_then(|pod| pod["spec"]["nodeName"].as_str()).unwrap_or_default();
    let is_node = |o: &Value| o["kind"] == "Node" && o["metadata"]["name"] == node;
    let mut variants: Vec<Variant> = vec![
        ("every other event", kept(case, |index, o| !is_event(o) || index % 2 == 0)),
        ("the other events", kept(case, |index, o| !is_event(o) || index % 2 == 1)),
        ("only that it backs off", kept(case, |_, o| !is_event(o) || o["reason"] == "BackOff")),
        ("its Node not read", kept(case, |_, o| !is_node(o))),
        ("never restarted", with_restarts(case, 0)),
        ("often restarted", with_restarts(case, 40)),
    ];
    if !node.is_empty() {
        variants
            .push(("on a node not read", changed(case, |pod| pod["spec"]["nodeName"] = "elsewhere".into())));
    }
    let before = BEFORE.iter().map(|(name, reason, of_container, message)| {
        (*name, with_older(case, reason, *of_container, message))
    });
    variants.extend(before);
    variants
}

fn world(case: &Recorded, objects: Vec<Value>) -> Arc<World> {
    let mut world = World::default();
    for object in objects {
        world.add(object).unwrap();
    }
    for ((namespace, pod, container, previous), text) in &case.cluster.logs {
        let log = world.logs.entry((namespace.clone(), pod.clone(), container.clone())).or_default();
        let place = if *previous { &mut log.previous } else { &mut log.current };
        *place = Some(text.as_str().into());
    }
    world.finish(None);
    Arc::new(world)
}

#[test]
fn nothing_wrong_is_certain_when_one_thing_is_another() {
    let mut wrong = Vec::new();
    for case in recorded().iter().step_by(STEP) {
        for (name, objects) in variants(case) {
            let target: Target = format!("{}/{}", case.truth.namespace, case.truth.target).parse().unwrap();
            let found = diagnose(&resolve(&world(case, objects), &target, None).unwrap());
            for finding in found.findings.iter().filter(|f| f.confidence == Some(Confidence::Certain)) {
                if !case.accepts(finding.cause) {
                    let (cause, blame) = (finding.cause, &finding.blame);
                    wrong.push(format!(
                        "{}, {name}: {cause} {blame}, not {}",
                        case.shown(),
                        case.truth.cause
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
