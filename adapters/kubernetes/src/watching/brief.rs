//! The few fields of a pod and a node that are watched; serde passes over the rest without keeping it.

use std::borrow::Cow;

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::{ClusterResourceScope, NamespaceResourceScope};
use podwhy_flow::act::out_of_service::KEY as OUT_OF_SERVICE;
use podwhy_flow::ports::{NodeSeen, PodSeen};
use serde::{Deserialize, Deserializer};

use super::resource::resource;

/// A pod in brief, with as much metadata as a watch needs to go on.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Pod")]
pub(super) struct PodBrief {
    meta: ObjectMeta,
    pub(super) seen: PodSeen,
}

/// A node in brief.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Node")]
pub(super) struct NodeBrief {
    meta: ObjectMeta,
    pub(super) seen: NodeSeen,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Meta {
    #[serde(default)]
    name: String,
    #[serde(default)]
    namespace: String,
    #[serde(default)]
    uid: String,
    resource_version: Option<String>,
    #[serde(default, deserialize_with = "time")]
    creation_timestamp: Option<Timestamp>,
    #[serde(default, deserialize_with = "time")]
    deletion_timestamp: Option<Timestamp>,
    owner_references: Option<Vec<Owner>>,
}

#[derive(Deserialize)]
struct Owner {
    kind: String,
    name: String,
    controller: Option<bool>,
}

#[derive(Deserialize)]
struct Pod {
    metadata: Meta,
    spec: Option<PodSpec>,
    status: Option<PodStatus>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSpec {
    node_name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodStatus {
    phase: Option<String>,
    reason: Option<String>,
    conditions: Option<Vec<Condition>>,
    init_container_statuses: Option<Vec<Container>>,
    container_statuses: Option<Vec<Container>>,
    ephemeral_container_statuses: Option<Vec<Container>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Condition {
    r#type: String,
    status: String,
    #[serde(default, deserialize_with = "time")]
    last_transition_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default)]
    restart_count: u32,
    state: Option<State>,
    last_state: Option<State>,
}

#[derive(Deserialize)]
struct State {
    waiting: Option<Waiting>,
    terminated: Option<Terminated>,
}

#[derive(Deserialize)]
struct Waiting {
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Terminated {
    #[serde(default)]
    exit_code: i32,
    #[serde(default, deserialize_with = "time")]
    finished_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Node {
    metadata: Meta,
    spec: Option<NodeSpec>,
    status: Option<NodeStatus>,
}

#[derive(Default, Deserialize)]
struct NodeSpec {
    unschedulable: Option<bool>,
    taints: Option<Vec<Taint>>,
}

#[derive(Deserialize)]
struct Taint {
    key: String,
}

#[derive(Default, Deserialize)]
struct NodeStatus {
    conditions: Option<Vec<Condition>>,
}

/// A time nobody can read is none: one object must not end the watch of all.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text: Option<Cow<'de, str>> = Option::deserialize(deserializer)?;
    Ok(text.and_then(|text| text.parse().ok()))
}

impl Meta {
    fn kept(&self) -> ObjectMeta {
        ObjectMeta { resource_version: self.resource_version.clone(), ..ObjectMeta::default() }
    }
}

impl From<Pod> for PodBrief {
    fn from(pod: Pod) -> PodBrief {
        let (meta, status) = (pod.metadata, pod.status.unwrap_or_default());
        let ready = ready(status.conditions.as_deref());
        let lists = [
            &status.init_container_statuses,
            &status.container_statuses,
            &status.ephemeral_container_statuses,
        ];
        let containers: Vec<&Container> = lists.into_iter().flatten().flatten().collect();
        let kept = meta.kept();
        let controller =
            meta.owner_references.into_iter().flatten().find(|owner| owner.controller == Some(true));
        let seen = PodSeen {
            namespace: meta.namespace,
            name: meta.name,
            uid: meta.uid,
            created: meta.creation_timestamp,
            owner: controller.map(|owner| (owner.kind, owner.name)),
            node: pod.spec.unwrap_or_default().node_name.unwrap_or_default(),
            ready: ready.map(|condition| (condition.status == "True", condition.last_transition_time)),
            waiting: waiting(&containers),
            restarts: containers.iter().map(|container| container.restart_count).fold(0, u32::saturating_add),
            last_failed: containers.iter().filter_map(|container| container.last_failed()).max(),
            phase: status.phase.unwrap_or_default(),
            reason: status.reason,
            deleted_at: meta.deletion_timestamp,
        };
        PodBrief { meta: kept, seen }
    }
}

impl From<Node> for NodeBrief {
    fn from(node: Node) -> NodeBrief {
        let conditions = node.status.unwrap_or_default().conditions;
        let ready = ready(conditions.as_deref());
        let spec = node.spec.unwrap_or_default();
        let seen = NodeSeen {
            ready: ready.map(|condition| (condition.status.clone(), condition.last_transition_time)),
            is_cordoned: spec.unschedulable == Some(true),
            is_out_of_service: spec.taints.iter().flatten().any(|taint| taint.key == OUT_OF_SERVICE),
            name: node.metadata.name.clone(),
        };
        NodeBrief { meta: node.metadata.kept(), seen }
    }
}

fn ready(conditions: Option<&[Condition]>) -> Option<&Condition> {
    conditions?.iter().find(|condition| condition.r#type == "Ready")
}

/// While one waits for its image, the others of the pod are still `ContainerCreating` or `PodInitializing`: the first that waits for
/// something else says more.
fn waiting(containers: &[&Container]) -> Option<String> {
    let reasons = || containers.iter().filter_map(|container| container.waiting());
    let more = |reason: &&str| !matches!(*reason, "ContainerCreating" | "PodInitializing");
    reasons().find(more).or_else(|| reasons().next()).map(str::to_string)
}

impl Container {
    fn waiting(&self) -> Option<&str> {
        self.state.as_ref()?.waiting.as_ref()?.reason.as_deref()
    }

    fn last_failed(&self) -> Option<Timestamp> {
        let ended =
            [&self.state, &self.last_state].into_iter().flatten().filter_map(|s| s.terminated.as_ref());
        ended.filter(|ended| ended.exit_code != 0).filter_map(|ended| ended.finished_at).max()
    }
}

resource!(PodBrief, NamespaceResourceScope, "", "Pod", "pods");
resource!(NodeBrief, ClusterResourceScope, "", "Node", "nodes");

#[cfg(test)]
mod tests;
