//! The heartbeat.

use jiff::Timestamp;
use podwhy_api::OF_AGENTS;
use serde_json::json;

use super::requests::{ApiError, Cluster, MERGE};

/// Renewed each ten seconds, as a kubelet renews its own: it is silent after forty.
const SECONDS: u32 = 40;

impl Cluster {
    /// Renews this agent's Lease; makes it where there is none.
    ///
    /// # Errors
    /// [`ApiError`]; the next one comes in ten seconds.
    pub async fn beat(&self, now: Timestamp) -> Result<(), ApiError> {
        let list = format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", self.namespace);
        let spec =
            json!({"holderIdentity": *self.node, "leaseDurationSeconds": SECONDS, "renewTime": micro(now)});
        let renewed = self.patch(&format!("{list}/{}", self.node), MERGE, &json!({"spec": spec})).await;
        if renewed != Err(ApiError::NotFound) {
            return renewed.map(|_| ());
        }
        let (key, value) = OF_AGENTS.split_once('=').unwrap_or((OF_AGENTS, ""));
        let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": *self.node, "namespace": *self.namespace, "labels": {key: value}}, "spec": spec});
        self.post(&list, &lease).await.map(|_| ())
    }
}

/// <https://github.com/kubernetes/apimachinery/blob/v0.37.0/pkg/apis/meta/v1/micro_time.go>
pub(super) fn micro(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}
