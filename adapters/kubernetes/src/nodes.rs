//! What stands on a node, asked anew and whole: a part of it would be taken for all.

use futures::future::BoxFuture;
use podwhy_flow::act::out_of_service::tolerates;
use podwhy_flow::act::record::Target;
use podwhy_flow::ports::{ClusterError, ClusterNodes, OnNode, PodOnNode, TicketState};
use serde_json::Value;

use crate::connect::LiveCluster;
use crate::paths::{PAGE, escape};
use crate::request::AS_JSON;
use crate::server::Version;

/// <https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-config-mirror>
const MIRROR: &str = "kubernetes.io/config.mirror";

impl ClusterNodes for LiveCluster {
    fn on_node<'a>(&'a self, node: &'a str) -> BoxFuture<'a, Result<OnNode, ClusterError>> {
        Box::pin(async move {
            let pods = format!("/api/v1/pods?fieldSelector=spec.nodeName%3D{}&limit={PAGE}", escape(node));
            let attachments = format!("/apis/storage.k8s.io/v1/volumeattachments?limit={PAGE}");
            let (pods, attachments) = futures::future::try_join(
                self.requests.whole(&pods, AS_JSON),
                self.requests.whole(&attachments, AS_JSON),
            )
            .await
            .map_err(|fail| fail.error(&self.name))?;
            let pods = pods.iter().filter(|pod| text(pod, "/spec/nodeName") == node).map(pod).collect();
            let own = attachments.iter().filter(|one| text(one, "/spec/nodeName") == node);
            let attachments = own.map(|one| text(one, "/metadata/name").to_string()).collect();
            Ok(OnNode { pods, attachments })
        })
    }

    fn ticket<'a>(
        &'a self,
        remediation_uid: &'a str,
    ) -> BoxFuture<'a, Result<Option<TicketState>, ClusterError>> {
        Box::pin(async move { self.tickets().given(remediation_uid).await })
    }

    fn minor_version(&self) -> BoxFuture<'_, Result<u32, ClusterError>> {
        Box::pin(async move {
            match self.version().await? {
                Version { major: 1, minor } => Ok(minor),
                // a Kubernetes 2 is not known here
                other => {
                    let why = format!("it is Kubernetes {other}");
                    Err(ClusterError::Other { cluster: self.name.clone(), why })
                }
            }
        })
    }
}

fn text<'v>(value: &'v Value, path: &str) -> &'v str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn pod(pod: &Value) -> PodOnNode {
    let owners = pod.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let owner = owners.into_iter().flatten().find(|owner| owner["controller"] == true);
    PodOnNode {
        pod: Target {
            kind: "Pod".to_string(),
            namespace: text(pod, "/metadata/namespace").to_string(),
            name: text(pod, "/metadata/name").to_string(),
            uid: text(pod, "/metadata/uid").to_string(),
        },
        owner_kind: owner.map(|owner| text(owner, "/kind").to_string()).unwrap_or_default(),
        is_mirror: pod["metadata"]["annotations"][MIRROR].is_string(),
        is_deleting: pod.pointer("/metadata/deletionTimestamp").is_some(),
        is_over: matches!(text(pod, "/status/phase"), "Succeeded" | "Failed"),
        tolerates: tolerates(pod),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pod_says_whose_it_is_and_whether_it_goes() {
        let own = json!([{"kind": "Node", "name": "x"}, {"kind": "DaemonSet", "name": "agent", "controller": true}]);
        let found = pod(
            &json!({"metadata": {"namespace": "kube-system", "name": "agent-1", "uid": "u", "ownerReferences": own,
            "deletionTimestamp": "2026-11-26T10:00:00Z", "annotations": {MIRROR: "f"}},
            "spec": {"tolerations": [{"operator": "Exists"}]}, "status": {"phase": "Failed"}}),
        );
        assert_eq!(found.owner_kind, "DaemonSet");
        assert!(
            found.is_mirror && found.is_deleting && found.is_over && found.tolerates && found.is_of_node()
        );
        let plain = pod(&json!({"metadata": {"name": "web", "uid": "u"}, "status": {"phase": "Running"}}));
        assert!(
            !plain.is_mirror
                && !plain.is_deleting
                && !plain.is_over
                && !plain.tolerates
                && !plain.is_of_node()
        );
    }
}
