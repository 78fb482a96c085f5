//! A cluster whose pods a test makes fail and heal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use podwhy_knowledge::{GapReason, Target};
use serde_json::{Value, json};

use crate::ask::collect::{Collected, ObjectKey};
use crate::ask::told::Lines;
use crate::ports::{ClusterError, ClusterRead, LogOf};

/// When it is, in the cluster.
pub const NOW: &str = "2026-11-25T12:30:00Z";

pub fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// How it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Answers,
    Fails,
    Hangs,
    /// Of this namespace nothing.
    Refuses(&'static str),
}

#[derive(Debug, Default)]
pub struct State {
    pub objects: Vec<Value>,
    pub unread: Vec<(ObjectKey, GapReason)>,
    pub mood: Mood,
    pub asked: Vec<String>,
}

#[derive(Debug)]
pub struct Fake {
    name: String,
    state: Mutex<State>,
}

impl Fake {
    pub fn new(name: &str, objects: Vec<Value>) -> Fake {
        Fake { name: name.to_string(), state: Mutex::new(State { objects, ..State::default() }) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    async fn answer(&self, asked: String, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        let mood = {
            let mut state = self.state();
            state.asked.push(asked);
            state.mood
        };
        let fails = match mood {
            Mood::Answers => false,
            Mood::Fails => true,
            Mood::Hangs => std::future::pending().await,
            Mood::Refuses(refused) => namespace == Some(refused),
        };
        if fails {
            let why = "no route; token=hunter2hunter2".to_string();
            return Err(ClusterError::Unreachable { cluster: self.name.clone(), why });
        }
        let mut found = Collected { cluster: self.name.clone(), taken_at: now(), ..Collected::default() };
        let state = self.state();
        for object in &state.objects {
            let own = object.pointer("/metadata/namespace").and_then(Value::as_str);
            if namespace.is_none() || own.is_none() || own == namespace {
                found.push(object.clone());
            }
        }
        found.unread.extend(state.unread.iter().cloned());
        Ok(found)
    }
}

impl ClusterRead for Fake {
    fn name(&self) -> &str {
        &self.name
    }

    fn default_namespace(&self) -> &str {
        "shop"
    }

    async fn subject(&self, target: &Target) -> Result<Collected, ClusterError> {
        let namespace = target.namespace.as_deref();
        self.answer(format!("subject {}/{}", namespace.unwrap_or_default(), target.name), namespace).await
    }

    async fn names(&self, _: Option<&str>) -> Vec<String> {
        Vec::new()
    }

    async fn log(&self, _: LogOf<'_>) -> Result<Option<Lines>, ClusterError> {
        Ok(None)
    }

    fn places_of(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn seen_like(&self, _: &str, _: &(dyn Fn(&str) -> bool + Sync), _: usize) -> Vec<(String, String)> {
        Vec::new()
    }

    async fn failing(&self, namespace: Option<&str>) -> Result<Collected, ClusterError> {
        self.answer(format!("failing {}", namespace.unwrap_or("*")), namespace).await
    }

    async fn annotations(
        &self,
        namespaces: &BTreeSet<String>,
        prefix: &str,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>, ClusterError> {
        let names: Vec<&str> = namespaces.iter().map(String::as_str).collect();
        let all = self.answer(format!("annotations {}", names.join(" ")), None).await?;
        let is_asked = |object: &&Value| {
            object["kind"] == "Namespace" && namespaces.contains(object["metadata"]["name"].as_str().unwrap())
        };
        let own = all.objects.iter().filter(is_asked).map(|object| {
            let pairs = object["metadata"]["annotations"].as_object().unwrap().iter();
            let pairs = pairs.filter(|(key, _)| key.starts_with(prefix));
            let pairs = pairs.map(|(key, value)| (key.clone(), value.as_str().unwrap().to_string()));
            (object["metadata"]["name"].as_str().unwrap().to_string(), pairs.collect())
        });
        Ok(own.collect())
    }
}

/// A Deployment, as many of whose pods are ready.
pub fn deployment(namespace: &str, name: &str, wanted: u32, ready: u32) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"namespace": namespace, "name": name, "uid": format!("uid-{name}"),
            "creationTimestamp": "2026-11-25T11:00:00Z"},
        "spec": {"replicas": wanted, "selector": {"matchLabels": {"app": name}},
            "template": {"spec": {"containers": [{"name": "app", "image": "app:1"}]}}},
        "status": {"replicas": wanted, "readyReplicas": ready, "updatedReplicas": wanted}})
}

/// The name of a Deployment's pod.
pub fn pod_name(deployment: &str, end: &str) -> String {
    format!("{deployment}-5d9c7b6f4-{end}")
}

fn pod(namespace: &str, deployment: &str, end: &str, container: Value) -> Value {
    let name = pod_name(deployment, end);
    let (phase, ready) = ("Running", container["ready"].as_bool().unwrap_or(false));
    let ready = if ready { "True" } else { "False" };
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"namespace": namespace, "name": name, "uid": format!("uid-{name}"),
            "creationTimestamp": "2026-11-25T12:00:00Z",
            "labels": {"app": deployment, "pod-template-hash": "5d9c7b6f4"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "controller": true,
                "name": format!("{deployment}-5d9c7b6f4"), "uid": "rs"}]},
        "spec": {"nodeName": "a", "containers": [{"name": "app", "image": "app:1",
            "resources": {"limits": {"memory": "64Mi"}}}]},
        "status": {"phase": phase, "qosClass": "Burstable", "startTime": "2026-11-25T12:00:00Z",
            "conditions": [
                {"type": "PodScheduled", "status": "True"}, {"type": "Initialized", "status": "True"},
                {"type": "ContainersReady", "status": ready}, {"type": "Ready", "status": ready,
                    "lastTransitionTime": "2026-11-25T12:20:00Z"}],
            "containerStatuses": [container]}})
}

/// One of its pods, out of memory again and again.
pub fn oom(namespace: &str, deployment: &str, end: &str) -> Value {
    let last = json!({"terminated": {"reason": "OOMKilled", "exitCode": 137,
        "startedAt": "2026-11-25T12:28:00Z", "finishedAt": "2026-11-25T12:29:00Z"}});
    let wait = json!({"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}});
    let container = json!({"name": "app", "image": "app:1", "imageID": "i", "ready": false, "restartCount": 6,
        "state": wait, "lastState": last});
    pod(namespace, deployment, end, container)
}

/// One of its pods, well.
pub fn ready(namespace: &str, deployment: &str, end: &str) -> Value {
    let container = json!({"name": "app", "image": "app:1", "imageID": "i", "ready": true, "restartCount": 0,
        "started": true, "state": {"running": {"startedAt": "2026-11-25T12:00:05Z"}}, "lastState": {}});
    pod(namespace, deployment, end, container)
}

/// A node, since when its kubelet says nothing.
pub fn node(name: &str, status: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": name,
            "creationTimestamp": "2026-11-20T12:00:00Z"},
        "status": {"conditions": [{"type": "Ready", "status": status, "reason": "NodeStatusUnknown",
            "message": "Kubelet stopped posting node status.", "lastHeartbeatTime": "2026-11-25T12:20:00Z",
            "lastTransitionTime": "2026-11-25T12:20:40Z"}]}})
}
