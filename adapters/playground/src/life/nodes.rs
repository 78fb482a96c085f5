//! What becomes of pods whose node is given up, or is gone.
//! <https://github.com/kubernetes/kubernetes/blob/v1.37.0/pkg/controller/podgc/gc_controller.go>
//!
//! # When not
//! Of all `NoExecute` taints only the one that gives a node up is kept to. No scheduler: a pod that cannot stay goes to the first
//! node that would have it, whatever room there is.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::api::{Asked, Key, find, now_in_seconds, text};
use crate::change::delete::{DeleteOptions, run};
use crate::life::{Life, is_ready};
use crate::scenario::well;

/// Somebody made sure that the node is down.
/// <https://kubernetes.io/docs/concepts/cluster-administration/node-shutdown/#non-graceful-node-shutdown>
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

/// How a pod goes on elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// With what was wrong with it.
    AsItWas,
    /// What was wrong was the node.
    Well,
}

impl Life {
    /// A node was changed: given up, its pods go at once, or with their grace where a kubelet still runs.
    pub(super) fn node_changed(self: &Arc<Self>, node: &Value) {
        let mut given_up = taints(node).filter(|taint| is_given_up(taint));
        let Some(taint) = given_up.next() else { return };
        let (name, lost) = (text(node, "/metadata/name"), !is_ready(node));
        self.end_pods(name, if lost { Some(0) } else { None }, |pod| !tolerates(pod, taint));
        if lost {
            self.detach(name);
        }
    }

    /// A node is gone: its pods are nobody's.
    pub(super) fn node_gone(self: &Arc<Self>, name: &str) {
        self.end_pods(name, Some(0), |_| true);
        self.detach(name);
    }

    fn end_pods(self: &Arc<Self>, node: &str, grace: Option<i64>, which: impl Fn(&Value) -> bool) {
        let Some(pods) = find("", "v1", "pods") else { return };
        let options = DeleteOptions { grace_period_seconds: grace, ..DeleteOptions::default() };
        for pod in self.store.list(pods, "").0 {
            if text(&pod, "/spec/nodeName") == node && which(&pod) {
                let of = |path: &str| text(&pod, path).to_string();
                let (namespace, name) = (of("/metadata/namespace"), of("/metadata/name"));
                let asked = Asked { resource: pods, namespace, name, sub: String::new() };
                // one that went by itself meanwhile is gone, too
                let _ended = run(self, &asked, &options);
            }
        }
    }

    fn detach(&self, node: &str) {
        let Some(attachments) = find("storage.k8s.io", "v1", "volumeattachments") else { return };
        for attachment in self.store.list(attachments, "").0 {
            if text(&attachment, "/spec/nodeName") == node {
                self.store.discard(&attachment);
            }
        }
    }

    /// Whether a pod's node is gone.
    pub(super) fn is_without_node(&self, pod: &Value) -> bool {
        let node = text(pod, "/spec/nodeName");
        !node.is_empty()
            && find("", "v1", "nodes")
                .is_some_and(|nodes| self.store.get(&Key::new(nodes, "", node)).is_none())
    }

    /// A pod without what was wrong with the one before it, where there is a place.
    pub(super) fn well(&self, pod: &mut Value) -> Move {
        match self.settle(pod) {
            Move::AsItWas => *pod = well(std::mem::take(pod), Timestamp::now(), &self.ready_nodes()),
            Move::Well => {}
        }
        Move::Well
    }

    /// Where the pod that takes another's place runs: there, or elsewhere, or nowhere yet.
    pub(super) fn settle(&self, pod: &mut Value) -> Move {
        let name = text(pod, "/spec/nodeName").to_string();
        let Some(nodes) = find("", "v1", "nodes").filter(|_| !name.is_empty()) else { return Move::AsItWas };
        let node = self.store.get(&Key::new(nodes, "", &name));
        let lost = node.as_ref().is_none_or(|node| !is_ready(node));
        if node.is_some_and(|node| is_open(&node)) {
            return Move::AsItWas;
        }
        if let Some(spec) = pod["spec"].as_object_mut() {
            spec.remove("nodeName");
        }
        let (all, _) = self.store.list(nodes, "");
        let home = all.iter().find(|node| is_open(node) && would_have(node, pod));
        match home.map(|node| text(node, "/metadata/name").to_string()) {
            None => *pod = unplaced(std::mem::take(pod), all.len()),
            Some(home) if lost => *pod = well(std::mem::take(pod), Timestamp::now(), &[home]),
            Some(home) => {
                pod["spec"]["nodeName"] = json!(home);
                return Move::AsItWas;
            }
        }
        Move::Well
    }
}

fn unplaced(mut pod: Value, nodes: usize) -> Value {
    let message = format!("0/{nodes} nodes are available.");
    pod["status"] = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False",
        "reason": "Unschedulable", "message": message, "lastTransitionTime": now_in_seconds()}]});
    pod
}

fn taints(node: &Value) -> impl Iterator<Item = &Value> {
    node.pointer("/spec/taints").and_then(Value::as_array).into_iter().flatten()
}

fn is_given_up(taint: &Value) -> bool {
    text(taint, "/key") == OUT_OF_SERVICE && text(taint, "/effect") == "NoExecute"
}

/// Whether new pods come to a node at all.
fn is_open(node: &Value) -> bool {
    is_ready(node) && node["spec"]["unschedulable"] != true && !taints(node).any(is_given_up)
}

fn would_have(node: &Value, pod: &Value) -> bool {
    let selector = pod.pointer("/spec/nodeSelector").and_then(Value::as_object);
    let labels = &node["metadata"]["labels"];
    selector.into_iter().flatten().all(|(key, value)| labels.get(key) == Some(value))
        && taints(node).all(|taint| text(taint, "/effect") == "PreferNoSchedule" || tolerates(pod, taint))
}

/// <https://github.com/kubernetes/kubernetes/blob/v1.37.0/staging/src/k8s.io/api/core/v1/toleration.go> (`ToleratesTaint`)
fn tolerates(pod: &Value, taint: &Value) -> bool {
    let tolerations = pod.pointer("/spec/tolerations").and_then(Value::as_array);
    tolerations.into_iter().flatten().any(|toleration| {
        let of = |path: &str| text(toleration, path);
        let effect = of("/effect").is_empty() || of("/effect") == text(taint, "/effect");
        let key = of("/key").is_empty() || of("/key") == text(taint, "/key");
        let value = of("/operator") == "Exists" || of("/value") == text(taint, "/value");
        effect && key && value
    })
}
