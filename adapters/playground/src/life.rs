//! What happens in a simulated cluster by itself: time passes, pods end and are replaced, failures come and go.

mod nodes;
mod rollout;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use podwhy_knowledge::moment::newest_time;
use podwhy_knowledge::{Kind, causes};
use serde_json::{Value, json};

use crate::api::{Fate, Key, Pages, Resource, Store, find, now_in_seconds, of_object, text};
use crate::kinds::RESOURCES;
use crate::life::nodes::Move;
use crate::scenario::{Log, Scenario, seconds_between, shift};

/// A container that is told to stop has stopped by then, unless its pod allows less.
const STOPS_WITHIN: Duration = Duration::from_secs(2);

/// One scenario as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioState {
    /// The cause's id.
    pub cause: &'static str,
    /// The simulated cluster.
    pub cluster: String,
    /// What to ask: the case's target, or the pod that took its place.
    pub target: String,
    /// Whether it fails now.
    pub failing: bool,
    /// Whether it can be mended and broken at all.
    pub changes: bool,
}

/// One simulated cluster.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) name: String,
    pub(crate) store: Arc<Store>,
    pub(crate) pages: Pages,
    scenarios: Vec<Scenario>,
    healed: Mutex<BTreeSet<&'static str>>,
    /// Which controller's place another took, by uid: a new ReplicaSet and that of its deployment's case.
    lines: Mutex<BTreeMap<String, String>>,
    /// Until when its times have followed the clock.
    followed: Mutex<Timestamp>,
}

impl Life {
    /// A cluster that holds these cases; `more` is what it has beside them.
    pub(crate) fn new(name: String, scenarios: Vec<Scenario>, more: &[Value]) -> Life {
        let store = Arc::new(Store::default());
        let life = Life {
            name,
            store,
            pages: Pages::default(),
            scenarios,
            healed: Mutex::default(),
            lines: Mutex::default(),
            followed: Mutex::new(Timestamp::now()),
        };
        let own = ["default", "kube-node-lease", "kube-public", "kube-system"];
        let mut namespaces: BTreeSet<&str> = own.into_iter().collect();
        namespaces.extend(life.scenarios.iter().flat_map(Scenario::namespaces));
        for namespace in namespaces {
            life.store.put(json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": namespace, "labels": {"kubernetes.io/metadata.name": namespace}},
                "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"}}));
        }
        for object in more {
            life.store.put(object.clone());
        }
        for scenario in &life.scenarios {
            life.put_failing(scenario, Timestamp::now());
        }
        life
    }

    fn put_failing(&self, scenario: &Scenario, now: Timestamp) {
        for object in scenario.failing(now) {
            self.store.put(object);
        }
        for Log { metadata, container, previous, current } in &scenario.logs {
            for (previous, text) in [(true, previous), (false, current)] {
                if let Some(text) = text {
                    self.store.logs.set(&metadata.namespace, &metadata.name, container, previous, text);
                }
            }
        }
    }

    /// Every scenario as it is now.
    pub(crate) fn states(&self) -> Vec<ScenarioState> {
        let healed = self.healed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let state = |scenario: &Scenario| ScenarioState {
            cause: scenario.cause,
            cluster: self.name.clone(),
            target: self.target_now(scenario),
            failing: scenario.fails && !healed.contains(scenario.cause),
            changes: scenario.fails,
        };
        self.scenarios.iter().map(state).collect()
    }

    /// The case's target; of a pod that was deleted, the one its controller made instead.
    fn target_now(&self, scenario: &Scenario) -> String {
        let target = &scenario.target;
        let pod = target.kind.is_none_or(|kind| kind == Kind::Pod);
        let namespace = target.namespace.clone().unwrap_or_default();
        let (true, Some(pods)) = (pod, find("", "v1", "pods")) else { return target.to_string() };
        if self.store.get(&Key::new(pods, &namespace, &target.name)).is_some() {
            return target.to_string();
        }
        let gone = scenario.objects.iter().find(|object| text(object, "/metadata/name") == target.name);
        let owner = gone.map(controller).unwrap_or_default();
        let (living, _) = self.store.list(pods, &namespace);
        let heir = living.iter().find(|pod| !owner.is_empty() && self.line(controller(pod)) == owner);
        heir.map_or(target.to_string(), |pod| format!("{namespace}/{}", text(pod, "/metadata/name")))
    }

    /// Mends what fails, or breaks it again. `false` when there is no such scenario here.
    pub(crate) fn set(&self, cause: &str, failing: bool) -> bool {
        let Some(scenario) = self.scenarios.iter().find(|s| s.cause == cause && s.fails) else {
            return false;
        };
        self.pass();
        let now = Timestamp::now();
        self.remove_heirs(scenario);
        let mut healed = self.healed.lock().unwrap_or_else(PoisonError::into_inner);
        if failing {
            healed.remove(scenario.cause);
            self.put_failing(scenario, now);
        } else {
            healed.insert(scenario.cause);
            // what was told is over, and so is what an agent reported
            let told = |object: &&Value| object["kind"] == "Event" || object["kind"] == "NodeReport";
            for over in scenario.objects.iter().filter(told) {
                self.store.discard(over);
            }
            for Log { metadata, .. } in &scenario.logs {
                self.store.logs.forget(&metadata.namespace, &metadata.name);
            }
            for object in scenario.healed(now, &self.ready_nodes()) {
                self.store.put(object);
            }
        }
        true
    }

    pub(crate) fn ready_nodes(&self) -> Vec<String> {
        let Some(nodes) = find("", "v1", "nodes") else { return Vec::new() };
        let (nodes, _) = self.store.list(nodes, "");
        let ready = nodes.iter().filter(|node| is_ready(node));
        ready.map(|node| text(node, "/metadata/name").to_string()).collect()
    }

    /// Pods that took the place of the scenario's own.
    fn remove_heirs(&self, scenario: &Scenario) {
        let Some(pods) = find("", "v1", "pods") else { return };
        // another case may tell of the same controller
        let own: BTreeSet<Key> =
            self.scenarios.iter().flat_map(|known| &known.objects).filter_map(Key::of).collect();
        let owners: BTreeSet<&str> =
            scenario.objects.iter().map(controller).filter(|o| !o.is_empty()).collect();
        for pod in self.store.list(pods, "").0 {
            if owners.contains(self.line(controller(&pod)).as_str())
                && Key::of(&pod).is_some_and(|key| !own.contains(&key))
            {
                self.store.discard(&pod);
            }
        }
    }

    fn descends(&self, heir: &str, from: &str) {
        let first = self.line(from);
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).insert(heir.to_string(), first);
    }

    /// The first controller of those that took each other's place.
    fn line(&self, uid: &str) -> String {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.get(uid).map_or(uid, String::as_str).to_string()
    }

    /// Somebody changed an object: what controllers make of it.
    pub(crate) fn changed(self: &Arc<Self>, before: &Value, after: &Value) {
        match text(after, "/kind") {
            "Deployment" | "StatefulSet" | "DaemonSet" => self.workload_changed(before, after),
            "Node" => self.node_changed(after),
            _ => {}
        }
    }

    /// A kubelet that is well stops a pod's containers, and the pod is gone; on a lost node nobody does.
    pub(crate) fn end_in_time(self: &Arc<Self>, key: &Key, object: &Value) {
        let node = text(object, "/spec/nodeName");
        if !self.ready_nodes().iter().any(|ready| ready == node) {
            return;
        }
        let grace = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_u64);
        let (life, key) = (Arc::clone(self), key.clone());
        let uid = text(object, "/metadata/uid").to_string();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(grace.unwrap_or(0)).min(STOPS_WITHIN)).await;
            let stopped = life.store.update(&key, |pod| {
                // mended meanwhile, it is no longer meant to end
                if text(pod, "/metadata/uid") != uid || pod.pointer("/metadata/deletionTimestamp").is_none() {
                    return Err(());
                }
                pod["metadata"]["deletionGracePeriodSeconds"] = json!(0);
                Ok(if is_over(pod) { Fate::Goes } else { Fate::Stays })
            });
            if let Ok(Some((pod, Fate::Goes))) = stopped {
                life.after(&pod, false);
            }
        });
    }

    /// An object is gone: what it owned goes too, and a controller that is still there makes its pod anew.
    pub(crate) fn after(self: &Arc<Self>, last: &Value, orphan: bool) {
        if !orphan {
            self.collect_garbage(text(last, "/metadata/uid"));
        }
        if last["kind"] == "Namespace" {
            self.empty(text(last, "/metadata/name"));
        }
        if last["kind"] == "Node" {
            self.node_gone(text(last, "/metadata/name"));
        }
        if last["kind"] == "Pod" {
            self.replace(last);
        }
    }

    fn empty(&self, namespace: &str) {
        for resource in RESOURCES.iter().filter(|resource| resource.namespaced) {
            for object in self.store.list(resource, namespace).0 {
                self.store.discard(&object);
            }
        }
    }

    fn collect_garbage(&self, owner: &str) {
        let owned = |object: &Value| {
            let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            owners.into_iter().flatten().any(|reference| text(reference, "/uid") == owner)
        };
        for resource in RESOURCES {
            for object in self.store.list(resource, "").0.iter().filter(|object| owned(object)) {
                if self.store.discard(object) {
                    self.collect_garbage(text(object, "/metadata/uid"));
                }
            }
        }
    }

    /// A pod's controller, if it is still there, makes it anew: a daemon where it was, others where there is a place.
    fn replace(&self, last: &Value) {
        let Some((resource, owner)) = self.controller_of(last) else { return };
        if resource.kind != "DaemonSet" {
            let own = self.of_its_own(last);
            let settle = |pod: &mut Value| if own.is_some() { self.well(pod) } else { self.settle(pod) };
            self.succeed(last, &owner, resource.kind == "StatefulSet", settle);
            let objects = own.map(|scenario| scenario.healed(Timestamp::now(), &self.ready_nodes()));
            let workloads = objects.into_iter().flatten().filter(|object| object["apiVersion"] == "apps/v1");
            workloads.for_each(|object| drop(self.store.put(object)));
        } else if !self.is_without_node(last) {
            self.succeed(last, &owner, false, |_| Move::AsItWas);
        }
    }

    /// The case in which what is wrong is this pod's own: the pages of its cause say to delete it, and the next one is without.
    fn of_its_own(&self, last: &Value) -> Option<&Scenario> {
        let of = |path: &str| text(last, path);
        let is_target = |scenario: &&Scenario| {
            let target = &scenario.target;
            target.name == of("/metadata/name")
                && target.namespace.as_deref() == Some(of("/metadata/namespace"))
        };
        let scenario = self.scenarios.iter().find(is_target)?;
        let mut remedies = causes::find(scenario.cause)?.remedies.iter();
        remedies.any(|remedy| remedy.id == "delete-pod").then_some(scenario)
    }

    /// The controller's new pod has the old one's fault: nothing was mended by deleting it. `change` may know better.
    fn succeed(&self, last: &Value, owner: &str, ordinal: bool, change: impl FnOnce(&mut Value) -> Move) {
        let (namespace, old) = (text(last, "/metadata/namespace"), text(last, "/metadata/name"));
        let serial = self.store.serial();
        let name = if ordinal { old.to_string() } else { format!("{owner}-{}", suffix(serial)) };
        let uid = format!("00000000-0000-4000-9000-{serial:012x}");
        let old_uid = text(last, "/metadata/uid");
        let by = newest_time(last).map_or(0, |newest| seconds_between(newest, Timestamp::now()));
        let as_new = |object: &Value| {
            let text = object.to_string().replace(old_uid, &uid).replace(old, &name);
            let mut object: Value = serde_json::from_str(&text).unwrap_or_else(|_| object.clone());
            shift(&mut object, by);
            object
        };
        let mut pod = as_new(last);
        if let Some(metadata) = pod["metadata"].as_object_mut() {
            for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
                metadata.remove(field);
            }
            metadata.insert("creationTimestamp".to_string(), json!(now_in_seconds()));
        }
        // why the old one was evicted is not the new one's story
        if let Some(conditions) = pod.pointer_mut("/status/conditions").and_then(Value::as_array_mut) {
            conditions.retain(|condition| condition["type"] != "DisruptionTarget");
        }
        let goes_on = change(&mut pod) == Move::AsItWas;
        let Some(events) = find("", "v1", "events") else { return };
        let about = |event: &&Arc<Value>| text(event, "/involvedObject/uid") == old_uid;
        for event in self.store.list(events, namespace).0.iter().filter(about) {
            self.store.discard(event);
            let mut event = as_new(event);
            if ordinal {
                event["metadata"]["name"] = json!(format!("{}.{serial}", text(&event, "/metadata/name")));
            }
            if goes_on {
                self.store.put(event);
            }
        }
        if goes_on {
            self.store.logs.inherit(namespace, old, &name);
        } else {
            self.store.logs.forget(namespace, old);
        }
        self.store.put(pod);
    }

    fn controller_of(&self, pod: &Value) -> Option<(&'static Resource, String)> {
        let owner = controller_reference(pod)?;
        let resource = of_object(owner)?;
        let name = text(owner, "/name");
        let living = self.store.get(&Key::new(resource, text(pod, "/metadata/namespace"), name))?;
        (text(&living, "/metadata/uid") == text(owner, "/uid")).then(|| (resource, name.to_string()))
    }

    /// Time passes: what fails goes on failing as freshly as at the start, as crash loops and heartbeats do.
    pub(crate) fn pass(&self) {
        // objects a test brought are not the playground's to move
        if self.scenarios.is_empty() {
            return;
        }
        let mut followed = self.followed.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        let seconds = seconds_between(*followed, now);
        if seconds < 1 {
            return;
        }
        *followed = now;
        let healed = self.healed.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mended = self.scenarios.iter().filter(|scenario| healed.contains(scenario.cause));
        let well: BTreeSet<Key> = mended
            .flat_map(|scenario| scenario.objects.iter())
            .filter(|object| !matches!(text(object, "/kind"), "Node" | "Lease"))
            .filter_map(Key::of)
            .collect();
        // what podwhy writes down is of its own time, and sealed with it
        for resource in RESOURCES.iter().filter(|resource| resource.group != "podwhy.dev") {
            for object in self.store.list(resource, "").0 {
                if let Some(key) = Key::of(&object).filter(|key| !well.contains(key)) {
                    let _moved = self.store.update(&key, |object| {
                        shift(object, seconds);
                        Ok::<Fate, std::convert::Infallible>(Fate::Stays)
                    });
                }
            }
        }
    }
}

/// Whether a deletion has nothing left to wait for.
pub(crate) fn is_over(object: &Value) -> bool {
    let waits = object.pointer("/metadata/finalizers").and_then(Value::as_array);
    let grace = object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
    waits.is_none_or(Vec::is_empty) && grace.is_none_or(|grace| grace == 0)
}

fn controller_reference(object: &Value) -> Option<&Value> {
    let owners = object.pointer("/metadata/ownerReferences")?.as_array()?;
    owners.iter().find(|owner| owner["controller"] == true)
}

/// The controller's uid; empty where there is none.
fn controller(object: &Value) -> &str {
    controller_reference(object).map(|owner| text(owner, "/uid")).unwrap_or_default()
}

fn is_ready(node: &Value) -> bool {
    let conditions = node.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|c| text(c, "/type") == "Ready" && text(c, "/status") == "True")
}

/// Five letters and digits as Kubernetes chooses them: no vowels, nothing that is misread.
/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/apimachinery/pkg/util/rand/rand.go>
pub(crate) fn suffix(number: u64) -> String {
    const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |_| {
        state = state.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        char::from(ALPHABET[(state >> 33) as usize % ALPHABET.len()])
    };
    (0..5).map(letter).collect()
}
