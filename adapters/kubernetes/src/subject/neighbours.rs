//! What the scheduler looked at: the nodes, and in brief the pods bound to them.

use std::collections::BTreeMap;

use futures::{StreamExt, join, stream};
use k8s_openapi::api::core::v1::{
    Affinity, Container, ContainerPort, ContainerStatus, EphemeralVolumeSource,
    PersistentVolumeClaimVolumeSource, PodAntiAffinity, PodCondition, PodSpec, PodStatus,
    ResourceRequirements, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use podwhy_flow::ask::collect::Collected;
use podwhy_knowledge::Kind;
use podwhy_knowledge::brief::{Leaving, PodBrief};
use serde::Deserialize;
use serde_json::Value;

use super::with_kind;
use crate::connect::LiveCluster;
use crate::paths;
use crate::request::Fail;
use crate::table::ListMeta;

/// At most this many pages at once: each is held while it is decoded.
const AT_ONCE: usize = 4;

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
    spec: Spec,
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
    #[serde(default)]
    deletion_grace_period_seconds: Option<i64>,
    #[serde(default)]
    finalizers: Option<Vec<String>>,
    #[serde(default)]
    owner_references: Option<Vec<Owner>>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    kind: String,
}

/// The parts of a spec the scheduler counts.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    #[serde(default)]
    node_name: Option<String>,
    #[serde(default)]
    host_network: Option<bool>,
    containers: Vec<Part>,
    #[serde(default)]
    init_containers: Option<Vec<Part>>,
    #[serde(default)]
    overhead: Option<BTreeMap<String, Quantity>>,
    #[serde(default)]
    resources: Option<ResourceRequirements>,
    #[serde(default)]
    affinity: Option<Around>,
    #[serde(default)]
    volumes: Option<Vec<Mounted>>,
}

/// What tells a volume's claim.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mounted {
    name: String,
    #[serde(default)]
    persistent_volume_claim: Option<PersistentVolumeClaimVolumeSource>,
    #[serde(default)]
    ephemeral: Option<EphemeralVolumeSource>,
}

impl From<Mounted> for Volume {
    fn from(volume: Mounted) -> Self {
        Volume {
            name: volume.name,
            persistent_volume_claim: volume.persistent_volume_claim,
            ephemeral: volume.ephemeral,
            ..Volume::default()
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Around {
    #[serde(default)]
    pod_anti_affinity: Option<PodAntiAffinity>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part {
    #[serde(default)]
    name: String,
    #[serde(default)]
    ports: Option<Vec<ContainerPort>>,
    #[serde(default)]
    resources: Option<ResourceRequirements>,
    #[serde(default)]
    restart_policy: Option<String>,
}

impl From<Part> for Container {
    fn from(part: Part) -> Self {
        Container {
            name: part.name,
            ports: part.ports,
            resources: part.resources,
            restart_policy: part.restart_policy,
            ..Container::default()
        }
    }
}

impl From<Spec> for PodSpec {
    fn from(spec: Spec) -> Self {
        let anti = spec.affinity.and_then(|affinity| affinity.pod_anti_affinity);
        PodSpec {
            node_name: spec.node_name,
            host_network: spec.host_network,
            containers: spec.containers.into_iter().map(Container::from).collect(),
            init_containers: spec.init_containers.map(|list| list.into_iter().map(Container::from).collect()),
            overhead: spec.overhead,
            resources: spec.resources,
            volumes: spec.volumes.map(|list| list.into_iter().map(Volume::from).collect()),
            affinity: anti.map(|anti| Affinity { pod_anti_affinity: Some(anti), ..Affinity::default() }),
            ..PodSpec::default()
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Phase {
    #[serde(default)]
    phase: String,
    #[serde(default)]
    resize: Option<String>,
    #[serde(default)]
    conditions: Option<Vec<PodCondition>>,
    #[serde(default)]
    container_statuses: Option<Vec<Given>>,
    #[serde(default)]
    init_container_statuses: Option<Vec<Given>>,
}

/// What a container has been given: while it is resized that is not what it asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Given {
    name: String,
    #[serde(default)]
    resources: Option<ResourceRequirements>,
    #[serde(default)]
    allocated_resources: Option<BTreeMap<String, Quantity>>,
}

impl From<Given> for ContainerStatus {
    fn from(given: Given) -> Self {
        ContainerStatus {
            name: given.name,
            resources: given.resources,
            allocated_resources: given.allocated_resources,
            ..ContainerStatus::default()
        }
    }
}

impl From<Phase> for PodStatus {
    fn from(status: Phase) -> Self {
        let all = |list: Option<Vec<Given>>| list.map(|l| l.into_iter().map(ContainerStatus::from).collect());
        PodStatus {
            phase: Some(status.phase),
            resize: status.resize,
            conditions: status.conditions,
            container_statuses: all(status.container_statuses),
            init_container_statuses: all(status.init_container_statuses),
            ..PodStatus::default()
        }
    }
}

impl From<Bound> for PodBrief {
    fn from(pod: Bound) -> Self {
        let meta = pod.metadata;
        let (spec, status) = (PodSpec::from(pod.spec), PodStatus::from(pod.status));
        let anti = spec.affinity.as_ref().and_then(|a| a.pod_anti_affinity.as_ref());
        let owners = meta.owner_references.unwrap_or_default();
        PodBrief {
            alone: owners.is_empty(),
            stays: owners.iter().any(|owner| podwhy_knowledge::brief::stays(&owner.kind)),
            claims: podwhy_knowledge::brief::claims(&spec, &meta.name),
            namespace: meta.namespace,
            name: meta.name,
            uid: meta.uid,
            node: spec.node_name.clone().filter(|node| !node.is_empty()),
            requests: podwhy_knowledge::brief::requests_of(&spec, Some(&status)),
            phase: status.phase.unwrap_or_default(),
            deleting: meta.deletion_timestamp.is_some(),
            leaving: Leaving::of(
                meta.deletion_timestamp.and_then(|at| at.parse().ok()),
                meta.deletion_grace_period_seconds,
                meta.finalizers,
            ),
            host_ports: podwhy_knowledge::brief::host_ports(&spec),
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

    /// Namespace by namespace, several at once: the server writes one page while another is read. Where namespaces may
    /// not be listed, the whole cluster page by page.
    async fn bound_pods(&self) -> Result<Vec<PodBrief>, Fail> {
        let Ok(namespaces) = self.namespace_names().await else {
            return self.bound_pods_of(String::new()).await;
        };
        let lists = stream::iter(namespaces).map(|namespace| self.bound_pods_of(namespace));
        let mut briefs = Vec::new();
        for list in lists.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await {
            briefs.extend(list?);
        }
        Ok(briefs)
    }

    async fn bound_pods_of(&self, namespace: String) -> Result<Vec<PodBrief>, Fail> {
        let selector = paths::escape("spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed");
        let path =
            format!("{}?limit={}&fieldSelector={selector}", paths::list(Kind::Pod, &namespace), paths::PAGE);
        let mut briefs = Vec::new();
        let mut next = String::new();
        loop {
            let page: BriefList = self.requests.json(&paths::page(&path, &next)).await?;
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
