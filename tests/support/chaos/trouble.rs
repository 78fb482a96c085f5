//! What fails, and how it is told again in the channels.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// One root cause.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    pub(super) kind: Kind,
    /// Stands in its message, and in no other's.
    pub(super) key: String,
    /// Whether its alert was called off.
    pub(super) is_over: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A node that is not ready, by podwhy's own watch.
    Node,
    /// An alert that names nothing in Kubernetes.
    Alert,
    /// An alert that names a pod whose image is missing.
    Pod,
}

impl Trouble {
    pub(super) fn new(number: usize) -> Trouble {
        let (kind, word) = match number % 3 {
            0 => (Kind::Node, "node"),
            1 => (Kind::Alert, "Alert"),
            _ => (Kind::Pod, "img"),
        };
        Trouble { kind, key: format!("{word}-{number:03}"), is_over: false }
    }

    /// The object that fails.
    pub(super) fn object(&self) -> Option<Value> {
        let since = Timestamp::now() - SignedDuration::from_hours(1);
        match self.kind {
            Kind::Alert => None,
            Kind::Node => {
                Some(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.key}, "spec": {},
                "status": {"conditions": [{"type": "Ready", "status": "Unknown", "reason": "NodeStatusUnknown",
                    "message": "Kubelet stopped posting node status.", "lastHeartbeatTime": since,
                    "lastTransitionTime": since}]}}))
            }
            Kind::Pod => {
                let image = format!("example.org/{}:1", self.key);
                let message = format!(
                    "failed to pull and unpack image \"{image}\": failed to resolve reference \"{image}\": {image}: not found"
                );
                Some(
                    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": self.pod(), "namespace": "shop"},
                    "spec": {"containers": [{"name": "app", "image": image}]},
                    "status": {"phase": "Pending", "startTime": since, "containerStatuses": [{"name": "app", "image": image,
                        "imageID": "", "ready": false, "started": false, "restartCount": 0,
                        "state": {"waiting": {"reason": "ErrImagePull", "message": message}}}]}}),
                )
            }
        }
    }

    fn pod(&self) -> String {
        format!("pod-of-{}", self.key)
    }

    /// What Alertmanager sends of it.
    pub(super) fn alert(&self, is_over: bool) -> Option<Value> {
        let labels = match self.kind {
            Kind::Node => return None,
            Kind::Alert => json!({"alertname": self.key, "severity": "page"}),
            Kind::Pod => {
                json!({"alertname": "KubePodNotReady", "severity": "warning", "namespace": "shop", "pod": self.pod()})
            }
        };
        let status = if is_over { "resolved" } else { "firing" };
        let ends = if is_over { Timestamp::now().to_string() } else { "0001-01-01T00:00:00Z".to_string() };
        Some(
            json!({"version": "4", "groupKey": self.key, "status": status, "receiver": "podwhy", "truncatedAlerts": 0,
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
            "alerts": [{"status": status, "labels": labels, "annotations": {}, "startsAt": "2026-11-23T18:42:53.632Z",
                "endsAt": ends, "generatorURL": "", "fingerprint": self.key}]}),
        )
    }
}
