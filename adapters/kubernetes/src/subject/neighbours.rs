//! What the scheduler looked at: the nodes, and in brief the pods bound to them.

use std::collections::BTreeMap;

use futures::join;
use podwhy_flow::ask::collect::Collected;
use podwhy_knowledge::Kind;
use podwhy_knowledge::brief::PodBrief;
use serde::Deserialize;
use serde_json::Value;

use super::with_kind;
use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;
use crate::table::ListMeta;

/// A page of pods, only what a neighbour is known by: serde passes over the rest.
#[derive(Deserialize)]
struct BriefList {
    #[serde(default)]
    metadata: ListMeta,
    #[serde(default)]
    items: Option<Vec<Bound>>,
}

#[derive(Deserialize)]
struct Bound {
    metadata: Meta,
    spec: k8s_openapi::api::core::v1::PodSpec,
    #[serde(default)]
    status: Phase,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    uid: String,
    #[serde(default)]
    labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    deletion_timestamp: Option<String>,
}

#[derive(Default, Deserialize)]
struct Phase {
    #[serde(default)]
    phase: String,
}

impl From<Bound> for PodBrief {
    fn from(pod: Bound) -> Self {
        let meta = pod.metadata;
        let anti = pod.spec.affinity.as_ref().and_then(|a| a.pod_anti_affinity.as_ref());
        PodBrief {
            namespace: meta.namespace,
            name: meta.name,
            uid: meta.uid,
            node: pod.spec.node_name.clone().filter(|node| !node.is_empty()),
            phase: pod.status.phase,
            deleting: meta.deletion_timestamp.is_some(),
            requests: podwhy_knowledge::brief::requests(&pod.spec),
            host_ports: podwhy_knowledge::brief::host_ports(&pod.spec),
            labels: meta.labels.unwrap_or_default(),
            anti_affinity: anti
                .and_then(|a| a.required_during_scheduling_ignored_during_execution.clone())
                .unwrap_or_default(),
        }
    }
}

impl LiveCluster {
    /// Every node, and every pod bound to one.
    pub(crate) async fn neighbours(&self) -> Collected {
        let (nodes, briefs) = join!(self.nodes(), self.bound_pods());
        let mut found = Collected::default();
        match nodes {
            Ok(nodes) => found.objects.extend(nodes),
            Err(fail) => self.note(&mut found, "Node", "", "", &fail),
        }
        match briefs {
            Ok(briefs) => found.briefs = briefs,
            Err(fail) => self.note(&mut found, "Pod", "", "", &fail),
        }
        found
    }

    /// Every node.
    pub(crate) async fn nodes(&self) -> Result<Vec<Value>, Fail> {
        let nodes = self.pages(&format!("{}?limit={}", paths::list(Kind::Node, ""), paths::PAGE)).await?;
        Ok(nodes.into_iter().map(|node| without_bulk(with_kind(node, "Node"))).collect())
    }

    async fn bound_pods(&self) -> Result<Vec<PodBrief>, Fail> {
        let selector = paths::escape("spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed");
        let path = format!("{}?limit={}&fieldSelector={selector}", paths::list(Kind::Pod, ""), paths::PAGE);
        let mut briefs = Vec::new();
        let mut next = String::new();
        loop {
            let page: BriefList = if next.is_empty() {
                self.requests.json(&path).await?
            } else {
                self.requests.json(&format!("{path}&continue={}", paths::escape(&next))).await?
            };
            briefs.extend(page.items.unwrap_or_default().into_iter().map(PodBrief::from));
            next = page.metadata.next;
            if next.is_empty() {
                return Ok(briefs);
            }
        }
    }
}

/// A node lists every image it holds, and who wrote which field: most of its bytes and none of its facts.
fn without_bulk(mut node: Value) -> Value {
    if let Some(status) = node.get_mut("status").and_then(Value::as_object_mut) {
        status.remove("images");
    }
    if let Some(metadata) = node.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
    node
}
